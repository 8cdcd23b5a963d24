import runtime from "faas-js-runtime";

await runtime.start((_context, body) => body, { port: Number(process.env.PORT), logLevel: "silent" });
