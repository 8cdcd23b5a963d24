import { functionResource, natsTriggerResource } from "@kubeless/api-types";
import { type ClusterClient, type Condition, findCondition, resources } from "@kubeless/controller-kit";
import { type RoleWork, roleCases } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { forgetReplica, readySlice } from "@kubeless/trigger-kit/testing";
import { connect } from "nats";
import { describe, expect, it } from "vitest";
import { natsKind } from "./nats-kind.ts";

const { KUBELESS_TEST_KUBECONFIG: kubeconfig, NATS_SERVERS } = process.env;
const functions = { ...functionResource, namespaced: true };

/** Nothing is ever sent there. */
const nowhere = { host: "192.0.2.1", port: 8080 };

describe.skipIf(NATS_SERVERS === undefined)(
  "the manifests of the nats trigger controller (NATS_SERVERS)",
  () => {
    for (const { name, isSkipped, run } of roleCases({
      main: new URL("main.ts", import.meta.url),
      manifests: new URL("../manifests/", import.meta.url),
      kinds: [natsTriggerResource],
      environment: { NATS_URL: NATS_SERVERS ?? "" },
      startServer: startApiServer,
      kubeconfig,
      work: makeItDoEverything,
    }))
      it.skipIf(isSkipped)(name, run, 120_000);
  },
);

/** A trigger that replicas share, with a Secret and an old finalizer, and one that one of them reads. */
async function makeItDoEverything(work: RoleWork): Promise<void> {
  const { client: admin, namespace } = work;
  const stream = `S${crypto.randomUUID()}`;
  const connection = await connect({ servers: (NATS_SERVERS ?? "").split(",") });
  await (await connection.jetstreamManager()).streams.add({ name: stream, subjects: [stream] });
  await admin.create(functions, {
    apiVersion: functionResource.apiVersion,
    kind: "Function",
    metadata: { name: "hello", namespace, labels: { team: "a" } },
    spec: { runtime: "nodejs", handler: "a.b", function: "x" },
  } as never);
  await admin.apply(resources.endpointSlices, readySlice({ namespace, name: "hello" }, nowhere));
  await admin.create(resources.secrets, {
    metadata: { namespace, name: "login" },
    stringData: { token: "t" },
  } as never);
  const selector = { functionSelector: { matchLabels: { team: "a" } } };
  const secret = { servers: (NATS_SERVERS ?? "").split(","), secretName: "login" };
  const { apiVersion, kind } = natsTriggerResource;
  const create = (name: string, spec: object) => {
    const metadata = { name, namespace, finalizers: ["kubeless.io/natstrigger"] };
    return admin.create(natsKind.resource, {
      apiVersion,
      kind,
      metadata,
      spec: { ...selector, ...spec },
    } as never);
  };
  await create("shared", { topic: "orders", connection: secret });
  await create("single", { topic: stream, jetStream: { stream } });
  for (const name of ["shared", "single"])
    await expect
      .poll(() => ready(admin, namespace, name), { timeout: 30_000 })
      .toMatchObject({ status: "True" });
  const manager = await connection.jetstreamManager();
  const readers = async () =>
    (await manager.consumers.list(stream).next()).map(({ num_waiting }) => num_waiting);
  await expect.poll(readers, { timeout: 30_000 }).toEqual([1]);
  await forgetReplica(work, natsKind.resource, "shared");
  await connection.close();
}

async function ready(admin: ClusterClient, namespace: string, name: string): Promise<Condition | undefined> {
  const trigger = await admin.get(natsKind.resource, { namespace, name });
  return findCondition(trigger as { status?: { conditions?: readonly Condition[] } }, "Ready");
}
