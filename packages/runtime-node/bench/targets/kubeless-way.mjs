// The costs of Kubeless' own Node runtime, written anew from its description: express, an access log line and two
// metrics per request, and a fresh V8 context around every call.
import { createContext, Script } from "node:vm";
import express from "express";
import morgan from "morgan";
import client from "prom-client";

const calls = new client.Counter({ name: "calls", help: "calls", labelNames: ["method"] });
const durations = new client.Histogram({ name: "durations", help: "durations", labelNames: ["method"] });
const script = new Script("run();");
const app = express();
app.use(morgan("combined"));
app.use(express.raw({ type: () => true, limit: "1mb" }));
app.get("/healthz", (_request, response) => response.send("OK"));
app.all("*", (request, response) => {
  const end = durations.labels("POST").startTimer();
  calls.labels("POST").inc();
  const run = () =>
    Promise.resolve(JSON.parse(request.body.toString())).then((value) => {
      response.json(value);
      end();
    });
  script.runInContext(createContext({ ...globalThis, run }), { timeout: 180_000 });
});
app.listen(Number(process.env.PORT));
