import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

it("tells all faults of the environment together, its own variables' too, and exits with 1", async () => {
  const { code, said } = await run({ HEALTH_PORT: "http", LOG_LEVEL: "loud", LIMIT: "many" });
  expect(code).toBe(1);
  for (const variable of ["HEALTH_PORT", "LOG_LEVEL", "LIMIT"]) expect(said).toContain(`${variable}: `);
  expect(said).toContain("The configuration has 3 faults");
});

it("says where it looked for a cluster when there is none, and exits with 1", async () => {
  const { code, said } = await run({ LIMIT: "1", HOME: "/nowhere" });
  expect(code).toBe(1);
  expect(said).toMatch(
    /"controller":"idle-controller","version":"1.0.0".*No cluster found: KUBECONFIG is not set/,
  );
});

async function run(env: NodeJS.ProcessEnv): Promise<{ code: number; said: string }> {
  const program = join(import.meta.dirname, "../fixtures/controller-program.ts");
  const child = spawn(process.execPath, ["--conditions=@kubeless/source", program], { env });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  return { code, said };
}
