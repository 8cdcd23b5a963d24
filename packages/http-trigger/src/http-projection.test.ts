import type { Reason } from "@kubeless/api-types";
import type { Children, ConditionStatement, Fault, Outcome } from "@kubeless/controller-kit";
import { dump } from "js-yaml";
import { describe, expect, test } from "vitest";
import { childOf, functionOf, triggerOf, type World, worldOf } from "./fixtures/objects.ts";
import { createHttpProjection } from "./http-projection.ts";

const now = new Date("2026-01-01T00:10:00Z");
const projection = createHttpProjection({ namespace: "kubeless", now: () => now });
const fine: Outcome<Reason> = { writeFaults: [] };

const render = (spec: Readonly<Record<string, unknown>>, world: World = {}, metadata: object = {}) =>
  projection.render(triggerOf(spec, metadata), worldOf(world), []);
const objectsOf = (...args: Parameters<typeof render>) => (render(...args) as Children).objects;
const routeOf = (...args: Parameters<typeof render>) =>
  objectsOf(...args).at(-1) as unknown as {
    metadata: { annotations: Record<string, string>; labels: Record<string, string> };
    spec: {
      ingressClassName?: string;
      tls?: unknown;
      parentRefs?: unknown;
      rules: { host?: string; http: { paths: { path: string; backend: unknown }[] } }[];
    };
  };
const conditionOf = (status: { conditions: readonly ConditionStatement[] }, wanted: string) =>
  status.conditions.find(({ type }) => type === wanted);

function observe(
  spec: Readonly<Record<string, unknown>>,
  world: World = {},
  status: object = {},
  outcome = fine,
) {
  const rendered = render(spec, world);
  const children = "fault" in rendered ? [] : rendered.objects.map((object) => childOf(object, status));
  return projection.observe(triggerOf(spec), children, worldOf(world), outcome);
}

const everything = { path: "/api/v1.0/hello/", "cors-enable": true, "tls-secret": "cert" };
const parentRef = { name: "gateway", namespace: "infra", sectionName: "web" };

describe("a trigger in, objects out (fixtures/golden/, one file a gateway)", () => {
  test.each([
    ["nginx", { ...everything, "basic-auth-secret": "users" }],
    ["nginx-with-acme", { gateway: "nginx", tls: true }],
    ["traefik", { ...everything, "basic-auth-secret": "users" }],
    ["traefik-with-acme", { gateway: "traefik", tls: true }],
    ["kong", { ...everything, methods: ["GET", "POST"] }],
    ["kong-with-acme", { gateway: "kong", tls: true }],
    ["gateway-api", { path: "api/hello", methods: ["GET", "POST"], parentRef }],
    ["another-class", { gateway: "haproxy", path: "api/hello", "tls-secret": "cert" }],
    ["a-class-and-annotations", { className: "internal", annotations: { "example.com/note": "mine" } }],
    ["the-default-class", { gateway: "", "host-name": "" }],
  ])("%s", async (gateway, spec) => {
    const objects = objectsOf({ gateway, ...spec });
    await expect(
      objects.map((object) => dump(object, { noRefs: true, sortKeys: false })).join("---\n"),
    ).toMatchFileSnapshot(`fixtures/golden/${gateway}.yaml`);
  });
});

