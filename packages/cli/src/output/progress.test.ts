import { expect, test } from "vitest";
import { createTestWorld } from "../fixtures/test-world.ts";
import { createProgress } from "./progress.ts";

test("a spinner turns for a person, lines stay, and nothing is left of it at the end", async () => {
  const { world, stdout } = createTestWorld({ isTTY: true, columns: 20 });
  const progress = createProgress({ stderr: world.stdout, environment: { NO_COLOR: "1" } });
  progress.show("Installing\nvery many dependencies");
  await progress.line("✓ Source ready");
  progress.end();
  const [first = "", ...others] = stdout
    .text()
    .split("\r\u001b[K")
    .filter((part) => part !== "");
  expect(first).toBe("⠋ Installing very …");
  expect(others[0]).toBe("✓ Source ready\n");
  expect(stdout.text().endsWith("\r\u001b[K")).toBe(true);
});

test("in a pipe only the lines are written", async () => {
  const { world, stderr } = createTestWorld();
  const progress = createProgress(world);
  progress.show("Installing");
  await progress.line("✓ Source ready");
  progress.end();
  expect(stderr.text()).toBe("✓ Source ready\n");
});
