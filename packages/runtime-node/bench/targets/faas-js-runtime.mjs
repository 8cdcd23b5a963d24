import { start } from "faas-js-runtime";

await start((_context, body) => body, { port: Number(process.env.PORT), logLevel: "silent" });
