import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type RequestListener } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, onTestFinished, test } from "vitest";
import { run } from "./run.ts";

const now = () => new Date("2026-11-24T10:00:07Z");

describe("the program that calls a function", () => {
  test("without a payload sends a GET without a body, with the headers of Kubeless and of CloudEvents", async () => {
    const { url, received } = await serve((_, response) => response.end("hello"));
    expect(await run(argv(url), now)).toEqual({
      code: 0,
      words: `${url} answered 200: hello`,
      lastWordsPath: "/dev/null",
    });
    expect(received).toMatchObject([
      {
        method: "GET",
        body: "",
        headers: {
          "event-id": "trigger-hello-29403960",
          "event-type": "application/json",
          "event-time": "2025-11-27 10:00:00+00:00",
          "event-namespace": "cronjobtrigger.kubeless.io",
          "ce-specversion": "1.0",
          "ce-id": "trigger-hello-29403960",
          "ce-type": "io.kubeless.cronjob.record",
          "ce-source": "/namespaces/default/cronjobtriggers/hello",
          "ce-time": "2025-11-27T10:00:00.000Z",
          "kubeless-deadline": "2026-11-24T10:00:12.000Z",
        },
      },
    ]);
  });

  test.each([
    ["quotes, dollars, newlines", `{"a":"it's \\"quoted\\" $HOME \`id\` \\n"}`],
    ["an empty object", "{}"],
    ["an array", "[1,2]"],
    ["256 KB", JSON.stringify({ text: "x".repeat(256 * 1024) })],
    ["other scripts", '{"é":"日本語 🎉"}'],
  ])("posts a payload of %s unchanged", async (_, payload) => {
    const { url, received } = await serve((_, response) => response.end());
    const ending = await run([...argv(url), "--payload", await fileWith(payload)], now);
    expect(ending.code).toBe(0);
    expect(received).toMatchObject([{ method: "POST", body: payload }]);
  });

  test.each([200, 201, 204])("%i is success", async (status) => {
    const { url } = await serve((_, response) => response.writeHead(status).end());
    expect((await run(argv(url), now)).code).toBe(0);
  });

  test.each([301, 400, 404, 408, 500, 503])(
    "%i is a failure, and its body is the last word",
    async (status) => {
      const { url } = await serve((_, response) => response.writeHead(status).end("out of paper"));
      expect(await run(argv(url), now)).toMatchObject({
        code: 1,
        words: `${url} answered ${status}: out of paper`,
      });
    },
  );

  test("a huge answer is read to its end and its head kept", async () => {
    const { url } = await serve((_, response) => response.writeHead(500).end("x".repeat(5_000_000)));
    expect((await run(argv(url), now)).words.length).toBeLessThan(2200);
  });

  test("an answer that never comes ends at the function's timeout", async () => {
    const { url } = await serve(() => undefined);
    expect(await run(argv(url, "0.05"), now)).toMatchObject({
      code: 1,
      words: `${url} could not be called: it did not answer within 0.05 s`,
    });
  });

  test("a timeout of months, longer than timers can be, is not over at once", async () => {
    const { url } = await serve((_, response) => setTimeout(() => response.end(), 20));
    expect((await run(argv(url, "9999999"), now)).code).toBe(0);
  });

  test("an answer that breaks off is a failure, and the program ends then and not at the function's timeout", async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { "content-length": "10" }).write("half");
      response.socket?.destroySoon();
    });
    const main = fileURLToPath(new URL("main.ts", import.meta.url));
    const words = ["--conditions=@kubeless/source", main, ...argv(url, "3600")];
    await expect(promisify(execFile)(process.execPath, words, { timeout: 20_000 })).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${url} could not be called: aborted`),
    });
  });

  test("an answer that does not end is a failure at the function's timeout", async () => {
    const { url } = await serve((_, response) => response.writeHead(200).write("half"));
    expect(await run(argv(url, "0.05"), now)).toMatchObject({
      code: 1,
      words: `${url} could not be called: it did not answer within 0.05 s`,
    });
  });

  test("a function that does not listen yet is waited for, and called once, with all of its time", async () => {
    const before = createServer().listen(0, "127.0.0.1");
    await once(before, "listening");
    const { port } = before.address() as AddressInfo;
    before.close();
    await once(before, "close");
    let time = now();
    const running = run(argv(`http://127.0.0.1:${port}/`), () => time);
    await once(connect(port, "127.0.0.1"), "error");
    time = new Date("2026-11-24T10:00:27Z");
    const deadlines: unknown[] = [];
    const server = createServer(({ headers }, response) => {
      deadlines.push(headers["kubeless-deadline"]);
      response.end("at last");
    }).listen(port, "127.0.0.1");
    onTestFinished(() => void server.close());
    expect(await running).toMatchObject({ code: 0, words: expect.stringContaining("at last") });
    expect(deadlines).toEqual(["2026-11-24T10:00:32.000Z"]);
  });

  test("nobody there is, in the end, a failure that says so", async () => {
    const ending = await run(argv("http://127.0.0.1:1/"), now, { patienceMs: 0 });
    expect(ending).toMatchObject({ code: 1, words: expect.stringContaining("ECONNREFUSED") });
  });

  test("a Job that was made by hand has the time of now", async () => {
    const { url, received } = await serve((_, response) => response.end());
    await run([...argv(url), "--job", "by-hand"], now);
    expect(received[0]?.headers["event-time"]).toBe("2026-11-24 10:00:07+00:00");
  });
});

interface Received {
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function serve(answer: RequestListener): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push({
      method: request.method,
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received };
}

function argv(url: string, timeoutSeconds = "5"): string[] {
  return [
    ...["--url", url],
    ...["--timeout-seconds", timeoutSeconds],
    ...["--job", "trigger-hello-29403960"],
    ...["--event-namespace", "cronjobtrigger.kubeless.io"],
    ...["--source", "/namespaces/default/cronjobtriggers/hello"],
    ...["--type", "io.kubeless.cronjob.record"],
    ...["--last-words", "/dev/null"],
  ];
}

async function fileWith(text: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "payload-")), "payload");
  await writeFile(file, text);
  return file;
}
