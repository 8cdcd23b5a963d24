import { functionResource, kinesisTriggerResource } from "@kubeless/api-types";
import { type Condition, findCondition, resources } from "@kubeless/controller-kit";
import { type RoleWork, roleCases } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { forgetReplica, readySlice } from "@kubeless/trigger-kit/testing";
import { describe, expect, it } from "vitest";
import { connect, endpoint, newStream, region } from "./fixtures/streams.ts";
import { kinesisKind } from "./kinesis-kind.ts";

const { KUBELESS_TEST_KUBECONFIG: kubeconfig } = process.env;
const SOON = { timeout: 30_000 };

/** Nothing is ever sent there. */
const nowhere = { host: "192.0.2.1", port: 8080 };

describe.skipIf(endpoint === undefined)(
  "the manifests of the kinesis trigger controller (KINESIS_ENDPOINT)",
  () => {
    for (const { name, isSkipped, run } of roleCases({
      main: new URL("main.ts", import.meta.url),
      manifests: new URL("../manifests/", import.meta.url),
      kinds: [kinesisTriggerResource],
      environment: { KINESIS_ENDPOINT: endpoint ?? "" },
      startServer: startApiServer,
      kubeconfig,
      work: makeItDoEverything,
    }))
      it.skipIf(isSkipped)(name, run, 120_000);
  },
);

/** A trigger with an old finalizer and its keys in a Secret, read until every Lease there is was renewed. */
async function makeItDoEverything(work: RoleWork): Promise<void> {
  const { client, namespace, controllerNamespace } = work;
  const kinesis = connect();
  const stream = await newStream(kinesis);
  const metadata = { namespace, name: "hello" };
  const spec = { handler: "a.b", runtime: "nodejs", function: "x" };
  await client.create({ ...functionResource, namespaced: true }, { metadata, spec } as never);
  await client.apply(resources.endpointSlices, readySlice({ namespace, name: "hello" }, nowhere));
  const stringData = { aws_access_key_id: "test", aws_secret_access_key: "test" };
  await client.create(resources.secrets, { metadata: { namespace, name: "keys" }, stringData });
  const name = { namespace, name: "orders" };
  const keys = { "aws-region": region, secret: "keys", stream, startPosition: "trimHorizon" };
  await client.create(kinesisKind.resource, {
    metadata: { ...name, finalizers: ["kubeless.io/kenisistrigger"] },
    spec: { "function-name": "hello", ...keys },
  } as never);
  const ready = async () => {
    const trigger = await client.get(kinesisKind.resource, name);
    return findCondition(trigger as { status?: { conditions?: readonly Condition[] } }, "Ready")?.status;
  };
  await expect.poll(ready, SOON).toBe("True");
  for (const place of new Set([namespace, controllerNamespace])) {
    const waiting = async () =>
      (await client.list(resources.leases, { namespace: place })).items.filter(
        ({ spec }) => spec?.renewTime === spec?.acquireTime,
      );
    await expect.poll(waiting, SOON).toEqual([]);
  }
  await forgetReplica(work, kinesisKind.resource, name.name);
  kinesis.destroy();
}
