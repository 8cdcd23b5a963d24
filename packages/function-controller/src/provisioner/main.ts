#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { parseProvisionerArguments } from "./arguments.ts";
import { toLastWords } from "./errors.ts";
import { provision } from "./provision.ts";

// What a library still uses is nothing to a function's author, and would stand before the last words.
process.noDeprecation = true;

try {
  const { request, report } = parseProvisionerArguments(process.argv.slice(2), tmpdir());
  const result = JSON.stringify((await provision(request)) ?? {});
  process.stdout.write(`${result}\n`);
  // The source is in place; a cluster without termination messages only lacks the digest in the Function's status.
  if (report !== undefined) await writeFile(report, result).catch(() => undefined);
} catch (error) {
  process.stderr.write(`${toLastWords(error)}\n`);
  process.exitCode = 1;
}