describe("each field takes effect, and goes when it is taken back", () => {
  test.each<[string, object, (route: ReturnType<typeof routeOf>) => unknown, unknown, unknown]>([
    [
      "host-name",
      { "host-name": "b.example.com" },
      (r) => r.spec.rules[0]?.host,
      "b.example.com",
      "hello.example.com",
    ],
    ["path", { path: "a" }, (r) => r.spec.rules[0]?.http.paths[0]?.path, "/a(/|$)(.*)", "/"],
    ["parentRef", { gateway: "gateway-api", parentRef }, (r) => r.spec.parentRefs, [parentRef], undefined],
    [
      "methods",
      { gateway: "kong", methods: ["GET"] },
      (r) => r.metadata.annotations["konghq.com/methods"],
      "GET",
      undefined,
    ],
    [
      "tls-secret",
      { "tls-secret": "cert" },
      (r) => r.spec.tls,
      [{ hosts: ["hello.example.com"], secretName: "cert" }],
      undefined,
    ],
    [
      "tls",
      { tls: true },
      (r) => [r.spec.tls, r.metadata.annotations["kubernetes.io/tls-acme"]],
      [[{ hosts: ["hello.example.com"], secretName: "web-tls" }], "true"],
      [undefined, undefined],
    ],
    [
      "basic-auth-secret",
      { "basic-auth-secret": "users" },
      (r) => r.metadata.annotations["nginx.ingress.kubernetes.io/auth-secret"],
      "users",
      undefined,
    ],
    [
      "cors-enable",
      { "cors-enable": true },
      (r) => r.metadata.annotations["nginx.ingress.kubernetes.io/enable-cors"],
      "true",
      undefined,
    ],
    ["gateway", { gateway: "traefik" }, (r) => r.spec.ingressClassName, "traefik", "nginx"],
    ["className", { className: "internal" }, (r) => r.spec.ingressClassName, "internal", "nginx"],
    ["annotations", { annotations: { a: "1" } }, (r) => r.metadata.annotations.a, "1", undefined],
  ])("%s", (_, spec, read, on, off) => {
    expect(read(routeOf({ ...spec }))).toEqual(on);
    expect(read(routeOf({}))).toEqual(off);
  });

  test("function-name, with the new function's port", () => {
    const service = { ports: [{ name: "http-function-port", port: 9090, targetPort: 8081 }] };
    const target = { ...functionOf({ service }), metadata: { ...functionOf().metadata, name: "other" } };
    const route = routeOf({ "function-name": "other" }, { target });
    expect(route.spec.rules[0]?.http.paths[0]?.backend).toEqual({
      service: { name: "other", port: { number: 9090 } },
    });
    expect(routeOf({}).spec.rules[0]?.http.paths[0]?.backend).toEqual({
      service: { name: "hello", port: { number: 8080 } },
    });
  });

  test("an empty part of parentRef is none", () => {
    const spec = { gateway: "gateway-api", parentRef: { name: "gateway", namespace: "", sectionName: "" } };
    expect(routeOf(spec).spec.parentRefs).toEqual([{ name: "gateway" }]);
  });

  test("suspend withdraws the route", () => {
    expect(objectsOf({ suspend: true })).toEqual([]);
    expect(conditionOf(observe({ suspend: true }), "Ready")).toMatchObject({
      status: "False",
      reason: "Suspended",
    });
  });

  test("the function's port is followed", () => {
    const target = functionOf({
      service: { ports: [{ name: "http-function-port", port: 9090, targetPort: 8081 }] },
    });
    expect(routeOf({}, { target }).spec.rules[0]?.http.paths[0]?.backend).toEqual({
      service: { name: "hello", port: { number: 9090 } },
    });
  });

  test("the class annotation is the class and is not copied, kubectl's are left out, spec's annotations win", () => {
    const { metadata, spec } = routeOf(
      { annotations: { b: "spec's" } },
      {},
      {
        annotations: {
          "kubernetes.io/ingress.class": "internal",
          "kubectl.kubernetes.io/last-applied-configuration": "{}",
          a: "metadata's",
          b: "metadata's",
        },
      },
    );
    expect(metadata.annotations).toEqual({ a: "metadata's", b: "spec's" });
    expect(spec.ingressClassName).toBe("internal");
  });

  test("a class that is called as a gateway is spoken to as that gateway", () => {
    const auth = { gateway: "nginx", className: "traefik", "basic-auth-secret": "users" };
    expect(objectsOf(auth)[0]).toMatchObject({
      kind: "Middleware",
      metadata: { name: "web-basic-auth-82b3ade9d0" },
    });
    expect(routeOf({ gateway: "", className: "gateway-api" })).toMatchObject({ kind: "Ingress" });
    const annotations = { "kubernetes.io/ingress.class": "nginx" };
    expect(routeOf({ gateway: "gateway-api", parentRef }, {}, { annotations })).toMatchObject({
      kind: "HTTPRoute",
    });
  });

  test("Middlewares of triggers that Traefik would take for one are called differently", () => {
    const traefik = "traefik.ingress.kubernetes.io/router.middlewares";
    const places: [namespace: string, name: string][] = [
      ["a", "b-c"],
      ["a", "b.c"],
      ["a", "b--c"],
      ["a-b", "c"],
    ];
    const references = places.map(([namespace, name]) => {
      const auth = { gateway: "traefik", "basic-auth-secret": "users" };
      const [middleware, route] = objectsOf(auth, {}, { namespace, name });
      const reference = route?.metadata.annotations?.[traefik];
      const called = `${namespace}-${middleware?.metadata.name}`.replaceAll(/[^a-z0-9]+/g, "-");
      expect(reference).toBe(`${called}@kubernetescrd`);
      return reference;
    });
    expect(new Set(references).size).toBe(places.length);
  });

  test("middlewares and plugins of the user's own come after ours", () => {
    const traefik = "traefik.ingress.kubernetes.io/router.middlewares";
    expect(
      routeOf({ gateway: "traefik", path: "a", annotations: { [traefik]: "default-mine@kubernetescrd" } })
        .metadata.annotations[traefik],
    ).toBe("default-web-strip-prefix-82b3ade9d0@kubernetescrd,default-mine@kubernetescrd");
    expect(
      routeOf({ gateway: "kong", "cors-enable": true, annotations: { "konghq.com/plugins": "mine" } })
        .metadata.annotations["konghq.com/plugins"],
    ).toBe("web-cors,mine");
  });
});

