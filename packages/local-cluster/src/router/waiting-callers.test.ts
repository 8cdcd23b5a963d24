import { execFileSync } from "node:child_process";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../clock.ts";
import { startTestNode } from "../node/node-fixture.ts";
import { startRouters } from "./index.ts";

/** Counts whom the kernel lets in. */
const callers = `
  let connected = 0;
  for (let caller = 0; caller < 1000; caller++)
    require("node:net").connect(process.argv[1], "127.0.0.1", () => {
      connected += 1;
      if (connected === 1000) process.exit();
    });
`;

test.runIf(process.platform === "linux")(
  "a thousand callers of an Ingress are let in while this process is held up (Linux)",
  async () => {
    const node = await startTestNode();
    const routers = await startRouters(node.api, {
      dataDir: node.dataDir,
      clock: systemClock(),
      ingress: { httpPort: 0, httpsPort: 0 },
    });
    onTestFinished(() => routers.stop());
    const { httpPort, httpsPort } = routers.ingress;
    for (const port of [httpPort, httpsPort])
      expect(() =>
        execFileSync(process.execPath, ["-e", callers, String(port)], { timeout: 20_000 }),
      ).not.toThrow();
  },
);
