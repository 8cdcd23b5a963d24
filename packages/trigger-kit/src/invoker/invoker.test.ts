import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../delivery/clock.ts";
import { createInvoker, type Endpoint, type Invoker } from "./invoker.ts";

const body = new TextEncoder().encode('{"a":1}');

describe("a call of the function", () => {
  test("is a POST with the headers and the bytes that were given", async () => {
    const seen: { method: string | undefined; type: string | undefined; body: string }[] = [];
    const endpoint = await serve(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push({
        method: request.method,
        type: request.headers["event-type"] as string,
        body: Buffer.concat(chunks).toString(),
      });
      response.end("fine");
    });
    const invoker = invokerFor([endpoint]);
    const outcome = await invoker.invoke({
      headers: ["event-type", "application/json"],
      body,
      wantsReply: true,
    });
    expect(seen).toEqual([{ method: "POST", type: "application/json", body: '{"a":1}' }]);
    expect(outcome).toMatchObject({ kind: "success", status: 200 });
    expect(new TextDecoder().decode(outcome.kind === "success" ? outcome.body : undefined)).toBe("fine");
  });

  test("whose answer has a header twice has it once, joined by a comma", async () => {
    const types = ["text/plain", "text/html"];
    const twice = await serve((_, response) => response.setHeader("content-type", types).end("fine"));
    const outcome = await invokerFor([twice]).invoke({ headers: [], body, wantsReply: true });
    expect(outcome).toMatchObject({ kind: "success", headers: { "content-type": "text/plain,text/html" } });
  });

  test.each([
    [200, "success"],
    [204, "success"],
    [302, "refused"],
    [400, "refused"],
    [404, "refused"],
    [408, "retryable"],
    [425, "retryable"],
    [429, "retryable"],
    [500, "retryable"],
    [503, "retryable"],
  ])("that is answered %i is %s", async (status, kind) => {
    const invoker = invokerFor([await serve((_, response) => response.writeHead(status).end("why"))]);
    expect((await invoker.invoke({ headers: [], body, wantsReply: false })).kind).toBe(kind);
  });

  test.each([true, false])("whose answer breaks off is no success (reply wanted: %s)", async (wantsReply) => {
    const invoker = invokerFor([
      await serve((_, response) => {
        response.writeHead(200, { "content-length": "10" });
        response.write("half", () => response.destroy());
      }),
    ]);
    expect((await invoker.invoke({ headers: [], body, wantsReply })).kind).toBe("retryable");
  });

  test("whose reply has no end is ended, though it is wanted", async () => {
    const invoker = invokerFor([
      await serve((request, response) => {
        const write = () => {
          while (!response.destroyed && response.write(Buffer.alloc(256 * 1024)));
        };
        response.on("drain", write);
        write();
        request.resume();
      }),
    ]);
    expect(await invoker.invoke({ headers: [], body, wantsReply: true })).toEqual({
      kind: "retryable",
      message: "The call of hello.default broke off: its reply is larger than 8 MiB.",
    });
  });

  test("whose answer is large is a success, and the connection is used again", async () => {
    const ports = new Set<number | undefined>();
    const invoker = invokerFor([
      await serve((request, response) => {
        ports.add(request.socket.remotePort);
        response.end(Buffer.alloc(1024 * 1024));
      }),
    ]);
    for (let call = 0; call < 3; call += 1)
      expect((await invoker.invoke({ headers: [], body, wantsReply: false })).kind).toBe("success");
    expect(ports.size).toBe(1);
  });

  test("is not answered by what a server says before its answer", async () => {
    const invoker = invokerFor([
      await serve((_, response) => {
        response.writeEarlyHints({ link: "</style.css>; rel=preload" });
        response.writeHead(503).end("not now");
      }),
    ]);
    expect(await invoker.invoke({ headers: [], body, wantsReply: true })).toMatchObject({ status: 503 });
  });

  test("that was not answered in time disturbs none that follows", async () => {
    let calls = 0;
    const endpoint = await serve((_, response) => {
      calls += 1;
      if (calls > 1) response.end("second");
    });
    const invoker = invokerFor([endpoint], 50);
    const call = { headers: [], body, wantsReply: true };
    expect(await invoker.invoke(call)).toMatchObject({ kind: "retryable" });
    expect(await invoker.invoke(call)).toMatchObject({ kind: "success" });
    expect(calls).toBe(2);
  });

  test("tells the head of a failing answer's body", async () => {
    const invoker = invokerFor([await serve((_, response) => response.writeHead(500).end("out of\npaper"))]);
    expect(await invoker.invoke({ headers: [], body, wantsReply: false })).toMatchObject({
      message: "The function answered 500: out of paper.",
    });
  });

  test("honours Retry-After", async () => {
    const invoker = invokerFor([
      await serve((_, response) => response.writeHead(429, { "retry-after": "7" }).end()),
    ]);
    expect(await invoker.invoke({ headers: [], body, wantsReply: false })).toMatchObject({
      kind: "retryable",
      retryAfterMs: 7000,
    });
  });

  test("that is never answered ends at the timeout", async () => {
    const invoker = invokerFor([await serve(() => undefined)], 50);
    expect(await invoker.invoke({ headers: [], body, wantsReply: false })).toEqual({
      kind: "retryable",
      message: "hello.default did not answer within 0.05 s.",
    });
  });

  test("that breaks off half-way is retryable", async () => {
    const invoker = invokerFor([
      await serve((_, response) => {
        response.writeHead(200, { "content-length": "10" }).write("half");
        response.socket?.destroySoon();
      }),
    ]);
    expect(await invoker.invoke({ headers: [], body, wantsReply: true })).toMatchObject({
      kind: "retryable",
    });
  });

  test("that finds nobody listening has not come about", async () => {
    const server = createServer();
    const endpoint = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const outcome = await invokerFor([endpoint]).invoke({ headers: [], body, wantsReply: false });
    expect(outcome.kind).toBe("unreached");
  });

  test("to nobody is not yet, and no attempt", async () => {
    const invoker = invokerFor([]);
    expect(invoker.isReady()).toBe(false);
    expect(await invoker.invoke({ headers: [], body, wantsReply: false })).toEqual({
      kind: "notReady",
      message: "hello.default has no ready endpoint.",
    });
  });
});