describe("a route that would be more open than asked for is withdrawn", () => {
  const auth = { "basic-auth-secret": "users" };
  test.each<[string, object, World, string]>([
    ["the Secret is missing", auth, { secrets: {} }, "SecretNotFound"],
    ["the Secret has another key", auth, { secrets: { users: ["htpasswd"] } }, "SecretInvalid"],
    [
      "traefik finds a second key",
      { ...auth, gateway: "traefik" },
      { secrets: { users: ["auth", "b"] } },
      "SecretInvalid",
    ],
    [
      "traefik's Middleware is not served",
      { ...auth, gateway: "traefik" },
      { unserved: ["Middleware"] },
      "Unsupported",
    ],
    ["the gateway is unknown", { ...auth, gateway: "haproxy" }, {}, "Unsupported"],
    ["there is no gateway named", { ...auth, gateway: "" }, {}, "Unsupported"],
    ["nginx cannot choose by method", { methods: ["GET"] }, {}, "Unsupported"],
    ["traefik cannot choose by method", { gateway: "traefik", methods: ["GET"] }, {}, "Unsupported"],
    [
      "HTTPRoute is not served",
      { gateway: "gateway-api", parentRef },
      { unserved: ["HTTPRoute"] },
      "GatewayNotFound",
    ],
    [
      "the class is one whose gateway cannot",
      { ...auth, gateway: "nginx", className: "kong" },
      {},
      "Unsupported",
    ],
    ["its function is missing", {}, { target: undefined }, "FunctionNotFound"],
    ["kong has no htpasswd", { ...auth, gateway: "kong" }, {}, "InvalidSpec"],
    ["gateway-api has no basic auth", { ...auth, gateway: "gateway-api", parentRef }, {}, "InvalidSpec"],
    [
      "gateway-api has no TLS of ours",
      { "tls-secret": "cert", gateway: "gateway-api", parentRef },
      {},
      "InvalidSpec",
    ],
    ["another fault hides that it is guarded", { ...auth, path: "a b" }, {}, "InvalidSpec"],
  ])("%s", (_, spec, world, reason) => {
    expect(objectsOf({ ...spec }, world)).toEqual([]);
    const status = observe({ ...spec }, world);
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason });
    expect(conditionOf(status, "Published")).toMatchObject({ status: "False", reason });
    expect(status).not.toHaveProperty("url");
  });

  test("one with a password does not stay open when its new form cannot be written", () => {
    expect(render(auth)).toMatchObject({ failClosed: true });
    expect(render({})).toMatchObject({ failClosed: false });
  });
});

