import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { folderWith } from "../fixtures/function-process.ts";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));

interface Installed {
  readonly code: number;
  readonly words: string;
  readonly volume: string;
}

async function install(
  deps: string,
  environment: Record<string, string> = {},
  lockfile?: string,
): Promise<Installed> {
  const source = folderWith({
    "package.json": deps,
    ...(lockfile === undefined ? {} : { "package-lock.json": lockfile }),
  });
  const volume = folderWith({ log: "" });
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], {
    stdio: ["ignore", "ignore", "ignore"],
    env: {
      PATH: process.execPath.replace(/[^/]+$/, "").concat(":", "/usr/local/bin:/usr/bin:/bin"),
      KUBELESS_INSTALL_VOLUME: volume,
      KUBELESS_DEPS_FILE: join(source, "package.json"),
      KUBELESS_TERMINATION_LOG: join(volume, "log"),
      ...environment,
    },
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, volume, words: readFileSync(join(volume, "log"), "utf8") };
}

/** A registry that has nothing; resolves with the first request that npm makes. */
async function emptyRegistry(): Promise<{ url: string; asked: Promise<IncomingMessage>; close: () => void }> {
  const asked = Promise.withResolvers<IncomingMessage>();
  const server = createServer((request, response) => {
    asked.resolve(request);
    response.writeHead(404).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, asked: asked.promise, close: () => server.close() };
}

// npm itself is started, which takes a machine that does much else a while.
describe("installing a function's dependencies", { timeout: 120_000 }, () => {
  it("puts them where the function finds them", async () => {
    const thing = folderWith({ "package.json": '{"name":"thing","version":"1.2.3"}' });
    const { code, volume } = await install(JSON.stringify({ dependencies: { thing: `file:${thing}` } }), {
      NPM_CONFIG_EXTRA: "install-links=true",
    });
    expect(code).toBe(0);
    expect(readFileSync(join(volume, "node_modules/thing/package.json"), "utf8")).toContain("1.2.3");
  });

  it("without anything to install succeeds", async () => {
    const { code, words } = await install('{"dependencies":{}}');
    expect([code, words]).toEqual([0, ""]);
  });

  it("takes a package.json that begins with a byte order mark, as npm does", async () => {
    expect((await install('\ufeff{"dependencies":{}}')).words).toBe("");
  });

  it("with a lockfile takes what it says, and refuses one that does not fit", async () => {
    const lock = JSON.stringify({ lockfileVersion: 3, packages: { "": { dependencies: {} } } });
    expect((await install('{"dependencies":{}}', {}, lock)).code).toBe(0);
    const thing = folderWith({ "package.json": '{"name":"thing","version":"1.2.3"}' });
    const { code, words } = await install(
      JSON.stringify({ dependencies: { thing: `file:${thing}` } }),
      {},
      lock,
    );
    expect(code).toBe(1);
    expect(words).toMatch(/^INSTALL_FAILED: .*: npm ci ended with 1\n.*in sync.*Missing: thing@/s);
    expect(words).not.toMatch(/Usage|--omit/);
  });

  it("a package that does not exist is named in the last words", async () => {
    const registry = await emptyRegistry();
    const { code, words } = await install('{"dependencies":{"no-such-thing":"1.0.0"}}', {
      NPM_REGISTRY: registry.url,
    });
    registry.close();
    expect(code).toBe(1);
    expect(words).toMatch(/INSTALL_FAILED.*npm install.*E404.*no-such-thing/s);
  });

  it("a scope has a registry of its own, and the .npmrc of a Secret its token", async () => {
    const registry = await emptyRegistry();
    const npmrc = join(
      folderWith({ ".npmrc": `${registry.url.replace("http:", "")}:_authToken=secret\n` }),
      ".npmrc",
    );
    const installing = install('{"dependencies":{"@mine/thing":"1.0.0"}}', {
      NPM_REGISTRY: registry.url,
      NPM_SCOPE: "@mine",
      KUBELESS_NPMRC: npmrc,
    });
    const { url, headers } = await registry.asked;
    expect([url, headers.authorization]).toEqual(["/@mine%2fthing", "Bearer secret"]);
    expect((await installing).words).not.toContain("secret");
    registry.close();
  });

  it("settings reach npm as they are, and no shell reads them", async () => {
    const registry = await emptyRegistry();
    const trap = join(folderWith({}), "trap");
    const installing = install('{"dependencies":{"thing":"1.0.0"}}', {
      NPM_REGISTRY: registry.url,
      NPM_CONFIG_EXTRA: `user-agent $(touch ${trap})`,
    });
    expect((await registry.asked).headers["user-agent"]).toBe(`$(touch ${trap})`);
    await installing;
    expect(existsSync(trap)).toBe(false);
    registry.close();
  });

  it("a setting is one line: what a shell would take apart, or a list, stays in its value", async () => {
    const registry = await emptyRegistry();
    const installing = install('{"dependencies":{"@mine/thing":"1.0.0"}}', {
      NPM_CONFIG_EXTRA: `user-agent=a; b\n@mine:registry ${registry.url}`,
    });
    const { url, headers } = await registry.asked;
    expect([url, headers["user-agent"]]).toEqual(["/@mine%2fthing", "a; b"]);
    await installing;
    registry.close();
  });

  const bad: readonly [what: string, deps: string, environment: Record<string, string>, words: RegExp][] = [
    ["a package.json that is no JSON", "{", {}, /INSTALL_FAILED.*package\.json.*JSON/],
    [
      "a package.json that is not there",
      "{}",
      { KUBELESS_DEPS_FILE: "/not/there.json" },
      /INSTALL_FAILED.*there\.json.*ENOENT/,
    ],
    ["a setting without a value", "{}", { NPM_CONFIG_EXTRA: "strict" }, /SETTINGS_INVALID.*"strict"/],
    ["npm that is not there", "{}", { PATH: "/nowhere" }, /INSTALL_FAILED.*npm cannot be started/],
  ];

  it.each(bad)("%s is said so", async (_what, deps, environment, words) => {
    const outcome = await install(deps, environment);
    expect(outcome.code).toBe(1);
    expect(outcome.words).toMatch(words);
  });
});
