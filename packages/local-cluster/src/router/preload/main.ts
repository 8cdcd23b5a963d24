/**
 * What every Node program in a pod loads before its own code (`--require`). On this machine all pods share one loopback
 * address and there is no cluster DNS, so two functions of `net` are told the truth:
 *
 * - `listen`: port 8080 becomes the loopback port that the node agent took for it (`<pod>/ports/8080`). A port nobody
 *   declared becomes a free one, and is written there. Whatever the address, only loopback is listened on.
 * - `connect`: a service's DNS name or cluster IP becomes the loopback port of that service's router; `localhost` with
 *   a port of this very pod becomes the port it really has.
 *
 * `dns.lookup` answers a service's name with its cluster IP, and the files below
 * `/var/run/secrets/kubernetes.io/serviceaccount` are read from the pod's folder: in-cluster clients name that path in
 * their code. And when the cluster's process is killed, the program ends too. Nothing else of it is changed.
 */
import cluster from "node:cluster";
import dns from "node:dns";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { join } from "node:path";
import type { Routes, ServiceRoute } from "../routes.ts";

const pod = process.env.LOCAL_CLUSTER_POD ?? "";
const namespace = process.env.LOCAL_CLUSTER_NAMESPACE ?? "default";
const routesPath = process.env.LOCAL_CLUSTER_ROUTES ?? "";
const apiServer = {
  host: process.env.KUBERNETES_SERVICE_HOST ?? "127.0.0.1",
  port: Number(process.env.KUBERNETES_SERVICE_PORT ?? 443),
};

if (pod !== "") {
  endWithCluster();
  patchListen();
  patchConnect();
  patchLookup();
  patchServiceAccountFiles();
  syncBuiltinESMExports();
}

// biome-ignore lint/suspicious/noExplicitAny: the patched functions are overloaded; they take and give what came in
type AnyFunction = (...args: any[]) => any;

/** Replaces a method of `target`; the replacement gets the original bound to its receiver. */
function replace(target: object, name: string, make: (original: AnyFunction) => AnyFunction): void {
  const methods = target as Record<string, AnyFunction>;
  const original = methods[name];
  if (original === undefined) return;
  const { prototype: _, ...properties } = Object.getOwnPropertyDescriptors(original);
  methods[name] = Object.defineProperties(make(original), properties);
}

/** Who starts a process is its parent until that one dies; then it gets another parent. */
function endWithCluster(): void {
  const parent = Number(process.env.LOCAL_CLUSTER_PID);
  if (process.ppid !== parent) return;
  const timer = setInterval(() => {
    if (process.ppid !== parent) process.kill(-process.pid, "SIGKILL");
  }, 1_000);
  timer.unref();
}

function patchListen(): void {
  replace(
    net.Server.prototype,
    "listen",
    (original) =>
      function (this: net.Server, ...args: unknown[]) {
        const options = listenOptions(args);
        if (options === undefined) return original.apply(this, args);
        const { port } = options;
        const known = isShared(port) ? undefined : realPort(port);
        if (known === undefined && port > 0) this.once("listening", () => publishPort(port, this.address()));
        const callback = args.find((arg) => typeof arg === "function");
        return original.call(this, { ...options, port: known ?? 0, host: "127.0.0.1" }, callback);
      },
  );
}

interface ListenOptions {
  readonly port: number;
  readonly backlog?: number;
}

/** Of `listen(port, host, backlog, callback)` and `listen(options, callback)`; undefined for pipes and handles. */
function listenOptions(args: readonly unknown[]): ListenOptions | undefined {
  const [first] = args;
  if (typeof first === "object" && first !== null) {
    const { port } = first as { port?: unknown };
    return isPort(port) ? { ...first, port: Number(port) } : undefined;
  }
  if (typeof first === "function" || first === undefined) return { port: 0 };
  const backlog = args.slice(1).find((arg) => typeof arg === "number");
  return isPort(first)
    ? { port: Number(first), ...(backlog === undefined ? {} : { backlog: Number(backlog) }) }
    : undefined;
}

function isPort(value: unknown): boolean {
  if (typeof value === "number") return Number.isInteger(value) && value >= 0 && value < 65_536;
  return typeof value === "string" && /^\d{1,5}$/.test(value.trim());
}

