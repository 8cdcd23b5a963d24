import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Reason } from "@kubeless/api-types";
import { resources } from "@kubeless/controller-kit";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { isRealCluster, openTestCluster, type TestCluster } from "../../fixtures/test-cluster.ts";
import { createTestWorld, runIn } from "../../fixtures/test-world.ts";
import { type Condition, functions } from "../../function/function-object.ts";
import { run } from "../../run.ts";

const folder = mkdtempSync(join(tmpdir(), "cli-"));
const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const hello = file("hello.js", "exports.greet = () => 'hi';\n");

const ready = (status: string, reason: Reason, message = ""): Condition => ({
  type: "Ready",
  status,
  reason,
  message,
  lastTransitionTime: "2026-01-01T00:00:00Z",
});

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe("function commands", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster({ workingDirectory: folder });
  });
  afterAll(() => cluster.close());

  const get = (name: string) => cluster.client.get(functions, { namespace: cluster.namespace, name });
  const deploy = (name: string, ...argv: string[]) =>
    cluster.run("function", "deploy", name, "-f", hello, ...argv);

  describe("deploy", () => {
    test("writes the object, names the cluster first, and says where to look", async () => {
      const { code, stdout, stderr } = await deploy("made", "--env", "A=1");
      expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
      expect(stderr).toMatch(/Handler hello\.greet: the only function/);
      expect(stderr).toMatch(/Runtime nodejs\d+: the newest for \.js files/);
      expect(stderr).toMatch(
        /\nCluster .+, namespace cli-.+\nFunction made submitted for deployment\..*function ls made -n cli-/,
      );
      expect((await get("made")).spec).toMatchObject({
        handler: "hello.greet",
        function: "exports.greet = () => 'hi';\n",
      });
    });

    test("refuses a name that is taken, and says how to change it", async () => {
      await deploy("taken");
      const { code, stderr } = await deploy("taken");
      expect(code).toBe(1);
      expect(stderr).toContain("already exists");
      expect(stderr).toContain("kubeless function update taken");
    });

    test("prints the object and writes nothing with --dry-run=client, the old --dryrun and -o", async () => {
      const asJson = await deploy("dry", "--dry-run=client", "-o", "json");
      expect(JSON.parse(asJson.stdout)).toMatchObject({ kind: "Function", metadata: { name: "dry" } });
      expect((await deploy("dry", "--dryrun")).stdout).toMatch(
        /^apiVersion: kubeless.io\/v1beta1\nkind: Function\n/,
      );
      expect((await deploy("dry", "--dryrun", "-o", "name")).stdout).toBe("function.kubeless.io/dry\n");
      await expect(get("dry")).rejects.toThrow("not found");
    });

    test("takes the runtimes of the cluster's own catalogue, in a dry run too", async () => {
      const { namespace, world, client } = cluster;
      const version = { name: "node99", version: "99", images: [{ phase: "runtime", image: "node:99" }] };
      const catalogue = [{ ID: "nodejs", depName: "", fileNameSuffix: ".js", versions: [version] }];
      await client.create(resources.configMaps, {
        metadata: { namespace, name: "kubeless-config" },
        data: { "runtime-images": JSON.stringify(catalogue) },
      });
      const environment = { ...world.environment, KUBELESS_NAMESPACE: namespace };
      const dryRun = (...argv: string[]) =>
        runIn(
          { ...world, environment },
          ...["function", "deploy", "own", "-f", hello, "--dry-run=client", "-n", namespace],
          ...argv,
        );
      const { stdout, stderr } = await dryRun();
      expect(stdout).toMatch(/^ {2}runtime: nodejs99$/m);
      expect(stderr).not.toContain("Warning");
      expect((await dryRun("--runtime", "nodejs24")).stderr).toContain("Take one of nodejs99.");
    });

    test("lets the API server check it with --dry-run=server", async () => {
      const { code, stdout } = await deploy("dry", "--dry-run=server");
      expect(code).toBe(0);
      expect(stdout).toMatch(/creationTimestamp/);
      await expect(get("dry")).rejects.toThrow("not found");
    });

    test("refuses what the API server would refuse, with field and remedy", async () => {
      const { code, stderr } = await deploy("bad", "--timeout", "soon", "--handler", "hello");
      expect(code).toBe(1);
      expect(stderr).toMatch(/spec\.handler: write <module>\.<function>/);
      expect(stderr).toMatch(/spec\.timeout: write whole seconds/);
    });

    test("refuses too large a folder with what is large in it", async () => {
      const large = mkdtempSync(join(tmpdir(), "large-"));
      writeFileSync(join(large, "index.js"), "exports.a = 1");
      writeFileSync(join(large, "photo.jpg"), randomBytes(1_200_000));
      const { code, stderr } = await cluster.run("function", "deploy", "large", "-f", large);
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /takes 1\.6 MB in the object; .* is the limit\.\nThe largest of its 2 files:\n +1\.2 MB {2}photo\.jpg\n/,
      );
    });

    test("makes a CronJobTrigger with --schedule", async () => {
      await deploy("ticking", "--schedule", "*/5 * * * *");
      const { stdout } = await cluster.run("trigger", "cronjob", "list");
      expect(stdout).toMatch(/^ticking +cli-\S+ +\*\/5 \* \* \* \* +ticking +NOT READY/m);
    });
  });

  test("--schedule is checked before anything is made", async () => {
    const long = "f".repeat(45);
    expect((await deploy(long, "--schedule", "@hourly")).stderr).toContain("at most 44 characters");
    expect((await deploy(long, "--schedule", "* * 0 * *")).stderr).toContain("outside of 1 to 31");
    await expect(get(long)).rejects.toThrow("not found");
  });

  describe("--wait", () => {
    const condition = (type: string, status: string, reason: Reason): Condition => ({
      ...ready(status, reason),
      type,
    });
    const waiting = (name: string, ...argv: string[]) => {
      const { world, stderr } = createTestWorld(cluster.world);
      const words = ["function", "deploy", name, "-f", hello, "--wait", "-n", cluster.namespace, ...argv];
      return { stderr, code: run(words, world) };
    };

    test("shows the phases as they happen and ends when the function serves", async () => {
      const { stderr, code } = waiting("waits");
      await stderr.until(/Cluster /);
      await eventually(
        async () =>
          (await cluster.client.find(functions, { namespace: cluster.namespace, name: "waits" })) !==
          undefined,
      );
      const pending = ready("False", "RollingOut", "Pods are starting.");
      await cluster.setStatus("waits", {
        observedGeneration: 1,
        conditions: [pending, condition("Accepted", "True", "Accepted")],
      });
      await stderr.until(/✓ Accepted/);
      const all = ["Accepted", "SourceReady", "DependenciesInstalled", "Deployed", "Serving"] as const;
      await cluster.setStatus("waits", {
        observedGeneration: 1,
        conditions: [ready("True", "Ready"), ...all.map((type) => condition(type, "True", type))],
      });
      expect(await code).toBe(0);
      expect(stderr.text()).toMatch(
        /✓ Source ready\n✓ Dependencies installed\n✓ Deployed\n✓ Serving\nFunction waits serves\./,
      );
    });

    test("ends with the reason and 1 when it fails", async () => {
      const { stderr, code } = waiting("fails");
      await stderr.until(/Cluster /);
      await eventually(
        async () =>
          (await cluster.client.find(functions, { namespace: cluster.namespace, name: "fails" })) !==
          undefined,
      );
      const failed = ready("False", "LoadFailed", "hello.js: Unexpected token");
      await cluster.setStatus("fails", { observedGeneration: 1, conditions: [failed] });
      expect(await code).toBe(1);
      expect(stderr.text()).toContain("fails is not ready: LoadFailed: hello.js: Unexpected token\n");
      expect(stderr.text()).toContain("kubeless function logs fails");
    });

    test("does not take what was said of the generation before for an answer", async () => {
      await deploy("again");
      await cluster.setStatus("again", { observedGeneration: 1, conditions: [ready("True", "Ready")] });
      const { world, stderr } = createTestWorld(cluster.world);
      const words = [
        "function",
        "update",
        "again",
        "--timeout",
        "9",
        "--wait",
        "--wait-timeout",
        "1",
        "-n",
        cluster.namespace,
      ];
      expect(await run(words, world)).toBe(1);
      expect(stderr.text()).toContain("no function controller has looked at it");
    });

    test("ends with 130 when interrupted", async () => {
      const controller = new AbortController();
      const { world, stderr } = createTestWorld({ ...cluster.world, signal: controller.signal });
      const code = run(["function", "deploy", "cut", "-f", hello, "--wait", "-n", cluster.namespace], world);
      await stderr.until(/Cluster /);
      controller.abort();
      expect(await code).toBe(130);
    });
  });

  describe("update", () => {
    test("changes what is given and keeps what it does not know", async () => {
      await deploy("kept", "--timeout", "7", "--port", "9000", "--memory", "64Mi");
      await cluster.client.patch(
        functions,
        { namespace: cluster.namespace, name: "kept" },
        {
          spec: { deployment: { spec: { template: { spec: { hostAliases: [{ ip: "10.0.0.1" }] } } } } },
        },
      );
      const { code } = await cluster.run("function", "update", "kept", "--label", "team=a");
      expect(code).toBe(0);
      const { metadata, spec } = await get("kept");
      expect(metadata.labels).toMatchObject({ team: "a", function: "kept" });
      expect(spec).toMatchObject({
        timeout: "7",
        service: { ports: [{ port: 9000, targetPort: 9000 }] },
        deployment: { spec: { template: { spec: { hostAliases: [{ ip: "10.0.0.1" }] } } } },
      });
    });

    test("loses no change when many are made at once", async () => {
      await deploy("crowded");
      const labels = Array.from({ length: 8 }, (_, index) => `l${index}=${index}`);
      await Promise.all(
        labels.map((label) => cluster.run("function", "update", "crowded", "--label", label)),
      );
      expect(Object.keys((await get("crowded")).metadata.labels ?? {})).toHaveLength(10);
    });

    test("of a function that is not there says what there is to see", async () => {
      const { code, stderr } = await cluster.run("function", "update", "nobody", "--timeout", "9");
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /no Function nobody in namespace cli-.*\nSee what there is: kubeless function list/,
      );
    });
  });

  describe("list and describe", () => {
    beforeAll(async () => {
      await cluster.client.create(functions, {
        apiVersion: "kubeless.io/v1beta1",
        kind: "Function",
        metadata: { name: "bare", namespace: cluster.namespace },
        spec: { handler: "a.b", runtime: "nodejs14", function: "x", deps: "{ not json\nat all" },
      });
      await deploy("shown", "--dependencies", file("package.json", '{"dependencies":{"lodash":"^4.17.5"}}'));
      await cluster.setStatus("shown", {
        observedGeneration: 1,
        replicas: 1,
        readyReplicas: 0,
        conditions: [ready("False", "ImagePullFailed", "The image x could not be pulled.")],
      });
    });

    test("show old habits' columns, and why a function does not work", async () => {
      const { stdout } = await cluster.run("function", "ls", "shown", "bare");
      expect(stdout.split("\n")[0]).toMatch(/^NAME +NAMESPACE +HANDLER +RUNTIME +DEPENDENCIES +STATUS$/);
      expect(stdout).toMatch(/^shown .* lodash: \^4\.17\.5 +0\/1 NOT READY: ImagePullFailed$/m);
      expect(stdout).toMatch(/^bare .* \{ not json, at all +NOT READY: no controller has seen it yet$/m);
    });

    test("-o wide is aligned and survives a function without containers", async () => {
      const { stdout } = await cluster.run("function", "list", "bare", "-o", "wide");
      const [head = "", row = ""] = stdout.split("\n");
      expect(head).toMatch(/MEMORY +ENV +LABEL +AGE$/);
      expect(row.split(/ {3,}/)).toHaveLength(10);
    });

    test("-o json is an array of objects, -o name one a line", async () => {
      const { stdout } = await cluster.run("function", "list", "shown", "-o", "json");
      expect(JSON.parse(stdout)).toMatchObject([{ kind: "Function", metadata: { name: "shown" } }]);
      expect((await cluster.run("function", "list", "bare", "--out", "name")).stdout).toBe(
        "function.kubeless.io/bare\n",
      );
    });

    test("a name that is not there is said, and nothing else is shown", async () => {
      expect(await cluster.run("function", "list", "bare", "nobody")).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringContaining("There is no Function nobody"),
      });
    });

    test("describe prints the condition's message and what to do next", async () => {
      const { stdout } = await cluster.run("function", "describe", "shown");
      expect(stdout).toMatch(/^Status: +0\/1 NOT READY: ImagePullFailed$/m);
      expect(stdout).toMatch(/✗ Ready {2}ImagePullFailed .*\n {6}The image x could not be pulled\.\n/);
      expect(stdout).toMatch(/\nNext: kubeless function logs shown/);
    });
  });

  test.each([[[]], [["--follow"]]])("logs %s of a function that is not there are an error", async (flags) => {
    const { code, stderr } = await cluster.run("function", "logs", "nobody", ...flags);
    expect(code).toBe(1);
    expect(stderr).toContain("There is no Function nobody");
  });

  test("delete is silent, and of what is not there it is an error", async () => {
    await deploy("gone");
    const { code, stdout } = await cluster.run("function", "delete", "gone");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect((await cluster.run("function", "delete", "gone")).code).toBe(1);
  });

  test("names from the cluster complete arguments and flags", async () => {
    await deploy("completed");
    const complete = (...words: string[]) => runIn(cluster.world, "__complete", ...words);
    const { stdout } = await complete("function", "call", "-n", cluster.namespace, "comp");
    expect(stdout).toBe("completed\n:4\n");
    expect((await complete("function", "list", "-n", cluster.namespace.slice(0, 7))).stdout).toContain(
      cluster.namespace,
    );
  });

  // The proxy leads to pods, and only a cluster with nodes has them.
  describe.skipIf(!isRealCluster)("call (KUBELESS_TEST_KUBECONFIG)", () => {
    // A request is read before it is answered: over HTTP/1.1 the API server passes on no more of it after that.
    const serve = async (name: string, answer: Answer) => {
      const server = createServer(async (request, response) =>
        answer(request, response, await text(request)),
      );
      await new Promise<void>((listening) => server.listen(0, "0.0.0.0", listening));
      onTestFinished(() => void server.close());
      const { port } = server.address() as AddressInfo;
      const address = Object.values(networkInterfaces())
        .flat()
        .find((each) => each?.family === "IPv4" && !each.internal)?.address;
      const metadata = { name, namespace: cluster.namespace };
      await cluster.client.create(resources.services, {
        metadata,
        spec: { ports: [{ name: "http-function-port", port: 8080, targetPort: port }] },
      } as never);
      await cluster.servePod(name, address ?? "", port);
    };

    test("sends a GET with the event's headers, and prints the answer", async () => {
      await serve("gets", (request, response) =>
        response.end(JSON.stringify([request.method, request.url, request.headers])),
      );
      const { code, stdout } = await cluster.run("function", "call", "gets");
      expect(code).toBe(0);
      const [method, url, headers] = JSON.parse(stdout);
      expect([method, url]).toEqual(["GET", "/"]);
      expect(headers).toMatchObject({
        "event-id": expect.stringMatching(/^[\w-]{15}$/),
        "event-time": expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
        "event-namespace": "cli.kubeless.io",
      });
      expect(headers).not.toHaveProperty("event-type");
    });

    test("posts data: JSON as such, other text as a form, files byte for byte", async () => {
      await serve("posts", ({ method, headers }, response, body) =>
        response.end(`${method} ${headers["content-type"]} ${body}`),
      );
      const call = async (...argv: string[]) =>
        (await cluster.run("function", "call", "posts", ...argv)).stdout;
      expect(await call("-d", '{"a":1}')).toBe('POST application/json {"a":1}\n');
      expect(await call("-d", "[1]")).toBe("POST application/json [1]\n");
      expect(await call("-d", "a=1&b=2")).toBe("POST application/x-www-form-urlencoded a=1&b=2\n");
      expect(await call("-d", `@${file("body.txt", "grüß 👋")}`, "-H", "Content-Type: text/plain")).toBe(
        "POST text/plain grüß 👋\n",
      );
    });

    test("names the event's type after the content's, whoever says it", async () => {
      await serve("types", (request, response) => response.end(request.headers["event-type"]));
      const typed = await cluster.run(
        "function",
        "call",
        "types",
        "-d",
        "a",
        "-H",
        "Content-Type: text/plain",
      );
      expect(typed.stdout).toBe("text/plain\n");
    });

    test("says so when an answer breaks off", async () => {
      let breakOff = () => {};
      await serve("breaks", (_, response) => {
        response.write("half an ");
        breakOff = () => response.destroy();
      });
      const { world, stdout, stderr } = createTestWorld(cluster.world);
      const code = run(["function", "call", "breaks", "-n", cluster.namespace], world);
      await stdout.until(/half an /);
      breakOff();
      expect(await code).toBe(1);
      expect(stderr.text()).toMatch(/The answer of breaks broke off/);
    });

    test("prints a streamed answer as it arrives", async () => {
      let finish = () => {};
      await serve("streams", (_, response) => {
        response.write("first\n");
        finish = () => response.end("last\n");
      });
      const { world, stdout } = createTestWorld(cluster.world);
      const code = run(["function", "call", "streams", "-n", cluster.namespace], world);
      expect(await stdout.until(/first/)).toBe("first\n");
      finish();
      expect(await code).toBe(0);
      expect(stdout.text()).toBe("first\nlast\n");
    });

    test("ends with 1 on an error, prints the function's own words, and maps 408", async () => {
      await serve("errs", (request, response) => {
        response.statusCode = request.method === "GET" ? 500 : 408;
        response.end('{"error":"boom"}');
      });
      const failed = await cluster.run("function", "call", "errs");
      expect(failed).toMatchObject({ code: 1, stdout: '{"error":"boom"}\n' });
      expect(failed.stderr).toMatch(/errs answered 500\.\nSee why: kubeless function logs errs/);
      const late = await cluster.run("function", "call", "errs", "-d", "{}");
      expect(late).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringContaining("Request timeout exceeded"),
      });
    });

    test("of a function that does not serve says why, in the words of its status", async () => {
      await deploy("sleeps");
      await cluster.setStatus("sleeps", {
        observedGeneration: 1,
        conditions: [ready("False", "Crashing", "It ended with 1.")],
      });
      const { code, stderr } = await cluster.run("function", "call", "sleeps");
      expect(code).toBe(1);
      expect(stderr).toContain("sleeps cannot be called: Crashing: It ended with 1.");
    });

    test("of nothing at all says so", async () => {
      expect((await cluster.run("function", "call", "nobody")).stderr).toContain("no Function nobody");
    });
  });

  describe("history and rollback", () => {
    test("list the revisions and write one back, and leave the rest of the object alone", async () => {
      await deploy("turns", "--timeout", "5", "--label", "team=a");
      const { metadata } = await get("turns");
      const revision = (hash: string, spec: object, source: string) => ({
        metadata: {
          name: `turns-${hash}`,
          namespace: cluster.namespace,
          labels: { function: "turns", "kubeless.io/revision": hash },
          ownerReferences: [
            {
              apiVersion: "kubeless.io/v1beta1",
              kind: "Function",
              name: "turns",
              uid: metadata.uid,
              controller: true,
            },
          ],
        },
        immutable: true,
        data: { "spec.json": JSON.stringify(spec), source },
      });
      await cluster.client.create(
        resources.configMaps,
        revision("aaaa", { handler: "old.one", runtime: "nodejs24" }, "old") as never,
      );
      await cluster.client.create(
        resources.configMaps,
        revision("bbbb", { handler: "hello.greet" }, "new") as never,
      );
      await cluster.setStatus("turns", { revision: "turns-bbbb", servingRevision: "turns-bbbb" });

      const { stdout } = await cluster.run("function", "history", "turns");
      expect(stdout).toMatch(/^aaaa +\S+ +nodejs24 +old\.one +- +-$/m);
      expect(stdout).toMatch(/^bbbb .* wanted, serving$/m);

      expect((await cluster.run("function", "rollback", "turns")).code).toBe(0);
      const after = await get("turns");
      expect(after.spec).toMatchObject({ handler: "old.one", function: "old", runtime: "nodejs24" });
      expect(after.spec).not.toHaveProperty("timeout");
      expect(after.metadata.labels).toMatchObject({ team: "a" });

      const unknown = await cluster.run("function", "rollback", "turns", "cccc");
      expect(unknown).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("turns has no revision cccc."),
      });
    });
  });
});

/** Looks again as soon as it has looked; the test's own time limit ends it. */
async function eventually(what: () => Promise<boolean>): Promise<void> {
  while (!(await what()));
}
