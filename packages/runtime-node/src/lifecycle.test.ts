import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderWith, start } from "./fixtures/function-process.ts";

const hang = "exports.f = () => new Promise(() => {});";

describe("a function that cannot be loaded ends the process with the reason as its last words", () => {
  const failures: readonly [what: string, files: Record<string, string>, handler: string, words: RegExp][] = [
    ["no such file", { "other.js": "" }, "gone.f", /FILE_NOT_FOUND.*gone\.js.*it holds other\.js/s],
    ["an empty folder", {}, "gone.f", /FILE_NOT_FOUND.*the folder is empty/s],
    [
      "no such export",
      { "a.js": "exports.g = exports.h = () => 1" },
      "a.f",
      /EXPORT_NOT_FOUND.*"f"; it exports g, h/s,
    ],
    [
      "a missing package (require)",
      { "a.js": "require('not-there')" },
      "a.f",
      /DEPENDENCY_NOT_FOUND.*a\.js.*'not-there'/s,
    ],
    [
      "a missing package (import)",
      { "a.mjs": "import 'not-there'" },
      "a.f",
      /DEPENDENCY_NOT_FOUND.*'not-there'/s,
    ],
    [
      "a syntax error",
      { "a.js": "exports.f = () => 1;\nexports.g = (;" },
      "a.f",
      /SYNTAX_INVALID.*a\.js:2.*Unexpected token/s,
    ],
    [
      "TypeScript that cannot be erased",
      { "a.ts": "export enum A { B }" },
      "a.f",
      /SYNTAX_INVALID.*a\.ts.*enum/s,
    ],
    ["a throw at the top", { "a.js": "\nnull.x" }, "a.f", /LOAD_FAILED.*a\.js:2.*TypeError/s],
    [
      "a throw of what cannot be shown",
      { "a.mjs": "throw { [Symbol.for('nodejs.util.inspect.custom')]() { throw 1 } }" },
      "a.f",
      /LOAD_FAILED/,
    ],
    ["a throw of nothing", { "a.mjs": "throw undefined" }, "a.f", /LOAD_FAILED.*undefined/s],
    ["process.exit at the top", { "a.js": "process.exit(0)" }, "a.f", /LOAD_FAILED.*process\.exit\(0\)/s],
    [
      "a failing init",
      { "a.js": "exports.f = () => 1; exports.init = async () => { throw new Error('no db') }" },
      "a.f",
      /INIT_FAILED.*no db/s,
    ],
    ["a loop at the top", { "a.js": "for (;;);" }, "a.f", /LOAD_TIMED_OUT/],
    ["a loop at the top of an ES module", { "a.mjs": "for (;;);" }, "a.f", /LOAD_TIMED_OUT/],
    ["an await that never ends", { "a.mjs": "await new Promise(() => {})" }, "a.f", /LOAD_TIMED_OUT/],
  ];

  it.each(failures)("%s", async (_what, files, handler, words) => {
    const folder = folderWith({ ...files, "last-words": "" });
    const log = join(folder, "last-words");
    const { exit, output } = start(folderWith(files), handler, {
      FUNC_TIMEOUT: "1",
      KUBELESS_TERMINATION_LOG: log,
    });
    expect((await exit).code).toBe(1);
    expect(output().trimEnd()).toMatch(words);
    expect(readFileSync(log, "utf8")).toMatch(words);
  });

  it("settings that make no sense are all named at once", async () => {
    const { exit, output } = start(folderWith({}), "a.f", {
      MOD_NAME: "",
      FUNC_TIMEOUT: "soon",
      FUNC_PORT: "70000",
    });
    expect((await exit).code).toBe(1);
    expect(output()).toMatch(/MOD_NAME is not set.*FUNC_TIMEOUT is "soon".*FUNC_PORT is "70000"/);
  });

  it("a port that is taken is said so", async () => {
    const folder = folderWith({ "a.js": "exports.f = () => 1" });
    const first = start(folder, "a.f");
    const { exit, output } = start(folder, "a.f", { FUNC_PORT: new URL(await first.url).port });
    expect((await exit).code).toBe(1);
    expect(output()).toMatch(/PORT_UNAVAILABLE.*EADDRINUSE/);
  });
});

