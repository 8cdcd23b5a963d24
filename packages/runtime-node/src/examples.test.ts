import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { start } from "./fixtures/function-process.ts";

const examples = fileURLToPath(new URL("../examples", import.meta.url));
const json = { "content-type": "application/json" };

describe("the example functions", () => {
  const replies: readonly [handler: string, folder: string, request: RequestInit, reply: RegExp][] = [
    ["helloget.foo", "", {}, /^hello world$/],
    ["index.helloGet", "/multi", {}, /^hello world$/],
    ["hellostream.foo", "", {}, /^hello world$/],
    [
      "hellowithdeps.handler",
      "",
      { method: "POST", headers: json, body: '{"hello":"world"}' },
      /hello.*world/,
    ],
    ["hellowithdeps.handler", "", { method: "POST", headers: json, body: '{"hello":"world"}' }, /date.*UTC/],
    ["greet.greet", "", { method: "POST", headers: json, body: '{"name":"Ada"}' }, /^Hello Ada!$/],
    [
      "helloevent.handler",
      "",
      {
        method: "POST",
        headers: {
          ...json,
          "ce-specversion": "1.0",
          "ce-id": "123",
          "ce-type": "order.made",
          "ce-source": "/shop",
        },
        body: "{}",
      },
      /^order\.made 123 from \/shop$/,
    ],
    ["ticks.ticks", "", {}, /^data: \{"count":1\}\n\ndata: \{"count":2\}\n\ndata: \{"count":3\}\n\n$/],
  ];

  it.each(replies)("%s of examples%s answers %o with %s", async (handler, folder, request, reply) => {
    const { url } = start(examples + folder, handler);
    const response = await fetch(await url, request);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(reply);
  });

  it("hellowithdata.handler echoes its event's data and logs the event", async () => {
    const { url, says } = start(examples, "hellowithdata.handler");
    const headers = {
      ...json,
      "event-id": "id-1",
      "event-type": "application/json",
      "event-time": "2030-01-01T00:00:00Z",
      "event-namespace": "cli.kubeless.io",
    };
    const response = await fetch(await url, { method: "POST", headers, body: '{"it-s":"alive"}' });
    expect(await response.json()).toEqual({ "it-s": "alive" });
    await says("'event-id': 'id-1'");
    await says("'event-type': 'application/json'");
    await says("'event-time': '2030-01-01T00:00:00Z'");
    await says("'event-namespace': 'cli.kubeless.io'");
  });

  it("timeout.foo, which loops for ever, is answered with 408", async () => {
    const { url } = start(examples, "timeout.foo", { FUNC_TIMEOUT: "1" });
    expect((await fetch(await url)).status).toBe(408);
  });

  it("upload.handler reads a multipart body from the request's stream", async () => {
    const { url } = start(examples, "upload.handler");
    const body = new FormData();
    body.set("file", new Blob(["x".repeat(3_000_000)]), "file.txt");
    const reply = (await (await fetch(await url, { method: "POST", body })).json()) as {
      type: string;
      length: number;
    };
    expect(reply.type).toBe("multipart/form-data");
    expect(reply.length).toBeGreaterThan(3_000_000);
  });

  it("listens on the port that the environment names", async () => {
    const first = start(examples, "helloget.foo");
    const { port } = new URL(await first.url);
    first.child.kill("SIGTERM");
    await first.exit;
    const second = start(examples, "helloget.foo", { FUNC_PORT: port });
    expect(new URL(await second.url).port).toBe(port);
  });
});
