#!/usr/bin/env node
import { leaveLastWords } from "../last-words.ts";
import { installDependencies } from "./npm-install.ts";

try {
  await installDependencies(process.env);
} catch (reason) {
  leaveLastWords(process.env.KUBELESS_TERMINATION_LOG ?? "/dev/termination-log", reason);
  process.exitCode = 1;
}
