import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { serve } from "./fixtures/served.ts";
import type { Handler } from "./function.ts";

const thenKey = "then";

function trap(): never {
  throw new Error("trap");
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

async function* generate(...pieces: unknown[]): AsyncGenerator<unknown> {
  yield* pieces;
}

describe("what a function returns is the reply", () => {
  const replies: readonly [
    what: string,
    handler: Handler,
    status: number,
    type: string | null,
    text: string,
  ][] = [
    ["text as it is, without a type", () => "hé", 200, null, "hé"],
    ["an object as JSON", () => ({ a: 1 }), 200, "application/json; charset=utf-8", '{"a":1}'],
    ["a list as JSON", () => [1, "b"], 200, "application/json; charset=utf-8", '[1,"b"]'],
    ["null as JSON", () => null, 200, "application/json; charset=utf-8", "null"],
    ["a number as its text", () => 1.5, 200, null, "1.5"],
    ["false as its text", () => false, 200, null, "false"],
    ["nothing as nothing", () => undefined, 200, null, ""],
    ["bytes as bytes", () => Buffer.from("bytes"), 200, "application/octet-stream", "bytes"],
    ["a typed array as bytes", () => new Uint8Array([104, 105]), 200, "application/octet-stream", "hi"],
    [
      "an ArrayBuffer as bytes",
      () => new Uint8Array([104, 105]).buffer,
      200,
      "application/octet-stream",
      "hi",
    ],
    ["a promise as what it resolves to", async () => "later", 200, null, "later"],
    [
      "a thenable too",
      () => Object.fromEntries([[thenKey, (resolve: (value: string) => void) => resolve("then")]]),
      200,
      null,
      "then",
    ],
    ["a Response", () => Response.json({ b: 2 }, { status: 201 }), 201, "application/json", '{"b":2}'],
    ["a Response without a body", () => new Response(null, { status: 204 }), 204, null, ""],
    ["a Node stream", () => Readable.from(["a", "b"]), 200, null, "ab"],
    ["a Web stream", () => new Blob(["web"]).stream(), 200, null, "web"],
    ["an async iterable", () => generate("x", Buffer.from("y")), 200, null, "xy"],
    [
      "objects in an async iterable as lines of JSON",
      () => generate({ a: 1 }, [2]),
      200,
      null,
      '{"a":1}\n[2]\n',
    ],
    ["an empty async iterable", () => generate(), 200, null, ""],
    [
      "response.send",
      (e) => e.extensions.response.status(202).send("<b>"),
      202,
      "text/html; charset=utf-8",
      "<b>",
    ],
    [
      "response.json",
      (e) => void e.extensions.response.json({ c: 3 }),
      200,
      "application/json; charset=utf-8",
      '{"c":3}',
    ],
    [
      "response.type and a returned text",
      (e) => {
        e.extensions.response.type("html");
        return "<i>";
      },
      200,
      "text/html; charset=utf-8",
      "<i>",
    ],
    [
      "response.set",
      (e) => {
        e.extensions.response.set({ "content-type": "a/b" });
        return "t";
      },
      200,
      "a/b",
      "t",
    ],
    [
      "response.write and end",
      (e) => {
        e.extensions.response.write("1");
        e.extensions.response.end("2");
      },
      200,
      null,
      "12",
    ],
    [
      "response.write, the rest returned",
      (e) => {
        e.extensions.response.write("1");
        return "2";
      },
      200,
      null,
      "12",
    ],
    [
      "a stream piped into the response, nothing awaited",
      (e) => void Readable.from(["p", "q"]).pipe(e.extensions.response),
      200,
      null,
      "pq",
    ],
    ["the response itself", (e) => e.extensions.response.status(418), 418, null, ""],
  ];

  it.each(replies)("%s", async (_what, handler, status, type, text) => {
    const { url, failures } = await serve(handler);
    const response = await fetch(url);
    expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
      status,
      type,
      text,
    ]);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(failures).toEqual([]);
  });

  it("a redirect says where to", async () => {
    const { url } = await serve((event) => event.extensions.response.redirect(301, "/hé?a=b"));
    const response = await fetch(url, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([301, "/h%C3%A9?a=b"]);
  });

  it("a function's own CORS header wins", async () => {
    const { url } = await serve((event) => {
      event.extensions.response.set("Access-Control-Allow-Origin", "https://a.example");
      return "x";
    });
    expect((await fetch(url)).headers.get("access-control-allow-origin")).toBe("https://a.example");
  });

  it("a Response's cookies stay apart", async () => {
    const headers = new Headers([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
    const { url } = await serve(() => new Response("x", { headers }));
    expect((await fetch(url)).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("a 204 has no length, whatever was returned", async () => {
    const { url } = await serve((event) => {
      event.extensions.response.status(204);
      return "nobody gets this";
    });
    const response = await fetch(url);
    expect([response.status, response.headers.get("content-length")]).toEqual([204, null]);
  });

  it("the length is that of what is sent, whatever the function said", async () => {
    const { url } = await serve((event) => {
      event.extensions.response.set("content-length", event.extensions.request.path.slice(1));
      return "four";
    });
    for (const length of [3, 4, 5]) expect(await (await fetch(`${url}/${length}`)).text()).toBe("four");
  });

  it("a Response that fetch got and unpacked goes on unpacked", async () => {
    const { url } = await serve((event) => {
      const { request, response } = event.extensions;
      if (request.path === "/") return fetch(`${url}/packed`);
      response.set("content-encoding", "gzip").type("text");
      return gzipSync("unpacked");
    });
    const answer = await fetch(url);
    expect([answer.headers.get("content-type"), await answer.text()]).toEqual([
      "text/plain; charset=utf-8",
      "unpacked",
    ]);
  });

  it("a Response that the function packed itself goes on packed", async () => {
    const headers = { "content-encoding": "gzip" };
    const { url } = await serve(() => new Response(gzipSync("packed"), { headers }));
    const answer = await fetch(url);
    expect([answer.headers.get("content-encoding"), await answer.text()]).toEqual(["gzip", "packed"]);
  });

  it("HEAD gets the head only", async () => {
    const { url } = await serve(() => "body");
    const response = await fetch(url, { method: "HEAD" });
    expect([response.headers.get("content-length"), await response.text()]).toEqual(["4", ""]);
  });
});

describe("what goes wrong is answered", () => {
  const circular: { self?: unknown } = {};
  circular.self = circular;
  const wrongs: readonly [what: string, handler: Handler, message: RegExp][] = [
    [
      "a throw",
      () => {
        throw new TypeError("no such thing");
      },
      /FUNCTION_FAILED.*TypeError: no such thing/,
    ],
    [
      "a rejection",
      async () => {
        throw new Error("later");
      },
      /FUNCTION_FAILED.*Error: later/,
    ],
    [
      "a thrown string",
      () => {
        throw "text";
      },
      /FUNCTION_FAILED.*text/,
    ],
    [
      "a thrown undefined",
      () => {
        throw undefined;
      },
      /FUNCTION_FAILED.*undefined/,
    ],
    [
      "a thrown null prototype",
      () => {
        throw Object.create(null);
      },
      /FUNCTION_FAILED/,
    ],
    [
      "a thrown object that cannot be shown",
      () => {
        throw {
          toJSON() {
            throw 1;
          },
        };
      },
      /FUNCTION_FAILED.*cannot be shown/,
    ],
    [
      "a thrown Proxy that is revoked",
      () => {
        throw revoked();
      },
      /FUNCTION_FAILED.*cannot be shown/,
    ],
    [
      "a thrown Proxy whose traps throw",
      () => {
        throw new Proxy(new Error("x"), { getPrototypeOf: trap, get: trap });
      },
      /FUNCTION_FAILED.*cannot be shown/,
    ],
    ["a revoked Proxy returned", () => revoked(), /FUNCTION_FAILED.*revoked/],
    ["a rejection with a revoked Proxy", () => Promise.reject(revoked()), /FUNCTION_FAILED.*cannot be shown/],
    ["a function returned", () => () => 1, /REPLY_UNSUPPORTED.*function/],
    ["a symbol returned", () => Symbol("s"), /REPLY_UNSUPPORTED.*symbol/],
    ["a bigint returned", () => 1n, /REPLY_UNSUPPORTED.*bigint/],
    ["a circle returned", () => circular, /FUNCTION_FAILED.*circular/],
    [
      "a header that HTTP forbids",
      (e) => {
        e.extensions.response.set("a\nb", "c");
      },
      /FUNCTION_FAILED.*ERR_INVALID_HTTP_TOKEN|Header name/,
    ],
    [
      "a status text that HTTP forbids",
      (e) => {
        e.extensions.response.statusMessage = "a\nb";
        return "x";
      },
      /FUNCTION_FAILED.*statusMessage/,
    ],
    ["a status that is none", (e) => e.extensions.response.status(99999).send("x"), /FUNCTION_FAILED.*99999/],
    [
      "a stream that fails before its first piece",
      () => new ReadableStream({ start: (c) => c.error(new Error("dry")) }),
      /FUNCTION_FAILED.*dry/,
    ],
    ["a then that throws", () => Object.defineProperty({}, thenKey, { get: trap }), /FUNCTION_FAILED.*trap/],
  ];

  it.each(wrongs)("%s is 500 with a body that names it, and no stack", async (_what, handler, message) => {
    const { url, failures } = await serve(handler);
    const response = await fetch(url);
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toMatch(message);
    expect(text).not.toContain("reply.test");
    expect(failures).toHaveLength(1);
  });

  it("the stack is in the body when it was asked for", async () => {
    const { url } = await serve(
      () => {
        throw new Error("x");
      },
      { errorStack: true },
    );
    expect(await (await fetch(url)).json()).toMatchObject({ stack: expect.stringContaining("reply.test") });
  });

  it("what cannot be shown has no stack either", async () => {
    const { url } = await serve(
      () => {
        throw revoked();
      },
      { errorStack: true },
    );
    expect(await (await fetch(url)).json()).toEqual({
      code: "FUNCTION_FAILED",
      message: expect.stringContaining("cannot be shown"),
    });
  });

  it("a throw after the answer changes nothing for the caller", async () => {
    const { url, failures } = await serve((event) => {
      event.extensions.response.send("answered");
      throw new Error("after");
    });
    expect(await (await fetch(url)).text()).toBe("answered");
    expect(failures).toMatchObject([{ message: "after" }]);
  });

  it("a second answer is an error of the function, and the first one stands", async () => {
    const { url, failures } = await serve((event) => {
      event.extensions.response.send("first");
      event.extensions.response.status(500).send("second");
    });
    expect(await (await fetch(url)).text()).toBe("first");
    expect(failures).toHaveLength(1);
  });

  it("a response that its function has made unusable is cut off, and nobody waits for it", async () => {
    const { url, server, failures } = await serve((event) => {
      event.extensions.response.writeHead = trap;
      return "never sent";
    });
    await expect(fetch(url)).rejects.toThrow();
    expect(failures).toMatchObject([{ message: "trap" }]);
    expect(server.calls.size).toBe(0);
  });

  it("a stream that fails midway is cut off, so that nobody takes it for whole", async () => {
    const { url } = await serve(async function* () {
      yield "begun";
      throw new Error("midway");
    });
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  });

  it("a stream that outlives the timeout is cut off, and its source told", async () => {
    const ended = Promise.withResolvers<void>();
    const { url } = await serve(
      async function* () {
        try {
          for (;;) {
            yield "tick";
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        } finally {
          ended.resolve();
        }
      },
      { timeoutSeconds: 0.1 },
    );
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
    await ended.promise;
  });

  it("a stream whose reader goes away is ended at its source, and the signal aborts", async () => {
    const ended = Promise.withResolvers<void>();
    const { url, server } = await serve(async function* (_event, { signal }) {
      yield "first";
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      ended.resolve();
    });
    const client = new AbortController();
    const response = await fetch(url, { signal: client.signal });
    await response.body?.getReader().read();
    client.abort();
    await ended.promise;
    await fetch(`${url}/healthz`);
    expect(server.calls.size).toBe(0);
  });

  it("a reader that does not read holds the source up", async () => {
    let made = 0;
    const { url } = await serve(async function* () {
      for (; made < 10_000; made++) yield Buffer.alloc(10_000);
    });
    const response = await fetch(url);
    await response.body?.getReader().read();
    await fetch(`${url}/healthz`);
    expect(made).toBeLessThan(5000);
  });
});
