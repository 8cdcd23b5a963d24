import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { sendRaw, serve } from "./fixtures/served.ts";
import type { Handler } from "./function.ts";

const json = { "content-type": "application/json" };

function upload(bytes: number): FormData {
  const form = new FormData();
  form.set("file", new Blob(["x".repeat(bytes)]), "file.txt");
  return form;
}

function depthOf(value: unknown): number {
  let depth = 0;
  for (let inner = value; Array.isArray(inner); inner = inner[0]) depth++;
  return depth;
}

/** By a client that keeps its connection; resolves with what the answer says of that, and with its body. */
async function getKeepingAlive(
  url: string,
): Promise<readonly [connection: string | undefined, body: string]> {
  const [answer] = (await once(get(url, { agent: new Agent({ keepAlive: true }) }), "response")) as [
    IncomingMessage,
  ];
  return [answer.headers.connection, await text(answer)];
}

describe("event.data", () => {
  const bodies: readonly [
    what: string,
    type: string | undefined,
    body: string | Buffer | undefined,
    data: unknown,
  ][] = [
    ["JSON is parsed", "application/json", '{"a":[1,null]}', { a: [1, null] }],
    ["JSON with a charset is parsed", "application/json; charset=utf-8", "[1]", [1]],
    ["JSON in capitals is parsed", "Application/JSON", "1", 1],
    ["+json is text", "application/vnd.api+json", '{"a":1}', '{"a":1}'],
    ["text is text", "text/plain", "grüße 🌍", "grüße 🌍"],
    ["a form is its raw text", "application/x-www-form-urlencoded", "a=1&b=%20", "a=1&b=%20"],
    ["binary is text", "application/octet-stream", Buffer.from([104, 105]), "hi"],
    [
      "bytes that are no UTF-8 become replacement characters",
      "text/plain",
      Buffer.from([0xff, 0x41]),
      "\ufffdA",
    ],
    ["no type is text", undefined, Buffer.from("x"), "x"],
    ["no body is an empty object", "application/json", undefined, {}],
  ];

  it.each(bodies)("%s", async (_what, type, body, data) => {
    const { url } = await serve((event) => ({ data: event.data }));
    const response = await fetch(url, {
      method: "POST",
      headers: type === undefined ? {} : { "content-type": type },
      ...(body === undefined ? {} : { body }),
    });
    expect(await response.json()).toEqual({ data });
  });

  it("a multipart body stays in the stream, and data is empty", async () => {
    const { url } = await serve((event) => event.data);
    const body = new FormData();
    body.set("a", "1");
    expect(await (await fetch(url, { method: "POST", body })).json()).toEqual({});
  });

  it("is not parsed for a function that does not look", async () => {
    const { url } = await serve((event) => event.extensions.request.body);
    const response = await fetch(url, { method: "POST", headers: json, body: "{not json" });
    expect([response.status, await response.text()]).toEqual([200, "{not json"]);
  });

  it("that is not the JSON it says is 400, and says where", async () => {
    const { url, failures } = await serve((event) => event.data);
    const response = await fetch(url, { method: "POST", headers: json, body: '{"a":' });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "BAD_JSON",
      message: expect.stringContaining("JSON"),
    });
    expect(failures).toEqual([]);
  });

  it("with a key __proto__ changes no prototype", async () => {
    const { url } = await serve((event) => [Object.keys(event.data as object), "polluted" in {}]);
    const response = await fetch(url, {
      method: "POST",
      headers: json,
      body: '{"__proto__":{"polluted":1}}',
    });
    expect(await response.json()).toEqual([["__proto__"], false]);
  });

  it("that is very deep is parsed, and if it cannot be sent back that is an error and no crash", async () => {
    const { url } = await serve((event) => {
      const deep = event.data;
      return event.extensions.request.path === "/depth" ? depthOf(deep) : deep;
    });
    const body = "[".repeat(400_000) + "]".repeat(400_000);
    const send = (path: string) => fetch(url + path, { method: "POST", headers: json, body });
    expect(await (await send("/depth")).text()).toBe("400000");
    const echoed = await send("/echo");
    expect([echoed.status, await echoed.json()]).toMatchObject([500, { code: "FUNCTION_FAILED" }]);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it("can be set, and is shown when the event is logged", async () => {
    const { url } = await serve((event) => {
      const seen = inspect(event);
      event.data = "mine";
      return { seen, copy: event.data };
    });
    const { seen, copy } = (await (
      await fetch(url, { method: "POST", headers: json, body: '{"a":1}' })
    ).json()) as {
      seen: string;
      copy: string;
    };
    expect(seen).toContain("data: { a: 1 }");
    expect(copy).toBe("mine");
  });

  it("is in a copy of the event, and in its JSON", async () => {
    const { url } = await serve((event) => {
      const { extensions: _, ...copy } = event;
      return [copy, Object.keys(event)];
    });
    const headers = { ...json, "event-id": "1" };
    expect(await (await fetch(url, { method: "POST", headers, body: '{"a":1}' })).json()).toEqual([
      { data: { a: 1 }, "event-id": "1" },
      ["event-id", "event-type", "event-time", "event-namespace", "extensions", "data"],
    ]);
  });

  it("that is compressed is opened", async () => {
    const { url } = await serve((event) => event.data);
    const body = gzipSync('{"a":1}');
    const headers = { ...json, "content-encoding": "gzip" };
    expect(await (await fetch(url, { method: "POST", headers, body })).json()).toEqual({ a: 1 });
  });

  it.each([
    ["GZIP", gzipSync("{}")],
    ["Identity", "{}"],
    ["", "{}"],
  ])("with the content encoding %j is what it says, in any case", async (encoding, body) => {
    const { url } = await serve((event) => ({ data: event.data }));
    const headers = { ...json, "content-encoding": encoding };
    const response = await fetch(url, { method: "POST", headers, body });
    expect(await response.json()).toEqual({ data: {} });
  });
});

