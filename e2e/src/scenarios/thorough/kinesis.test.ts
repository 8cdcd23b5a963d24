import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished } from "vitest";
import { kubeless, type TestCluster } from "../../cluster/test-cluster.ts";
import { expectSuccess, runCommand } from "../../command.ts";
import { environment } from "../../environment.ts";
import { fixture } from "../../fixtures.ts";
import { forwardFrom } from "../../forward.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

const { kinesisEndpoint: endpoint = "" } = environment;
const region = "us-east-1";
const keys = { aws_access_key_id: "test", aws_secret_access_key: "test" };

/** The server, for functions' controllers too, which may be in pods: until the test ends. */
async function exposeTo(host: string): Promise<string> {
  const { port, close } = await forwardFrom(host, new URL(endpoint));
  onTestFinished(close);
  return `http://${host}:${port}`;
}

/** `kubeless trigger kinesis` in a shell that has keys and reaches the server. */
function kinesis({ kubeconfig }: TestCluster, ...argv: readonly string[]): Promise<string> {
  const env = {
    PATH: process.env.PATH,
    KUBECONFIG: kubeconfig,
    AWS_ACCESS_KEY_ID: keys.aws_access_key_id,
    AWS_SECRET_ACCESS_KEY: keys.aws_secret_access_key,
  };
  const place = ["--aws-region", region, "--endpoint", endpoint];
  return expectSuccess(runCommand([...kubeless, "trigger", "kinesis", ...argv, ...place], { env }));
}

interface LoggedEvent {
  readonly id: string;
  readonly type: string;
  readonly time: string;
  readonly namespace: string;
  readonly data: unknown;
}

/** Resolves with what the function saw of its events once there were so many. */
async function untilCalled(
  { kubeless: run }: TestCluster,
  name: string,
  count: number,
): Promise<LoggedEvent[]> {
  for (;;) {
    const log = await run("function", "logs", name);
    const events = log.split("\n").filter((line) => line.includes("kinesistriggers"));
    if (events.length >= count) return events.map((line) => JSON.parse(line.slice(line.indexOf("{"))));
    await setTimeout(500);
  }
}

/** A stream, a function that logs its events, and a trigger between them that is ready. */
async function connectStream(
  cluster: TestCluster,
  name: string,
  source = "post.js",
  ...more: readonly string[]
): Promise<string> {
  const { host = "" } = cluster;
  const stream = `e2e-${crypto.randomUUID()}`;
  const secret = `${name}-keys`;
  await kinesis(cluster, "create-stream", "--stream-name", stream);
  await cluster.apply({ apiVersion: "v1", kind: "Secret", metadata: { name: secret }, stringData: keys });
  await cluster.kubeless("function", "deploy", name, "-f", fixture(source), "--wait");
  await cluster.kubeless(
    ...["trigger", "kinesis", "create", name, "--stream", stream, "--aws-region", region, ...more],
    ...["--function-name", name, "--secret", secret, "--endpoint", await exposeTo(host)],
  );
  await cluster.kubectl("wait", `kinesistrigger/${name}`, "--for=condition=Ready", "--timeout=90s");
  return stream;
}

onEachCluster(
  "Kinesis triggers",
  (scenario) => {
    scenario(
      "a record that is published reaches the function with the fields of its event",
      async (cluster) => {
        const stream = await connectStream(cluster, "one");
        const position = await kinesis(
          cluster,
          ...["publish", "--stream", stream, "--partition-key", "k", "--records", '{"hello": "world"}'],
        );
        expect(await untilCalled(cluster, "one", 1)).toEqual([
          {
            id: position.trim(),
            type: "application/json",
            time: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC$/),
            namespace: "kinesistriggers.kubeless.io",
            data: { hello: "world" },
          },
        ]);
        expect(await cluster.kubeless("trigger", "kinesis", "list", "one")).toContain(stream);
      },
      ["a cluster's kubectl", "a server that functions reach", "a Kinesis server"],
    );

    scenario(
      "two records in one publish reach the function, in their order",
      async (cluster) => {
        const stream = await connectStream(cluster, "two");
        await kinesis(
          cluster,
          ...["publish", "--stream", stream, "--partition-key", "k", "--records", "1", "--records", "2"],
        );
        const events = await untilCalled(cluster, "two", 2);
        expect(events.map(({ data }) => data)).toEqual([1, 2]);
      },
      ["a cluster's kubectl", "a server that functions reach", "a Kinesis server"],
    );

    scenario(
      "a record that its function refuses is a dead letter, and is sent again when the function takes it",
      async (cluster) => {
        const dead = `e2e-${crypto.randomUUID()}`;
        await kinesis(cluster, "create-stream", "--stream-name", dead);
        const promise = ["--guarantee", "atLeastOnce", "--dead-letter", dead];
        const stream = await connectStream(cluster, "picky", "picky.js", ...promise);
        const record = '{"message": "what does it cost?"}';
        await kinesis(cluster, "publish", "--stream", stream, "--partition-key", "k", "--records", record);
        // On Kubernetes without an endpoint: the controller's pod is asked, which alone has the keys.
        const letters = (verb: string, ...ids: readonly string[]) => {
          const argv = ["trigger", "kinesis", "dead-letters", verb, "picky", ...ids];
          return environment.kubeconfig === undefined
            ? kinesis(cluster, ...argv.slice(2))
            : cluster.kubeless(...argv);
        };
        while (!(await letters("list")).includes("422: no price")) await setTimeout(500);
        const [id = ""] = /shardId-\d+:\d+:0/.exec(await letters("list")) ?? [];
        expect(await letters("show", id)).toBe(record);
        await cluster.kubeless("function", "update", "picky", "-f", fixture("post.js"), "--wait");
        expect(await letters("redrive")).toContain(`${id} sent as `);
        const [event] = await untilCalled(cluster, "picky", 1);
        expect(event?.data).toEqual({ message: "what does it cost?" });
        expect(await letters("list")).not.toContain(id);
        await expect(letters("purge")).rejects.toThrow("deletes nothing on demand");
      },
      ["a cluster's kubectl", "a server that functions reach", "a Kinesis server"],
    );
  },
  { controllers: ["function-controller", "kinesis-trigger"] },
);