test("calls are spread over the endpoints by how busy they are", async () => {
  const answers: (() => void)[] = [];
  const counts = [0, 0];
  const endpoints = await Promise.all(
    counts.map((_, index) =>
      serve((_request, response) => {
        counts[index] = (counts[index] ?? 0) + 1;
        answers.push(() => response.end());
        if (answers.length === 6) for (const answer of answers) answer();
      }),
    ),
  );
  const invoker = invokerFor(endpoints);
  await Promise.all(
    Array.from({ length: 6 }, () => invoker.invoke({ headers: [], body, wantsReply: false })),
  );
  expect(counts).toEqual([3, 3]);
});

test("an endpoint that goes takes no new call, and those under way are finished", async () => {
  let answer: (() => void) | undefined;
  const arrived = Promise.withResolvers<void>();
  const going = await serve((_, response) => {
    answer = () => response.end("late");
    arrived.resolve();
  });
  const invoker = invokerFor([going]);
  const underWay = invoker.invoke({ headers: [], body, wantsReply: true });
  await arrived.promise;
  invoker.setEndpoints([]);
  expect(invoker.isReady()).toBe(false);
  answer?.();
  expect(await underWay).toMatchObject({ kind: "success" });
});

function invokerFor(endpoints: readonly Endpoint[], timeoutMs = 10_000): Invoker {
  const invoker = createInvoker({ authority: "hello.default", window: 8, timeoutMs, clock: systemClock });
  invoker.setEndpoints(endpoints);
  onTestFinished(() => invoker.close());
  return invoker;
}

async function serve(answer: RequestListener): Promise<Endpoint> {
  const server = createServer(answer);
  onTestFinished(() => void server.close().closeAllConnections());
  return listen(server);
}

async function listen(server: Server): Promise<Endpoint> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
}

test("an endpoint that takes no connection does not draw the calls of those that do", async () => {
  const gone = createServer();
  const refusing = await listen(gone);
  await new Promise((resolve) => gone.close(resolve));
  const invoker = invokerFor([refusing, await serve((_, response) => response.end())]);
  const call = { headers: [], body, wantsReply: false };
  const kinds = [await invoker.invoke(call), await invoker.invoke(call), await invoker.invoke(call)].map(
    ({ kind }) => kind,
  );
  expect(kinds).toEqual(["unreached", "success", "success"]);
});