describe("the event and its context", () => {
  it("carry the event-* headers, and undefined for those that did not come", async () => {
    const { url } = await serve((event) => [
      event["event-id"],
      event["event-type"],
      event["event-time"] === undefined,
    ]);
    const response = await fetch(url, { headers: { "event-id": "1", "event-type": "application/json" } });
    expect(await response.json()).toEqual(["1", "application/json", true]);
  });

  it("tell what the function runs in, and pass the trace on", async () => {
    const { url } = await serve((_event, context) => ({ ...context, traceparent: context.traceparent }));
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    expect(await (await fetch(url, { headers: { traceparent } })).json()).toEqual({
      "function-name": "handler",
      timeout: 20,
      runtime: "nodejs24",
      "memory-limit": "128Mi",
      traceparent,
    });
  });

  it("know the earlier of the timeout and of the caller's kubeless-deadline", async () => {
    const { url } = await serve((_event, context) => context.deadline);
    const soon = new Date(Date.now() + 5000).toISOString();
    const late = new Date(Date.now() + 5_000_000).toISOString();
    const ask = async (deadline: string): Promise<number> =>
      Date.parse(String(await (await fetch(url, { headers: { "kubeless-deadline": deadline } })).json()));
    expect(Math.abs((await ask(soon)) - Date.parse(soon))).toBeLessThan(10);
    expect(await ask(late)).toBeLessThan(Date.parse(late));
  });

  it("a deadline that is no time is 400; one that has passed is 408", async () => {
    const { url } = await serve(() => new Promise(() => {}));
    const ask = (deadline: string) => fetch(url, { headers: { "kubeless-deadline": deadline } });
    for (const other of ["tomorrow", "60", "2030", "2030-01-01", "Tue, 01 Jan 2030 00:00:00 GMT"])
      expect([other, (await ask(other)).status]).toEqual([other, 400]);
    const passed = await ask("2020-01-01T00:00:00+02:00");
    expect([passed.status, await passed.text()]).toEqual([408, expect.stringContaining(": 0.0 s.")]);
  });

  it.each([61.0001, 1e300])("a timeout of %d s is one too", async (timeoutSeconds) => {
    const { url } = await serve((_event, { timeout }) => timeout, { timeoutSeconds });
    expect(await (await fetch(url)).json()).toBe(timeoutSeconds);
  });

  it("the signal aborts when the time is over", async () => {
    const aborted = Promise.withResolvers<unknown>();
    const { url } = await serve(
      (_event, { signal }) => {
        signal.addEventListener("abort", () => aborted.resolve(signal.reason));
        return new Promise(() => {});
      },
      { timeoutSeconds: 0.1 },
    );
    expect((await fetch(url)).status).toBe(408);
    expect(await aborted.promise).toMatchObject({ code: "FUNCTION_TIMED_OUT" });
  });

  it("the request has path, query, ip, method and headers by any case", async () => {
    const { url } = await serve(({ extensions: { request } }) => [
      request.method,
      request.path,
      request.query,
      request.ip,
      request.get("X-Mine"),
    ]);
    const response = await fetch(`${url}/a/b?x=1&y=2&y=3`, { method: "PUT", headers: { "x-mine": "yes" } });
    expect(await response.json()).toEqual(["PUT", "/a/b", { x: "1", y: ["2", "3"] }, "127.0.0.1", "yes"]);
  });
});