describe("what a gateway cannot do, and would not be more open without, is said beside the route", () => {
  test.each<[string, object, World, string, string]>([
    [
      "CORS on gateway-api",
      { gateway: "gateway-api", parentRef, "cors-enable": true },
      {},
      "Unsupported",
      "spec.cors-enable",
    ],
    ["CORS on an unknown gateway", { gateway: "haproxy", "cors-enable": true }, {}, "Unsupported", "haproxy"],
    [
      "a path without Middleware",
      { gateway: "traefik", path: "a" },
      { unserved: ["Middleware"] },
      "Unsupported",
      "/a is not stripped",
    ],
    [
      "CORS without KongPlugin",
      { gateway: "kong", "cors-enable": true },
      { unserved: ["KongPlugin"] },
      "Unsupported",
      "KongPlugin",
    ],
    ["a missing certificate", { "tls-secret": "cert" }, { secrets: {} }, "SecretNotFound", "serves nothing"],
    [
      "half a certificate",
      { "tls-secret": "cert" },
      { secrets: { cert: ["tls.crt"] } },
      "SecretInvalid",
      "lacks tls.key",
    ],
  ])("%s", (_, spec, world, reason, says) => {
    expect(objectsOf({ ...spec }, world)).toHaveLength(1);
    const published = conditionOf(observe({ ...spec }, world), "Published");
    expect(published).toMatchObject({ status: "False", reason });
    expect(published?.message).toContain(says);
  });
});

describe("a trigger that cannot be worked with says which field and why", () => {
  test.each([
    [{ "host-name": "http://hello" }, "spec.host-name"],
    [{ path: 'a"; return 200; #' }, "spec.path"],
    [{ path: "a/../b" }, "spec.path"],
    [{ path: "grüße" }, "spec.path"],
    [{ path: "a%2Fb" }, "spec.path"],
    [{ "function-name": 7 }, "spec.function-name"],
    [{ annotations: "x" }, "spec.annotations"],
    [{ gateway: "gateway-api" }, "spec.parentRef"],
    [{ tls: true, "tls-secret": "cert" }, "spec.tls"],
    [{ tls: true, "host-name": "" }, "spec.host-name"],
  ])("%j", (spec, field) => {
    const rendered = render(spec);
    const status = projection.observe(triggerOf(spec), [], worldOf(), {
      writeFaults: [],
      ...("fault" in rendered ? { fault: rendered as Fault<Reason> } : {}),
    });
    expect(conditionOf(status, "Ready")).toMatchObject({ status: "False", reason: "InvalidSpec" });
    expect(conditionOf(status, "Accepted")?.message).toContain(field);
  });

  test("keeps the route that it had, unless it asks for protection", () => {
    expect(render({ path: "a b" })).toMatchObject({ fault: true });
    expect(render({ path: "a b", "basic-auth-secret": "users" })).toEqual({ objects: [] });
  });

  test("a path with characters of regular expressions stands for itself", () => {
    expect(routeOf({ path: "a.b(c)+$" }).spec.rules[0]?.http.paths[0]?.path).toBe(
      "/a\\.b\\(c\\)\\+\\$(/|$)(.*)",
    );
  });
});

