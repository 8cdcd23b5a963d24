import { runFunction } from "./run.ts";
import { parseSettings } from "./settings.ts";

const running = await runFunction(parseSettings(process.env));
process.send?.({ port: running.port });