describe("around the function", () => {
  it("GET /healthz is answered by the server, other methods there by the function", async () => {
    const { url } = await serve(() => "function");
    expect(await (await fetch(`${url}/healthz`)).text()).toBe("OK");
    expect(await (await fetch(`${url}/healthz?x`)).text()).toBe("OK");
    expect(await (await fetch(`${url}/healthz`, { method: "POST" })).text()).toBe("function");
    expect(await (await fetch(`${url}/healthzy`)).text()).toBe("function");
  });

  it("a preflight is answered by the server, for any origin, method and header", async () => {
    const { url } = await serve(() => "function");
    const response = await fetch(url, {
      method: "OPTIONS",
      headers: { "access-control-request-method": "PUT", "access-control-request-headers": "x-a" },
    });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-methods")).toBe("PUT");
    expect(response.headers.get("access-control-allow-headers")).toBe("x-a");
  });

  it("calls, failures and durations are counted by module and method, as Kubeless named them", async () => {
    const { url } = await serve((event) => {
      if (event.extensions.request.path === "/fail") throw new Error("no");
    });
    await fetch(url);
    await fetch(`${url}/fail`);
    await fetch(url, { method: "POST" });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('function_calls_total{method="module-GET"} 2');
    expect(metrics).toContain('function_failures_total{method="module-GET"} 1');
    expect(metrics).toContain('function_calls_total{method="module-POST"} 1');
    expect(metrics).toContain('function_duration_seconds_count{method="module-GET"} 2');
    expect(metrics).toMatch(/function_duration_seconds_bucket\{le="\+Inf",method="module-GET"\} 2/);
    for (const bound of [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
      expect(metrics).toContain(`function_duration_seconds_bucket{le="${bound}",method="module-GET"}`);
    for (const name of [
      "function_calls_in_flight 0",
      "function_load_seconds",
      "nodejs_eventloop_lag_mean_seconds",
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
    ])
      expect(metrics).toContain(`\n${name}`);
  });
});

describe("a server that stops", () => {
  it("asks who waits for an answer to connect anew, and closes with the last one", async () => {
    const called = Promise.withResolvers<(text: string) => void>();
    const { url, server } = await serve(() => new Promise((resolve) => called.resolve(resolve)));
    const answer = getKeepingAlive(url);
    const end = await called.promise;
    server.beginDrain();
    end("done");
    expect(await answer).toEqual(["close", "done"]);
    await server.close();
  });

  it("does not wait for the next request of who was promised that the connection lives on", async () => {
    const called = Promise.withResolvers<(text: string) => void>();
    const { url, server } = await serve((event) => {
      event.extensions.response.write("begun and ");
      return new Promise((resolve) => called.resolve(resolve));
    });
    const answer = getKeepingAlive(url);
    const end = await called.promise;
    const closed = server.close();
    end("done");
    expect(await answer).toEqual(["keep-alive", "begun and done"]);
    await closed;
  });
});

describe("input that is meant to hurt", () => {
  it("a body over the limit is 413, declared or not, and the function is not called", async () => {
    const { url } = await serve(() => "called", { bodyLimitBytes: 1000 });
    const declared = await fetch(url, { method: "POST", body: "x".repeat(1001) });
    expect([declared.status, await declared.json()]).toMatchObject([413, { code: "BODY_TOO_LARGE" }]);
    const stream = new Blob(["x".repeat(5000)]).stream();
    const chunked = await fetch(url, { method: "POST", body: stream, duplex: "half" } as RequestInit);
    expect(chunked.status).toBe(413);
    expect(await (await fetch(url, { method: "POST", body: "x".repeat(1000) })).text()).toBe("called");
  });

  it("a multipart body over its limit is 413 when it is declared, and the function is not called", async () => {
    const { url } = await serve(() => "called", { multipartLimitBytes: 1000 });
    const response = await fetch(url, { method: "POST", body: upload(5000) });
    expect([response.status, await response.json()]).toMatchObject([413, { code: "BODY_TOO_LARGE" }]);
    expect(await (await fetch(url, { method: "POST", body: upload(10) })).text()).toBe("called");
  });

  const readers: readonly [how: string, handler: Handler][] = [
    ["reads to its end", async ({ extensions: { request } }) => (await Array.fromAsync(request)).length],
    [
      "pipes into something",
      ({ extensions: { request } }) => finished(request.pipe(new PassThrough().resume())),
    ],
    ["does not read", () => new Promise(() => {})],
  ];

  it.each(readers)(
    "a multipart body in chunks is cut at its limit for a function that %s: 413",
    async (_how, handler) => {
      const { url, server } = await serve(handler, { multipartLimitBytes: 1000 });
      const { headers, body } = new Request(url, { method: "POST", body: upload(500_000) });
      const response = await fetch(url, { method: "POST", headers, body, duplex: "half" } as RequestInit);
      expect([response.status, await response.json()]).toMatchObject([413, { code: "BODY_TOO_LARGE" }]);
      expect(server.calls.size).toBe(0);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
    },
  );

  it("a compressed body that unfolds beyond the limit is 413", async () => {
    const { url } = await serve(() => "called", { bodyLimitBytes: 1000 });
    const body = gzipSync(Buffer.alloc(10_000_000));
    expect(body.length).toBeGreaterThan(1000);
    const small = gzipSync(Buffer.alloc(100_000));
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-encoding": "gzip" },
      body: small,
    });
    expect(response.status).toBe(413);
  });

  it("an unknown content encoding is 415, a wrong one 400", async () => {
    const { url } = await serve(() => "called");
    const send = (encoding: string) =>
      fetch(url, { method: "POST", headers: { "content-encoding": encoding }, body: "plain" });
    expect((await send("rot13")).status).toBe(415);
    expect((await send("gzip")).status).toBe(400);
  });

  const broken: readonly [what: string, request: string, answer: RegExp][] = [
    ["no HTTP at all", "\u0001\u0002\u0003\r\n\r\n", /^HTTP\/1\.1 400/],
    [
      "a chunk without a length",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      /^HTTP\/1\.1 400/,
    ],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      /^HTTP\/1\.1 400/,
    ],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400/,
    ],
    [
      "a length that is no number",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
      /^HTTP\/1\.1 400/,
    ],
    ["a line feed in a header's name", "GET / HTTP/1.1\r\nHost: a\r\na\nb: c\r\n\r\n", /^HTTP\/1\.1 400/],
    [
      "a flood of headers",
      `GET / HTTP/1.1\r\nHost: a\r\n${"x-flood: 0123456789\r\n".repeat(5000)}\r\n`,
      /^HTTP\/1\.1 431/,
    ],
    [
      "a chunk longer than it says",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400/,
    ],
    [
      "a chunk with a length beyond all numbers",
      `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${"f".repeat(40)}\r\n`,
      /^HTTP\/1\.1 400/,
    ],
    [
      "a transfer encoding nobody knows",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: rot13\r\n\r\nx",
      /^HTTP\/1\.1 400/,
    ],
    [
      "an expectation that cannot be met",
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
      /^HTTP\/1\.1 417/,
    ],
    ["CONNECT", "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", /^(HTTP\/1\.1 [45]\d\d|$)/],
  ];

  it.each(broken)("%s is refused, and the connection closed", async (_what, request, answer) => {
    const { port, failures } = await serve(() => "called");
    expect(await sendRaw(port, request)).toMatch(answer);
    expect(failures).toEqual([]);
  });

  it("a request that comes too slowly is 408", async () => {
    const { port } = await serve(() => "called", { requestTimeoutMs: 200 });
    expect(await sendRaw(port, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab")).toMatch(
      /^HTTP\/1\.1 408/,
    );
  });

  it("a head that comes too slowly is 408", async () => {
    const { port } = await serve(() => "called", { requestTimeoutMs: 200 });
    expect(await sendRaw(port, "GET / HTTP/1.1\r\nHost: a\r\nx-slow")).toMatch(/^HTTP\/1\.1 408/);
  });

  it("an upgrade to another protocol is a plain call: nobody waits for it", async () => {
    const { port } = await serve(() => "called");
    const head = "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n";
    expect(await sendRaw(port, head)).toMatch(/^HTTP\/1\.1 200.*called$/s);
  });

  it("JSON in bad UTF-8 has replacement characters and is no crash", async () => {
    const { url } = await serve((event) => event.data);
    const body = Buffer.from([0x22, 0xff, 0xc3, 0x22]);
    expect(await (await fetch(url, { method: "POST", headers: json, body })).text()).toBe("\ufffd\ufffd");
  });

  it("a caller that goes away while the function works leaves nothing behind", async () => {
    const release = Promise.withResolvers<void>();
    const called = Promise.withResolvers<void>();
    const { url, port, server } = await serve(async ({ extensions: { request } }) => {
      if (request.path === "/next") return "next";
      called.resolve();
      await release.promise;
      return "nobody reads this";
    });
    const socket = connect(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await called.promise;
    socket.destroy();
    await fetch(`${url}/healthz`);
    release.resolve();
    expect(await (await fetch(`${url}/next`)).text()).toBe("next");
    expect(server.calls.size).toBe(0);
  });

  it("a request that is cut off never reaches the function", async () => {
    let calls = 0;
    const { url, port, server } = await serve(() => calls++);
    const socket = connect(port, "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab");
    await once(socket, "ready");
    await fetch(`${url}/healthz`);
    socket.destroy();
    await fetch(`${url}/healthz`);
    expect([calls, server.calls.size]).toEqual([0, 0]);
  });

  it("a hundred pipelined requests are answered in order", async () => {
    const { port } = await serve((event) => event.extensions.request.path);
    const requests = Array.from(
      { length: 100 },
      (_, n) => `GET /${n} HTTP/1.1\r\nHost: a\r\n${n === 99 ? "Connection: close\r\n" : ""}\r\n`,
    );
    const answers = await sendRaw(port, requests.join(""));
    expect([...answers.matchAll(/^\/(\d+)/gm)].map(([, n]) => Number(n))).toEqual(
      Array.from({ length: 100 }, (_, n) => n),
    );
  });
});
