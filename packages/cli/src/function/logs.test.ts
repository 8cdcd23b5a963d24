import { resources } from "@kubeless/controller-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isRealCluster, openTestCluster, type TestCluster } from "../fixtures/test-cluster.ts";
import { createTestWorld } from "../fixtures/test-world.ts";
import { run } from "../run.ts";
import { watchObject } from "../watch-object.ts";

// Only a cluster with nodes has logs.
describe.skipIf(!isRealCluster)("logs of real pods (KUBELESS_TEST_KUBECONFIG)", () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster();
  });
  afterAll(() => cluster.close());

  const container = (name: string, script: string) => ({
    name,
    image: "docker.io/library/debian:bookworm-slim",
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "-c", script],
    volumeMounts: [{ name: "kept", mountPath: "/kept" }],
  });

  const startPod = (of: string, name: string, main: string, init = "echo prepared") =>
    cluster.client.create(resources.pods, {
      metadata: { name, namespace: cluster.namespace, labels: { function: of } },
      spec: {
        terminationGracePeriodSeconds: 0,
        initContainers: [container("prepare", init)],
        containers: [container(of, main)],
        volumes: [{ name: "kept", emptyDir: {} }],
      },
    } as never);

  type Pod = {
    status?: { phase?: string; containerStatuses?: { restartCount: number; state?: { running?: object } }[] };
  };
  const untilPod = async (name: string, isWanted: (pod: Pod) => boolean) => {
    const at = { namespace: cluster.namespace, name };
    for await (const pod of watchObject<object>(
      cluster.client,
      resources.pods as never,
      at,
      AbortSignal.timeout(25_000),
    ))
      if (pod !== undefined && isWanted(pod as Pod)) return;
  };

  test("are those of all pods, each line with its pod, without init containers that succeeded", async () => {
    await Promise.all([
      startPod("many", "many-a", "echo from a; sleep 600"),
      startPod("many", "many-b", "echo from b; sleep 600"),
    ]);
    await Promise.all(
      ["many-a", "many-b"].map((name) => untilPod(name, ({ status }) => status?.phase === "Running")),
    );
    const { code, stdout } = await cluster.run("function", "logs", "many");
    expect(code).toBe(0);
    expect(stdout.split("\n").toSorted()).toEqual(["", "[many-a] from a", "[many-b] from b"]);
  });

  test("of one pod are its lines and nothing else", async () => {
    await startPod("single", "single-a", `echo '{"level":"info"}'; sleep 600`);
    await untilPod("single-a", ({ status }) => status?.phase === "Running");
    expect((await cluster.run("function", "logs", "single")).stdout).toBe('{"level":"info"}\n');
  });

  test("of an init container that fails are shown, for they say why", async () => {
    await startPod("broken", "broken-a", "echo never", "echo no such registry; exit 1");
    await untilPod(
      "broken-a",
      (pod) =>
        (
          pod as { status?: { initContainerStatuses?: { restartCount: number }[] } }
        ).status?.initContainerStatuses?.some(({ restartCount }) => restartCount > 0) ?? false,
    );
    expect((await cluster.run("function", "logs", "broken")).stdout).toBe("no such registry\n");
  });

  test("of a container that crashed are shown with --previous", async () => {
    await startPod(
      "crashed",
      "crashed-a",
      "test -e /kept/lived && sleep 600; touch /kept/lived; echo my last words; exit 1",
    );
    await untilPod(
      "crashed-a",
      ({ status }) =>
        status?.containerStatuses?.some(({ restartCount, state }) => restartCount > 0 && state?.running) ??
        false,
    );
    const { stdout } = await cluster.run("function", "logs", "crashed", "--previous");
    expect(stdout).toBe("my last words\n");
  });

  test("are followed over restarts and to pods that come later, until interrupted", async () => {
    const controller = new AbortController();
    const { world, stdout } = createTestWorld({ ...cluster.world, signal: controller.signal });
    await startPod("followed", "followed-a", "echo a life; exit 1");
    const code = run(["function", "logs", "followed", "-f", "-n", cluster.namespace], world);
    await stdout.until(
      /\[followed-a prepare\] prepared[\s\S]*\[followed-a\] a life[\s\S]*\[followed-a\] a life/,
    );
    await startPod("followed", "followed-b", "echo another pod; sleep 600");
    await stdout.until(/\[followed-b\] another pod/);
    controller.abort();
    expect(await code).toBe(0);
  });
});
