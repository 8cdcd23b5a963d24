import { writeFileSync } from "node:fs";
import { renderReference } from "../src/reference.ts";
import { commandTree } from "../src/tree.ts";

writeFileSync(new URL("../../../docs/reference/cli.md", import.meta.url), await renderReference(commandTree));