describe("a function's life", () => {
  it("runs init before the first call and shutdown after the last", async () => {
    const source = `let ready = false;
      exports.init = async (context) => { await null; ready = context["function-name"]; };
      exports.f = () => ready;
      exports.shutdown = async (context) => { await null; console.log("bye", context.runtime); };`;
    const { url, child, exit, output } = start(folderWith({ "a.js": source }), "a.f", {
      FUNC_RUNTIME: "nodejs24",
    });
    expect(await (await fetch(await url)).text()).toBe("f");
    child.kill("SIGTERM");
    expect(await exit).toEqual({ code: 0, signal: null });
    expect(output()).toContain("bye nodejs24");
  });

  it("after SIGTERM says 503 on /healthz, but serves on, then lets the calls end and exits with 0", async () => {
    const source = `let release; exports.f = (event) => {
      if (event.extensions.request.path === "/wait") return new Promise((resolve) => { release = resolve; });
      if (event.extensions.request.path === "/release") release("done");
      return "served"; };
      process.on("SIGTERM", () => console.log("draining"));`;
    const {
      url: starting,
      child,
      exit,
      says,
    } = start(folderWith({ "a.js": source }), "a.f", { FUNC_DRAIN_SECONDS: "1" });
    const url = await starting;
    const waiting = fetch(`${url}/wait`);
    await fetch(url);
    child.kill("SIGTERM");
    await says("draining");
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    const served = await fetch(url);
    expect([served.status, served.headers.get("connection")]).toEqual([200, "close"]);
    await fetch(`${url}/release`);
    expect(await (await waiting).text()).toBe("done");
    expect(await exit).toEqual({ code: 0, signal: null });
  });

  it("serves who is still sent here when the drain is over, until nobody comes", async () => {
    const source = `exports.f = () => new Promise((resolve) => setTimeout(resolve, 50, "served"));
      process.on("SIGTERM", () => console.log("draining"));`;
    const served = start(folderWith({ "a.js": source }), "a.f", { FUNC_DRAIN_SECONDS: "1" });
    const url = await served.url;
    served.child.kill("SIGTERM");
    await served.says("draining");
    const began = performance.now();
    while (performance.now() - began < 2500) expect(await (await fetch(url)).text()).toBe("served");
    expect(await served.exit).toEqual({ code: 0, signal: null });
  });

  it("a second signal ends at once", async () => {
    const source = `${hang} process.on("SIGTERM", () => console.log("draining"));`;
    const { url, child, exit, says } = start(folderWith({ "a.js": source }), "a.f", {
      FUNC_DRAIN_SECONDS: "60",
    });
    await url;
    child.kill("SIGTERM");
    await says("draining");
    child.kill("SIGTERM");
    expect((await exit).code).toBe(1);
  });
});

/** Before Node 24 a call is known up to its first `await` only. */
const knowsNoContinuation = Number.parseInt(process.versions.node, 10) < 24;

