import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type DevServer, isSource, startDevServer } from "./dev-server.ts";
import { folderWith } from "./fixtures/function-process.ts";

const open: DevServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

interface Dev {
  readonly url: string;
  readonly change: (source: string) => void;
  /** Resolves when this line was said, counted from the last time. */
  readonly says: (line: string) => Promise<void>;
}

async function develop(source: string): Promise<Dev> {
  const file = join(folderWith({ "hello.ts": source }), "hello.ts");
  const said: string[] = [];
  const heard = new EventTarget();
  const say = (line: string) => {
    said.push(line);
    heard.dispatchEvent(new Event("line"));
  };
  const server = await startDevServer({ file, port: 0, timeoutSeconds: 20, environment: {}, say });
  open.push(server);
  const says = async (line: string): Promise<void> => {
    while (!said.includes(line))
      await new Promise((resolve) => heard.addEventListener("line", resolve, { once: true }));
    said.splice(0, said.indexOf(line) + 1);
  };
  return { url: `http://127.0.0.1:${server.port}`, change: (next) => writeFileSync(file, next), says };
}

const version = (n: number) => `export const hello = (): string => "version ${n}";`;

describe("a function's file that is served while it is written", () => {
  it("holds requests until the function is there", async () => {
    const { url } = await develop(version(1));
    expect(await (await fetch(url)).text()).toBe("version 1");
  });

  it("is served anew when it changes, and no request is lost meanwhile", async () => {
    const { url, change, says } = await develop(version(1));
    await says("serving hello.ts");
    const seen = new Set<string>();
    let stop = false;
    const caller = async () => {
      while (!stop) {
        const response = await fetch(url, { method: "POST", body: "x" });
        expect(response.status).toBe(200);
        seen.add(await response.text());
      }
    };
    const callers = [caller(), caller(), caller()];
    for (const n of [2, 3]) {
      change(version(n));
      await says("serving hello.ts");
    }
    expect(await (await fetch(url)).text()).toBe("version 3");
    stop = true;
    await Promise.all(callers);
    expect([...seen]).toContain("version 1");
  });

  it("a call that runs while the code changes ends in the process it began in", async () => {
    const { url, change, says } = await develop(
      `let release: (text: string) => void;
       export const hello = (event: any) => event.extensions.request.path === "/wait"
         ? new Promise((resolve) => { release = resolve; console.log("waiting"); })
         : (release?.("old"), "released");`,
    );
    await says("serving hello.ts");
    const waiting = fetch(`${url}/wait`);
    expect(await (await fetch(url)).text()).toBe("released");
    change(version(2));
    await says("serving hello.ts");
    expect(await (await fetch(url)).text()).toBe("version 2");
    expect(await (await waiting).text()).toBe("old");
  });

  it("that does not load is said so, and the code before it goes on", async () => {
    const { url, change, says } = await develop(version(1));
    await says("serving hello.ts");
    change("export const hello = (;");
    await says("hello.ts does not load; the code before it is still served");
    expect(await (await fetch(url)).text()).toBe("version 1");
    change(version(2));
    await says("serving hello.ts");
    expect(await (await fetch(url)).text()).toBe("version 2");
  });

  it("is started anew when its process ends by itself", async () => {
    const { url, says } = await develop(
      `export const hello = (event: any): string => event.extensions.request.path === "/end"
         ? String(process.kill(process.pid, "SIGKILL"))
         : "served";`,
    );
    await says("serving hello.ts");
    expect((await fetch(`${url}/end`)).status).toBe(502);
    await says("the process of hello.ts ended and is started anew");
    expect(await (await fetch(url)).text()).toBe("served");
  });

  const names: readonly [name: string, source: boolean][] = [
    ["hello.ts", true],
    [join("lib", "greeting.js"), true],
    ["package.json", true],
    ["hello.log", false],
    ["output", false],
    [join("node_modules", "a", "index.js"), false],
    [join(".git", "a.js"), false],
    [".hello.ts.swp", false],
  ];

  it.each(names)("is made of %s: %s", (name, source) => {
    expect(isSource(name)).toBe(source);
  });
});
