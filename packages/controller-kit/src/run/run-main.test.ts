import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";
import { eventually } from "../fixtures/cluster.ts";

function start(...given: string[]) {
  const program = join(import.meta.dirname, "../fixtures/main-program.ts");
  const child = spawn(process.execPath, ["--conditions=@kubeless/source", program, ...given]);
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  return {
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    says: (text: string) => eventually(() => said.includes(text)),
    ended: once(child, "close").then(([code]) => ({ code, said })),
  };
}

it("exits 0 when main returns", async () => {
  expect((await start("returns").ended).code).toBe(0);
});

it.each([
  ["throws", "the kubeconfig is missing"],
  ["rejects", "nobody handles this"],
])("exits 1 when main %s, and logs the reason once", async (how, reason) => {
  const { code, said } = await start(how).ended;
  expect(code).toBe(1);
  expect(
    said.split("\n").filter((line) => line.includes(`"message":"${reason}"`) || line.includes(reason)),
  ).toHaveLength(1);
});

it.each(["SIGTERM", "SIGINT"] as const)("drains on %s, then exits 0", async (signal) => {
  const program = start("drains");
  await program.says("running");
  program.kill(signal);
  const { code, said } = await program.ended;
  expect(said).toContain("drained");
  expect(code).toBe(0);
});

it("exits at once on a second signal, whatever still drains", async () => {
  const program = start("hangs");
  await program.says("running");
  program.kill("SIGTERM");
  await program.says("stopping");
  program.kill("SIGTERM");
  expect((await program.ended).code).toBe(128 + 15);
});

it("exits 1 when draining takes too long, and says so", async () => {
  const program = start("hangs", "50");
  await program.says("running");
  program.kill("SIGTERM");
  const { code, said } = await program.ended;
  expect(code).toBe(1);
  expect(said).toContain("Draining took longer than 50 ms.");
});
