import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createProcessWorld } from "./process-world.ts";

test.each([
  ["what it says", 132, 132],
  ["80 where it says nothing", undefined, 80],
  ["80 where it says 0, as one without a size does", 0, 80],
])("the width of a terminal is %s", (_, columns, width) => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true, columns });
  const host = {
    argv: [],
    stdin: terminal,
    stdout: terminal,
    stderr: terminal,
    cwd: () => "/",
    on: () => {},
  };
  const { world } = createProcessWorld(host as unknown as NodeJS.Process, {}, "kubeless");
  expect(world.stdout).toMatchObject({ isTTY: true, columns: width });
});
