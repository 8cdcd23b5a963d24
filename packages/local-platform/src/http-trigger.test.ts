import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { conditionOf, statusOf, useTestPlatform, type Watched } from "./platform-fixture.ts";

describe("an HTTPTrigger on the local platform", { timeout: 120_000 }, () => {
  const platform = useTestPlatform();
  const trigger = (name: string, spec: object) => platform.create("httptriggers", "HTTPTrigger", name, spec);
  const until = (name: string, is: (trigger: Watched) => boolean) => platform.until("httptriggers", name, is);

  test("has a URL that a person can open, and the function sees the path without the trigger's own", async () => {
    await platform.deploy("asked", `exports.handler = (event) => event.extensions.request.url;`);
    await trigger("asked", {
      "function-name": "asked",
      "host-name": "asked.localhost",
      path: "api/v1",
      gateway: "nginx",
    });
    const { status } = await until("asked", (it) => statusOf(it, "Ready") === "True");
    expect(status?.url).toMatch(/^http:\/\/asked\.localhost:\d+\/api\/v1$/);
    expect(await open(`${status?.url}/orders?of=me`)).toEqual({ status: 200, body: "/orders?of=me" });
  });

  test("waits for its function, keeps when the function goes, and answers when it is back", async () => {
    await trigger("early", { "function-name": "late", "host-name": "late.localhost", gateway: "nginx" });
    const waiting = await until("early", (it) => statusOf(it, "Ready") === "False");
    expect(conditionOf(waiting, "Ready")?.reason).toBe("FunctionNotFound");
    for (const answer of ["first", "again"]) {
      await platform.deploy("late", `exports.handler = () => "${answer}";`);
      const { status } = await until("early", (it) => statusOf(it, "Ready") === "True");
      expect(await open(`${status?.url}`)).toEqual({ status: 200, body: answer });
      await platform.delete("functions", "late");
      await until("early", (it) => conditionOf(it, "Ready")?.reason === "FunctionNotFound");
      expect((await open(`${status?.url}`)).status).toBe(404);
    }
  });

  test("says that nobody serves another gateway here", async () => {
    await platform.deploy("elsewhere", `exports.handler = () => "";`);
    await trigger("elsewhere", {
      "function-name": "elsewhere",
      "host-name": "a.localhost",
      path: "a",
      gateway: "traefik",
    });
    const told = await until("elsewhere", (it) => statusOf(it, "Published") === "False");
    expect(conditionOf(told, "Ready")).toMatchObject({
      reason: "Unsupported",
      message: expect.stringContaining("/a is not stripped"),
    });
  });
});

/** As browsers and curl do: a name below `localhost` is this machine (RFC 6761), whatever its resolver says. */
function open(url: string): Promise<{ status: number; body: string }> {
  const { host, port, pathname, search } = new URL(url);
  const options = { host: "127.0.0.1", port, path: `${pathname}${search}`, headers: { host } };
  return new Promise((resolve, reject) => {
    request(options, async (answer) => {
      resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(await answer.toArray()).toString() });
    })
      .on("error", reject)
      .end();
  });
}
