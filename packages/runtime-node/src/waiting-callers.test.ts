import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { folderWith, start } from "./fixtures/function-process.ts";

test.runIf(process.platform === "linux")(
  "a thousand callers are let in while the process is held up, and answered when it goes on (Linux)",
  async () => {
    const { child, url } = start(folderWith({ "a.js": "exports.f = () => 'answer'" }), "a.f");
    const { port, hostname } = new URL(await url);
    child.kill("SIGSTOP");
    const callers = Array.from({ length: 1000 }, () => connect(Number(port), hostname));
    for (const caller of callers) caller.on("error", () => {});
    await Promise.all(callers.map((caller) => once(caller, "connect")));
    const answers = callers.map((caller) => {
      caller.write("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
      return caller.toArray();
    });
    child.kill("SIGCONT");
    for (const answer of await Promise.all(answers))
      expect(Buffer.concat(answer).toString()).toMatch(/answer$/);
  },
);
