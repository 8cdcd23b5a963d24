/**
 * A function that calls another one, so that a test can load a Service from inside any cluster: POST `start` sends so
 * many requests a second whatever becomes of them, half of them on connections of their own, without a retry; `stop`
 * tells what became of them; `burst` sends some on new connections and tells the answers.
 */
export const LOAD_FUNCTION = `
const http = require("node:http");
const kept = new http.Agent({ keepAlive: true, maxSockets: 64 });
let running;

function send(url, agent) {
  return new Promise((resolve) => {
    const request = http.request(url, { method: "POST", agent, headers: { "content-type": "text/plain" } }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", (error) => resolve({ failure: String(error.code || error.message) }));
      response.on("end", () => {
        const body = Buffer.concat(chunks).toString();
        resolve(response.statusCode === 200 ? { body } : { failure: response.statusCode + " " + body });
      });
    });
    request.setTimeout(10_000, () => request.destroy(new Error("no answer within 10 s")));
    request.on("error", (error) => resolve({ failure: "request: " + (error.code || error.message) }));
    request.end("x");
  });
}

function start({ url, ratePerSecond }) {
  const result = { sent: 0, answers: {}, failures: {} };
  const inFlight = new Set();
  const began = performance.now();
  const tick = () => {
    const due = Math.floor(((performance.now() - began) / 1000) * ratePerSecond);
    while (result.sent < due) {
      const agent = result.sent++ % 2 === 0 ? kept : false;
      const call = send(url, agent).then(({ body, failure }) => {
        if (failure === undefined) result.answers[body] = (result.answers[body] || 0) + 1;
        else result.failures[failure] = (result.failures[failure] || 0) + 1;
        inFlight.delete(call);
      });
      inFlight.add(call);
    }
  };
  running = { timer: setInterval(tick, 10), inFlight, result, began };
  return { started: true };
}

async function stop() {
  clearInterval(running.timer);
  const seconds = (performance.now() - running.began) / 1000;
  await Promise.all(running.inFlight);
  return { ...running.result, seconds };
}

async function burst({ url, count }) {
  const answers = await Promise.all(Array.from({ length: count }, () => send(url, false)));
  return answers.map(({ body, failure }) => body || "failed: " + failure);
}

module.exports = { foo: ({ data }) => ({ start, stop, burst })[data.command](data) };
`;

export interface LoadResult {
  readonly sent: number;
  readonly seconds: number;
  /** How often each body was answered. */
  readonly answers: Readonly<Record<string, number>>;
  readonly failures: Readonly<Record<string, number>>;
}
