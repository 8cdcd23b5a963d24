import { expect } from "vitest";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

onEachCluster("deploying a function", (scenario) => {
  scenario(
    "a file that is deployed answers, and answers anew once its code is updated",
    async ({ kubeless }) => {
      await kubeless("function", "deploy", "hello", "-f", fixture("hello.js"), "--wait");
      expect(await kubeless("function", "call", "hello")).toBe("hello world\n");
      await kubeless("function", "update", "hello", "-f", fixture("hello-updated.js"), "--wait");
      expect(await kubeless("function", "call", "hello")).toBe("hello world updated\n");
    },
  );

  scenario("TypeScript is deployed as it is written", async ({ kubeless }) => {
    await kubeless("function", "deploy", "typed", "-f", fixture("typed.ts"), "--wait");
    expect(await kubeless("function", "call", "typed", "-d", '{"name": "Ada"}')).toBe("hello Ada\n");
  });

  scenario(
    "a port of one's own is what the function listens on and the Service points to",
    async ({ kubeless, kubectl }) => {
      const file = fixture("hello.js");
      await kubeless("function", "deploy", "port", "-f", file, "--port", "8083", "--wait");
      expect(await kubeless("function", "call", "port")).toBe("hello world\n");
      const ports = await kubectl("get", "service", "port", "-o", "jsonpath={.spec.ports[*].targetPort}");
      expect(ports).toBe("8083");
      await kubeless("function", "update", "port", "--servicePort", "80", "--wait");
      expect(await kubeless("function", "call", "port")).toBe("hello world\n");
      const offered = await kubectl("get", "service", "port", "-o", "jsonpath={.spec.ports[*].port}");
      expect(offered).toBe("80");
    },
    ["a cluster's kubectl"],
  );

  scenario(
    "environment, labels and memory reach the pod, and an update of one leaves the others",
    async ({ kubeless, kubectl }) => {
      const settings = ["--env", "foo:bar,bar=foo", "--label", "foo:bar,bar=foo,foobar", "--memory", "128Mi"];
      await kubeless("function", "deploy", "metadata", "-f", fixture("env.js"), ...settings, "--wait");
      const env = await kubeless("function", "call", "metadata", "-d", '["foo", "bar", "FUNC_MEMORY_LIMIT"]');
      expect(JSON.parse(env)).toEqual({ foo: "bar", bar: "foo", FUNC_MEMORY_LIMIT: "128Mi" });
      const pods = await kubectl(
        "get",
        "pods",
        "-l",
        "function=metadata,foo=bar,bar=foo,foobar=",
        "-o",
        "json",
      );
      const { items } = JSON.parse(pods) as { items: { spec: { containers: { resources: object }[] } }[] };
      expect(items.map(({ spec }) => spec.containers[0]?.resources)).toEqual([
        { limits: { memory: "128Mi" }, requests: { memory: "128Mi" } },
      ]);
      await kubeless("function", "update", "metadata", "--env", "foo=changed", "--wait");
      const updated = await kubeless(
        "function",
        "call",
        "metadata",
        "-d",
        '["foo", "bar", "FUNC_MEMORY_LIMIT"]',
      );
      expect(JSON.parse(updated)).toEqual({ foo: "changed", FUNC_MEMORY_LIMIT: "128Mi" });
    },
    ["a cluster's kubectl"],
  );

  scenario(
    "a Secret is a file that the environment names",
    async ({ kubeless, kubectl }) => {
      await kubectl("create", "secret", "generic", "named-secret", "--from-literal=key=MY_KEY");
      const settings = ["--secrets", "named-secret", "--env", "SECRET_FILE=/named-secret/key"];
      await kubeless("function", "deploy", "named", "-f", fixture("secret.js"), ...settings, "--wait");
      expect(await kubeless("function", "call", "named")).toBe("MY_KEY\n");
    },
    ["a cluster's kubectl"],
  );

  scenario(
    "a Secret is mounted where the original put it, and read by that very path",
    async ({ kubeless, kubectl }) => {
      await kubectl("create", "secret", "generic", "test-secret", "--from-literal=key=MY_KEY");
      const file = fixture("secret.js");
      await kubeless("function", "deploy", "secrets", "-f", file, "--secrets", "test-secret", "--wait");
      expect(await kubeless("function", "call", "secrets")).toBe("MY_KEY\n");
    },
    ["a cluster's kubectl"],
  );

  scenario(
    "an image of one's own serves instead of a runtime, and another one after an update",
    async ({ kubeless, imageOf }) => {
      const image = imageOf("own-server");
      await kubeless("function", "deploy", "own", "--runtime-image", image, "--env", "NAME=you", "--wait");
      expect(await kubeless("function", "call", "own")).toBe("hello you\n");
      await kubeless("function", "update", "own", "--runtime-image", imageOf("own-server-updated"), "--wait");
      expect(await kubeless("function", "call", "own")).toBe("hello you, updated\n");
    },
  );

  scenario(
    "a function that is deleted leaves nothing behind",
    async ({ kubeless, kubectl, try: attempt }) => {
      await kubeless("function", "deploy", "gone", "-f", fixture("hello.js"), "--cpu", "100m", "--wait");
      await kubeless("autoscale", "create", "gone", "--value", "50");
      await kubectl("wait", "--for=create", "hpa/gone", "--timeout=30s");
      await kubeless("function", "delete", "gone");
      const kinds = "deployments,replicasets,pods,services,endpointslices,configmaps,hpa";
      await kubectl("wait", "--for=delete", kinds, "-l", "function=gone", "--timeout=60s");
      expect(await kubectl("get", kinds, "-l", "function=gone", "-o", "name")).toBe("");
      const { code, stderr } = await attempt("function", "call", "gone");
      expect(code).toBe(1);
      expect(stderr).toContain("There is no Function gone");
    },
    ["a cluster's kubectl"],
  );

  scenario(
    "list, describe and kubectl tell the same of a function",
    async ({ kubeless, kubectl }) => {
      await kubeless("function", "deploy", "listed", "-f", fixture("hello.js"), "--wait");
      const row = /^listed +\S+ +hello\.foo +nodejs24 +- +1\/1 READY/m;
      expect(await kubeless("function", "list", "listed")).toMatch(row);
      expect(await kubeless("function", "describe", "listed")).toMatch(/^Handler: +hello\.foo$/m);
      expect(await kubectl("get", "function", "listed")).toMatch(
        /^listed +True +hello\.foo +nodejs24 +1 +Ready/m,
      );
      const listed = JSON.parse(await kubeless("function", "list", "listed", "-o", "json")) as object[];
      const asked = JSON.parse(await kubectl("get", "function", "listed", "-o", "json")) as { spec: object };
      expect(listed).toMatchObject([{ kind: "Function", spec: asked.spec }]);
    },
    ["a cluster's kubectl"],
  );
});
