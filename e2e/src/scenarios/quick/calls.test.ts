import { expect } from "vitest";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

onEachCluster("calling a function", (scenario) => {
  scenario("data comes back, and the event says who sent it, when and as what", async ({ kubeless }) => {
    await kubeless("function", "deploy", "post", "-f", fixture("post.js"), "--wait");
    expect(await kubeless("function", "call", "post", "--data", '{"it-s":"alive"}')).toBe(
      '{"it-s":"alive"}\n',
    );
    const log = await kubeless("function", "logs", "post");
    const [line = ""] = /^.*"it-s".*$/m.exec(log) ?? [];
    expect(JSON.parse(line.slice(line.indexOf("{")))).toEqual({
      id: expect.stringMatching(/^[\w-]{11,}$/),
      type: "application/json",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      namespace: "cli.kubeless.io",
      data: { "it-s": "alive" },
    });
  });

  scenario("text, unicode and nothing at all are data too", async ({ kubeless }) => {
    await kubeless("function", "deploy", "any-data", "-f", fixture("post.js"), "--wait");
    expect(await kubeless("function", "call", "any-data", "--data", "plain ✓ text")).toBe("plain ✓ text\n");
    expect(await kubeless("function", "call", "any-data", "--data", "[1, 2]")).toBe("[1,2]\n");
    expect(await kubeless("function", "call", "any-data")).toBe("{}\n");
  });

  scenario("an answer is streamed", async ({ kubeless }) => {
    await kubeless("function", "deploy", "stream", "-f", fixture("stream.js"), "--wait");
    expect(await kubeless("function", "call", "stream")).toBe("hello world\n");
  });

  scenario(
    "a call over its time is answered with that, whether it waits or loops, and the next one is served",
    async ({ kubeless, kubectl, try: attempt }) => {
      const settings = ["--timeout", "2", "--wait"];
      await kubeless("function", "deploy", "timeout", "-f", fixture("timeout.js"), ...settings);
      for (const data of ["pending", "loop"]) {
        const { code, stderr } = await attempt("function", "call", "timeout", "--data", data);
        expect(stderr).toContain("Request timeout exceeded");
        expect(code).toBe(1);
        expect(await kubeless("function", "call", "timeout", "--data", "quick")).toBe("in time\n");
      }
      const path = "jsonpath={.items[*].status.containerStatuses[0].restartCount}";
      expect(await kubectl("get", "pods", "-l", "function=timeout", "-o", path)).toBe("0");
    },
    ["a cluster's kubectl"],
  );

  scenario("a call that fails ends with 1, and the log says why", async ({ kubeless, try: attempt }) => {
    await kubeless("function", "deploy", "fails", "-f", fixture("fails.js"), "--wait");
    const { code, stdout, stderr } = await attempt("function", "call", "fails");
    expect(code).toBe(1);
    expect(stdout).not.toContain(".js:");
    expect(stderr).toContain("fails answered 500.");
    expect(await kubeless("function", "logs", "fails")).toContain("no such customer");
  });

  scenario("top counts calls and failures", async ({ kubeless }) => {
    await kubeless("function", "deploy", "counts", "-f", fixture("hello.js"), "--wait");
    expect(await kubeless("function", "top", "-f", "counts")).toContain("Not called yet");
    await kubeless("function", "call", "counts");
    await kubeless("function", "call", "counts");
    const figures = JSON.parse(await kubeless("function", "top", "-f", "counts", "-o", "json")) as object[];
    expect(figures).toMatchObject([
      { function: "counts", method: "hello-GET", total_calls: 2, total_failures: 0 },
    ]);
    expect(await kubeless("function", "top", "-f", "counts", "-o", "yaml")).toMatch(/total_calls: 2$/m);
  });
});