function realPort(port: number): number | undefined {
  try {
    return Number.parseInt(fs.readFileSync(join(pod, "ports", String(port)), "utf8"), 10) || undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether another worker of this `node:cluster` may have got the port already. Workers share a listener when they ask for
 * the same thing, so each of them must ask for any free port again.
 */
function isShared(port: number): boolean {
  if (!cluster.isWorker) return false;
  try {
    return fs.readFileSync(join(pod, "ports", String(port)), "utf8").endsWith(sharedMark);
  } catch {
    return false;
  }
}

const sharedMark = " shared";

function publishPort(port: number, address: ReturnType<net.Server["address"]>): void {
  if (address === null || typeof address === "string") return;
  const path = join(pod, "ports", String(port));
  const mark = cluster.isWorker ? sharedMark : "";
  const draft = `${path}.${process.pid}`;
  fs.writeFileSync(draft, `${address.port}${mark}`);
  fs.renameSync(draft, path);
}

function patchConnect(): void {
  replace(
    net.Socket.prototype,
    "connect",
    (original) =>
      function (this: net.Socket, ...args: unknown[]) {
        const [first] = args;
        if (Array.isArray(first)) first[0] = redirect(first[0]);
        else if (typeof first === "object" && first !== null) args[0] = redirect(first as ConnectOptions);
        else if (isPort(first)) {
          const hasHost = typeof args[1] === "string";
          const target = redirect({ port: Number(first), ...(hasHost ? { host: String(args[1]) } : {}) });
          args.splice(0, hasHost ? 2 : 1, target);
        }
        return original.apply(this, args);
      },
  );
}

interface ConnectOptions {
  readonly host?: string;
  readonly port?: number | string;
  readonly path?: string | null;
}

function redirect(options: ConnectOptions): ConnectOptions {
  if (options.path || options.port === undefined) return options;
  const { host = "localhost" } = options;
  const port = Number(options.port);
  const target = isLoopback(host) ? ownPort(port) : servicePort(host, port);
  return target === undefined ? options : { ...options, ...target };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "127.0.0.1" || host === "::1" || host === "0.0.0.0";
}

interface Target {
  readonly host: string;
  readonly port: number;
}

function ownPort(port: number): Target | undefined {
  const real = realPort(port);
  return real === undefined ? undefined : { host: "127.0.0.1", port: real };
}

function servicePort(host: string, port: number): Target | undefined {
  const name = serviceName(host);
  if (name === "default/kubernetes") return apiServer;
  const { services } = readRoutes();
  const route = net.isIPv4(host)
    ? Object.values(services).find(({ clusterIP }) => clusterIP === host)
    : name === undefined
      ? undefined
      : services[name];
  if (route?.externalName !== undefined) return { host: route.externalName, port };
  const real = route?.ports[String(port)];
  return real === undefined ? undefined : { host: "127.0.0.1", port: real };
}

/** `hello`, `hello.ns`, `hello.ns.svc`, `hello.ns.svc.cluster.local` → `ns/hello`. */
function serviceName(host: string): string | undefined {
  const [name, space = namespace, ...rest] = host.toLowerCase().replace(/\.$/, "").split(".");
  const suffix = rest.join(".");
  return suffix === "" || suffix === "svc" || suffix === "svc.cluster.local" ? `${space}/${name}` : undefined;
}

let routes: Routes = { services: {} };
let routesVersion = "";

function readRoutes(): Routes {
  try {
    const { mtimeMs, ino, size } = fs.statSync(routesPath);
    const version = `${mtimeMs} ${ino} ${size}`;
    if (version !== routesVersion) {
      routes = JSON.parse(fs.readFileSync(routesPath, "utf8")) as Routes;
      routesVersion = version;
    }
  } catch {
    // No routers run, or the file is being replaced: what was known last is the best there is.
  }
  return routes;
}

function patchLookup(): void {
  replace(dns, "lookup", (original) => (host: string, ...rest: unknown[]) => {
    const address = clusterAddress(host);
    const callback = rest.at(-1);
    if (address === undefined || typeof callback !== "function") return original(host, ...rest);
    const wantsAll = (rest[0] as { all?: boolean } | null)?.all === true;
    process.nextTick(() =>
      wantsAll ? callback(null, [{ address, family: 4 }]) : callback(null, address, 4),
    );
    return {};
  });
  replace(dns.promises, "lookup", (original) => async (host: string, options?: { all?: boolean }) => {
    const address = clusterAddress(host);
    if (address === undefined) return original(host, options);
    return options?.all ? [{ address, family: 4 }] : { address, family: 4 };
  });
}

function clusterAddress(host: string): string | undefined {
  const name = net.isIP(host) ? undefined : serviceName(host);
  const route: ServiceRoute | undefined = name === undefined ? undefined : readRoutes().services[name];
  return route === undefined || route.externalName !== undefined
    ? undefined
    : (route.clusterIP ?? "127.0.0.1");
}

/** The functions by which clients read a token or a certificate. */
function patchServiceAccountFiles(): void {
  const root = "/var/run/secrets/kubernetes.io/serviceaccount";
  const moved = (path: unknown) =>
    typeof path === "string" && path.startsWith(root)
      ? join(pod, "serviceaccount", path.slice(root.length))
      : path;
  const rebind =
    (original: AnyFunction) =>
    (path: unknown, ...rest: unknown[]) =>
      original(moved(path), ...rest);
  for (const name of ["readFileSync", "readFile", "existsSync", "statSync", "stat", "accessSync", "access"]) {
    replace(fs, name, rebind);
  }
  for (const name of ["readFile", "stat", "access"]) replace(fs.promises, name, rebind);
}
