#!/usr/bin/env node
import { enableCompileCache } from "node:module";

enableCompileCache();
const [{ run }, { createProcessWorld }] = await Promise.all([
  import("./run.ts"),
  import("./process-world.ts"),
]);
const { argv, world } = createProcessWorld(process, process.env);
process.exitCode = await run(argv, world);