describe("the status", () => {
  const served = (ports?: object[]) => ({
    loadBalancer: { ingress: [{ ip: "127.0.0.1", ...(ports && { ports }) }] },
  });

  test.each<[object, object, string]>([
    [{}, served(), "http://hello.example.com/"],
    [{ path: "/api/" }, served(), "http://hello.example.com/api"],
    [{ "tls-secret": "cert" }, served(), "https://hello.example.com/"],
    [{ "host-name": "" }, served(), "http://127.0.0.1/"],
    [{ "host-name": "a.localhost" }, served([{ port: 8000 }, { port: 8443 }]), "http://a.localhost:8000/"],
    [{ tls: true }, served([{ port: 8000 }, { port: 8443 }]), "https://hello.example.com:8443/"],
    [{ "host-name": "" }, { loadBalancer: { ingress: [{ ip: "::1" }] } }, "http://[::1]/"],
  ])("has a URL to open: %j", (spec, status, url) => {
    const told = observe({ ...spec }, {}, status);
    expect(told).toMatchObject({ url });
    expect(conditionOf(told, "Ready")).toMatchObject({
      status: "True",
      message: `The function answers at ${url}.`,
    });
    expect(conditionOf(told, "Admitted")).toMatchObject({ status: "True" });
  });

  test("has no URL of a host that stands for many", () => {
    const told = observe({ "host-name": "*.example.com" }, {}, served());
    expect(told).not.toHaveProperty("url");
    expect(conditionOf(told, "Ready")).toMatchObject({
      status: "True",
      message: "The Ingress web publishes the function.",
    });
  });

  test("waits 30 s for the gateway's word, and is ready without it after", () => {
    const soon = createHttpProjection({ namespace: "kubeless", now: () => new Date("2026-01-01T00:00:10Z") });
    const route = childOf(routeOf({}));
    const early = soon.observe(triggerOf(), [route], worldOf(), fine);
    expect(conditionOf(early, "Ready")).toMatchObject({ status: "Unknown", reason: "Pending" });
    expect(soon.render(triggerOf(), worldOf(), [route])).toMatchObject({ requeueAfterMs: 21_000 });
    const late = projection.observe(triggerOf(), [route], worldOf(), fine);
    expect(conditionOf(late, "Admitted")).toMatchObject({ status: "Unknown", reason: "NotReported" });
    expect(conditionOf(late, "Ready")).toMatchObject({
      status: "True",
      message: expect.stringContaining("No gateway for the class nginx has said that it serves the route"),
    });
    expect((projection.render(triggerOf(), worldOf(), [route]) as Children).requeueAfterMs).toBeUndefined();
  });

  test("an Ingress of another class is made anew, so that what was said of it is not the new gateway's word", () => {
    const before = childOf(routeOf({}), served());
    expect(projection.render(triggerOf({ className: "internal" }), worldOf(), [before])).toEqual({
      objects: [],
    });
    const same = projection.render(triggerOf(), worldOf(), [before]) as Children;
    expect(same.objects).toMatchObject([{ kind: "Ingress" }]);
  });

  test("a class that somebody else wrote into the Ingress is written back, and nothing deleted", () => {
    const route = routeOf({});
    const before = childOf({ ...route, spec: { ...route.spec, ingressClassName: "theirs" } }, served());
    const known = { ...triggerOf(), status: { observedGeneration: 1 } };
    const { objects } = projection.render(known, worldOf(), [before]) as Children;
    expect(objects).toMatchObject([{ kind: "Ingress", spec: { ingressClassName: "nginx" } }]);
  });

  test.each([
    ["has its class in an annotation, as Kubeless 1.0.x wrote it,", {}, undefined],
    ["was given the cluster's default class", { gateway: "" }, "internal"],
  ])("an Ingress that %s stays", (_, spec, ingressClassName) => {
    const route = routeOf(spec);
    const before = childOf({ ...route, spec: { ...route.spec, ingressClassName } });
    const { objects } = projection.render(triggerOf(spec), worldOf(), [before]) as Children;
    expect(objects).toMatchObject([{ kind: "Ingress" }]);
  });

  test("without a class, waits for what serves those that have none", () => {
    const spec = { gateway: "" };
    const late = projection.observe(triggerOf(spec), [childOf(routeOf(spec))], worldOf(), fine);
    expect(conditionOf(late, "Admitted")?.message).toMatch(/^No default gateway has said/);
  });

  test("waits 30 s for the word of a Gateway that is there, too", () => {
    const spec = { gateway: "gateway-api", parentRef };
    const inputs = worldOf({ gateway: {} as never });
    const route = childOf(routeOf(spec));
    const soon = createHttpProjection({ namespace: "kubeless", now: () => new Date("2026-01-01T00:00:10Z") });
    expect(soon.render(triggerOf(spec), inputs, [route])).toMatchObject({ requeueAfterMs: 21_000 });
    const late = projection.observe(triggerOf(spec), [route], inputs, fine);
    expect(conditionOf(late, "Ready")).toMatchObject({ status: "True" });
    expect(conditionOf(late, "Admitted")).toMatchObject({
      status: "Unknown",
      reason: "NotReported",
      message: expect.stringMatching(
        /^No controller of the Gateway gateway has said that it serves the route;/,
      ),
    });
    expect((projection.render(triggerOf(spec), inputs, [route]) as Children).requeueAfterMs).toBeUndefined();
  });

  test("brings back what the route's Gateway says, and where its listener is", () => {
    const spec = { gateway: "gateway-api", parentRef, path: "api" };
    const gateway = {
      spec: {
        listeners: [
          { name: "other", port: 80, protocol: "HTTP" },
          { name: "web", port: 8000, protocol: "HTTP" },
        ],
      },
      status: { addresses: [{ value: "10.0.0.1" }] },
    };
    const saying = (status: string, generation = 1) => ({
      parents: [
        {
          parentRef,
          conditions: [
            {
              type: "Accepted",
              status,
              reason: "NotAllowedByListeners",
              message: "no",
              observedGeneration: generation,
            },
          ],
        },
      ],
    });
    const accepted = observe(spec, { gateway }, saying("True"));
    expect(accepted).toMatchObject({ url: "http://hello.example.com:8000/api", addresses: ["10.0.0.1"] });
    expect(conditionOf(accepted, "Ready")).toMatchObject({ status: "True" });
    expect(conditionOf(observe(spec, { gateway }, saying("False")), "Ready")).toMatchObject({
      status: "False",
      reason: "NotAdmitted",
      message: "The Gateway gateway says Accepted is False: NotAllowedByListeners, no",
    });
    expect(conditionOf(observe(spec, { gateway }, saying("False", 0)), "Admitted")?.reason).toBe(
      "NotReported",
    );
    expect(conditionOf(observe(spec, {}, saying("True", 0)), "Ready")).toMatchObject({
      status: "False",
      reason: "GatewayNotFound",
    });
  });

  test("believes the route of a Gateway that it cannot see, unless that would be beside it", () => {
    const observed = (ref: object) => {
      const conditions = [{ type: "Accepted", status: "True", observedGeneration: 1 }];
      const spec = { gateway: "gateway-api", parentRef: ref };
      return observe(spec, {}, { parents: [{ parentRef: ref, conditions }] });
    };
    const elsewhere = observed({ name: "gateway", namespace: "infra" });
    expect(conditionOf(elsewhere, "Ready")).toMatchObject({ status: "True" });
    expect(elsewhere).toMatchObject({ url: "http://hello.example.com/" });
    expect(conditionOf(observed({ name: "gateway" }), "Ready")).toMatchObject({
      status: "False",
      reason: "GatewayNotFound",
      message: "There is no Gateway gateway in default; create it, or correct spec.parentRef.",
    });
  });

  test("says that an Ingress of its name is somebody else's", () => {
    const outcome = {
      writeFaults: [
        {
          child: { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "web" },
          reason: "NotOurs",
          message: "",
        },
      ],
    };
    const status = projection.observe(triggerOf(), [], worldOf(), outcome);
    expect(conditionOf(status, "Ready")).toEqual({
      type: "Ready",
      status: "False",
      reason: "ConflictingObject",
      message: "The Ingress web exists and is not this trigger's: rename the trigger, or delete that object.",
    });
  });
});
