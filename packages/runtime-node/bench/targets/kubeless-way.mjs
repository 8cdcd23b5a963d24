// What Kubeless' own Node runtime does for a request, written anew from the description of its behaviour and built of the
// packages it is built of: express and body-parser's raw bodies, an access log line, a counter and a histogram with
// labels, the event and context objects, and around every call a fresh V8 context that holds a copy of all globals.
import { createRequire } from "node:module";
import { createContext, Script } from "node:vm";
import express from "express";
import morgan from "morgan";
import client from "prom-client";

const timeoutSeconds = 180;
const labelNames = ["method"];
const calls = new client.Counter({ name: "function_calls_total", help: "calls", labelNames });
const failures = new client.Counter({ name: "function_failures_total", help: "failures", labelNames });
const durations = new client.Histogram({ name: "function_duration_seconds", help: "durations", labelNames });
const handler = (event) => event.data;
const context = { "function-name": "json", timeout: timeoutSeconds, runtime: "nodejs", "memory-limit": "0" };
const script = new Script("call();");
const require = createRequire(import.meta.url);

const app = express();
app.use(morgan("combined"));
app.use(express.raw({ type: (request) => !request.is("multipart/*"), limit: "1mb" }));
app.get("/healthz", (_request, response) => response.status(200).send("OK"));
app.all("*", (request, response) => {
  response.header("Access-Control-Allow-Origin", "*");
  const label = `echo-${request.method}`;
  const end = durations.labels(label).startTimer();
  calls.labels(label).inc();
  const call = () =>
    Promise.resolve(handler(toEvent(request, response), context)).then(
      (value) => {
        if (typeof value === "string") response.end(value);
        else response.json(value);
        end();
      },
      () => {
        failures.labels(label).inc();
        response.status(500).send("Internal Server Error");
        end();
      },
    );
  const sandbox = { ...globalThis, require, module: {}, call };
  script.runInContext(createContext(sandbox), { timeout: timeoutSeconds * 1000 });
});
app.listen(Number(process.env.PORT));

function toEvent(request, response) {
  const text = request.body.toString("utf8");
  return {
    "event-id": request.get("event-id"),
    "event-type": request.get("event-type"),
    "event-time": request.get("event-time"),
    "event-namespace": request.get("event-namespace"),
    data: request.is("application/json") ? JSON.parse(text) : text,
    extensions: { request, response },
  };
}
