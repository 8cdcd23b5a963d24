import { describe, expect, it } from "vitest";
import type { FunctionEvent, Handler } from "./function.ts";
import { callFunction } from "./testing.ts";

describe("callFunction", () => {
  it("calls a function with data and shows what a caller would get", async () => {
    const greet: Handler<{ name: string }, string> = (event) => `Hello ${event.data.name}`;
    const { status, text, error } = await callFunction(greet, { data: { name: "Ada" } });
    expect([status, text, error]).toEqual([200, "Hello Ada", undefined]);
  });

  it("hands over event fields, headers, method and path", async () => {
    const show = (event: FunctionEvent) => {
      const { request } = event.extensions;
      return [event["event-id"], request.get("x-a"), request.method, request.path, request.query];
    };
    const outcome = await callFunction(show, {
      "event-id": "7",
      headers: { "x-a": "b" },
      method: "PUT",
      path: "/p?q=1",
    });
    expect(outcome.json()).toEqual(["7", "b", "PUT", "/p", { q: "1" }]);
  });

  it("gives bytes, and the type that the function set", async () => {
    const outcome = await callFunction((event) => event.extensions.request.body, {
      data: new Uint8Array([0, 255]),
    });
    expect([...outcome.bytes]).toEqual([0, 255]);
    expect(outcome.headers.get("content-type")).toBe("application/octet-stream");
  });

  it("tells what the function threw, itself", async () => {
    const reason = new Error("no");
    const outcome = await callFunction(() => {
      throw reason;
    });
    expect([outcome.status, outcome.error]).toEqual([500, reason]);
  });

  it("ends a function that does not", async () => {
    const outcome = await callFunction(() => new Promise(() => {}), { timeoutSeconds: 0.05 });
    expect(outcome.status).toBe(408);
  });
});
