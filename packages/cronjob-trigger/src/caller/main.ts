#!/usr/bin/env node
import { writeFile } from "node:fs/promises";
import { run } from "./run.ts";

const { code, words, lastWordsPath } = await run(process.argv.slice(2), () => new Date());
if (code === 0) console.log(words);
else {
  console.error(words);
  if (lastWordsPath !== undefined) await writeFile(lastWordsPath, words).catch(() => undefined);
}
process.exitCode = code;