describe("a function that does not come back", () => {
  const spins: readonly [what: string, body: string][] = [
    ["a promise that never settles", "return new Promise(() => {})"],
    ["a loop", "for (;;);"],
    ["a loop that catches everything", "for (;;) try { for (;;); } catch {} finally { for (;;); }"],
    ["a regular expression that backtracks for ever", "return /^(a+)+$/.test('a'.repeat(40) + 'b')"],
    ["a loop after an await", "return new Promise((r) => setImmediate(r)).then(() => { for (;;); })"],
    ["microtasks without end", "return (async () => { for (;;) await null; })()"],
    ["ticks without end", "return new Promise(() => { const tick = () => process.nextTick(tick); tick(); })"],
    ["a loop below a timer", "return new Promise(() => setTimeout(() => { for (;;); }, 1))"],
    ["a loop below an immediate", "return new Promise(() => setImmediate(() => { for (;;); }))"],
  ];

  it.each(spins)("%s: is answered with 408, and a call beside it ends well", async (_what, body) => {
    const source = `exports.f = (event, context) => {
      const { path } = event.extensions.request;
      if (path === "/beside") return new Promise((resolve) => setTimeout(resolve, 1300, "well"));
      if (path === "/ok") return "ok";
      ${body}
    };`;
    const { url: starting } = start(folderWith({ "a.js": source }), "a.f", { FUNC_TIMEOUT: "2" });
    const url = await starting;
    const deadline = new Date(Date.now() + 1000).toISOString();
    const beside = fetch(`${url}/beside`);
    const stuck = await fetch(url, { headers: { "kubeless-deadline": deadline } });
    expect([stuck.status, await stuck.json()]).toMatchObject([408, { code: "FUNCTION_TIMED_OUT" }]);
    expect(await (await beside).text()).toBe("well");
    expect(await (await fetch(`${url}/ok`)).text()).toBe("ok");
  });

  it("a loop: what it held up beyond its own deadline is answered well all the same", async () => {
    const source = `exports.f = (event) => {
      if (event.extensions.request.path === "/loop") for (;;);
      console.log("waiting");
      return new Promise((resolve) => setTimeout(resolve, 700, "well"));
    };`;
    const { url: starting, says } = start(folderWith({ "a.js": source }), "a.f");
    const url = await starting;
    const headers = { "kubeless-deadline": new Date(Date.now() + 1500).toISOString() };
    const beside = fetch(url, { headers });
    await says("waiting");
    expect((await fetch(`${url}/loop`, { headers })).status).toBe(408);
    expect(await (await beside).text()).toBe("well");
  });

  it.skipIf(knowsNoContinuation)(
    "work after an await is not ended for another call, whose deadline it holds up",
    async () => {
      const source = `exports.f = async (event) => {
        if (event.extensions.request.path === "/waits") return new Promise(() => console.log("waiting"));
        await new Promise((resolve) => setTimeout(resolve, 1));
        for (const end = Date.now() + 1500; Date.now() < end; );
        return "worked";
      };`;
      const { url: starting, says } = start(folderWith({ "a.js": source }), "a.f");
      const url = await starting;
      const headers = { "kubeless-deadline": new Date(Date.now() + 500).toISOString() };
      const waits = fetch(`${url}/waits`, { headers });
      await says("waiting");
      const worked = await fetch(url);
      expect([worked.status, await worked.text()]).toEqual([200, "worked"]);
      expect((await waits).status).toBe(408);
    },
  );

  const leftBehind: readonly [what: string, source: string][] = [
    ["of no call", "setTimeout(() => { for (;;); }, 500); exports.f = () => new Promise(() => {});"],
    [
      "of a call that was answered",
      `exports.f = (event) => event.extensions.request.path === "/first"
        ? void setTimeout(() => { for (;;); }, 300) : new Promise(() => {});`,
    ],
  ];

  it.each(leftBehind)("a loop %s ends when it holds a call up", async (_whose, source) => {
    const { url: starting } = start(folderWith({ "a.js": source }), "a.f");
    const url = await starting;
    const headers = { "kubeless-deadline": new Date(Date.now() + 1000).toISOString() };
    const calls = ["/first", "/second"].map((path) => fetch(url + path, { headers }));
    expect((await Promise.all(calls)).at(-1)?.status).toBe(408);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("a blocking native call: who waits is answered, the reason is said, and the process ends", async () => {
    const source = `exports.f = (event) => event.extensions.request.path === "/beside" ? new Promise(() => {})
      : require("node:child_process").execSync("sleep 20");`;
    const folder = folderWith({ "a.js": source, log: "" });
    const log = join(folder, "log");
    const started = start(folder, "a.f", { FUNC_TIMEOUT: "3", KUBELESS_TERMINATION_LOG: log });
    const url = await started.url;
    const beside = fetch(`${url}/beside`);
    const stuck = await fetch(url, {
      headers: { "kubeless-deadline": new Date(Date.now() + 300).toISOString() },
    });
    expect(stuck.status).toBe(408);
    expect((await beside).status).toBe(503);
    expect((await started.exit).code).not.toBe(0);
    expect(started.output()).toContain("BLOCKED");
    expect(readFileSync(log, "utf8")).toContain("execSync");
  });
});

describe("a function that misuses the process", () => {
  const misuses: readonly [what: string, body: string, status: number, log: string][] = [
    ["calls process.exit", "process.exit(0)", 500, "process.exit(0)"],
    ["throws later", "setTimeout(() => { throw new Error('too late') }, 1); return 'ok'", 200, "too late"],
    [
      "throws null later",
      "setTimeout(() => { throw null }, 1); return 'ok'",
      200,
      "threw outside of a call: null",
    ],
    ["rejects when nobody listens", "Promise.reject(new Error('unheard')); return 'ok'", 200, "unheard"],
    ["calls process.exit later", "setTimeout(() => process.exit(1), 1); return 'ok'", 200, "process.exit(1)"],
    [
      "emits an error nobody listens to",
      "process.nextTick(() => new (require('events'))().emit('error', 1)); return 'ok'",
      200,
      "outside of a call",
    ],
    [
      "throwing what cannot be shown",
      "throw { [Symbol.for('nodejs.util.inspect.custom')]() { throw 1 } }",
      500,
      "something that cannot be shown",
    ],
  ];

  it.each(misuses)("%s: the process goes on", async (_what, body, status, log) => {
    const source = `exports.f = (event) => { if (event.extensions.request.path === "/ok") return "ok"; ${body} }`;
    const { url: starting, says } = start(folderWith({ "a.js": source }), "a.f");
    const url = await starting;
    expect((await fetch(url)).status).toBe(status);
    await says(log);
    expect(await (await fetch(`${url}/ok`)).text()).toBe("ok");
  });

  it("floods stdout: it is slowed by who reads, loses nothing, and goes on", async () => {
    const source = `exports.f = () => { for (let i = 0; i < 20000; i++) console.log("x".repeat(200)); console.log("end of flood"); return "ok" }`;
    const { url, says, output } = start(folderWith({ "a.js": source }), "a.f");
    expect(await (await fetch(await url)).text()).toBe("ok");
    await says("end of flood");
    expect(output().length).toBeGreaterThan(20000 * 200);
  });

  it("writes when nobody reads its output any more: the process goes on, and in peace", async () => {
    const source = `let thrown = 0;
      process.on("uncaughtException", () => thrown++);
      exports.f = () => { console.log("out"); console.error("err"); return thrown; };`;
    const { url, child } = start(folderWith({ "a.js": source }), "a.f");
    const address = await url;
    child.stdout?.destroy();
    child.stderr?.destroy();
    for (let call = 0; call < 3; call++) expect(await (await fetch(address)).text()).toBe("0");
  });

  it("writes an access log only when asked to", async () => {
    const folder = folderWith({ "a.js": "exports.f = () => 'ok'" });
    const { url, says } = start(folder, "a.f", { FUNC_ACCESS_LOG: "true" });
    await fetch(`${await url}/path`);
    await says('"GET /path HTTP/1.1" 200');
  });
});
