import { functionResource, kafkaTriggerResource } from "@kubeless/api-types";
import { type Condition, findCondition, resources } from "@kubeless/controller-kit";
import { type RoleWork, roleCases } from "@kubeless/controller-kit/testing";
import { startApiServer } from "@kubeless/local-cluster/testing";
import { forgetReplica } from "@kubeless/trigger-kit/testing";
import { describe, expect, it } from "vitest";
import { kafkaKind } from "./kafka-kind.ts";

const { KUBELESS_TEST_KUBECONFIG: kubeconfig } = process.env;
const SOON = { timeout: 30_000 };

describe("the manifests of the kafka trigger controller", () => {
  for (const { name, isSkipped, run } of roleCases({
    main: new URL("main.ts", import.meta.url),
    manifests: new URL("../manifests/", import.meta.url),
    kinds: [kafkaTriggerResource],
    startServer: startApiServer,
    kubeconfig,
    work: makeItDoEverything,
  }))
    it.skipIf(isSkipped)(name, run, 180_000);
});

/** A trigger that an old controller left a finalizer on, whose login is in a Secret, and whose brokers are not there. */
async function makeItDoEverything(work: RoleWork): Promise<void> {
  const { client, namespace } = work;
  const name = { namespace, name: "orders" };
  await client.create({ ...functionResource, namespaced: true }, {
    metadata: { namespace, name: "bill", labels: { function: "bill" } },
    spec: { handler: "a.b", runtime: "nodejs", function: "x" },
  } as never);
  const login = Buffer.from("x").toString("base64");
  await client.create(resources.secrets, {
    metadata: { namespace, name: "login" },
    data: { username: login, password: login },
  } as never);
  await client.create(kafkaKind.resource, {
    metadata: { ...name, finalizers: ["kubeless.io/kafkatrigger"] },
    spec: {
      topic: "orders",
      functionSelector: { matchLabels: { function: "bill" } },
      connection: { brokers: ["127.0.0.1:1"], sasl: { mechanism: "PLAIN", secretName: "login" } },
    },
  } as never);
  const find = () => client.get(kafkaKind.resource, name);
  const connected = async () =>
    findCondition((await find()) as { status?: { conditions?: readonly Condition[] } }, "Connected")?.reason;
  await expect.poll(connected, SOON).toBe("ConnectionFailed");
  await expect.poll(async () => (await find()).metadata.finalizers, SOON).toBeUndefined();
  await forgetReplica(work, kafkaKind.resource, name.name);
}
