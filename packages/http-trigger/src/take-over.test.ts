import { legacyFinalizers } from "@kubeless/api-types";
import { resources } from "@kubeless/controller-kit";
import { formerControllers, type ProjectionCluster } from "@kubeless/controller-kit/testing";
import { describe, expect, it } from "vitest";
import { openController } from "./fixtures/controller.ts";
import { httpTriggers } from "./kinds.ts";

const { KUBELESS_TEST_KUBECONFIG: real } = process.env;
const SOON = { timeout: 30_000 };
const CLASS = "kubernetes.io/ingress.class";
const REWRITE = "nginx.ingress.kubernetes.io/rewrite-target";

describe(`an Ingress of Kubeless 1.0.x on ${real ? "a real Kubernetes" : "local-cluster's API server"}`, () => {
  it("is left alone while its controller runs, then taken over in place, or withdrawn where it lacks its guard", async () => {
    const cluster = await openController(real);
    const { client, namespace } = cluster;
    const reasonOf = async (name: string) => {
      const { status } = await client.get(httpTriggers, { namespace, name });
      return status?.conditions?.find(({ type }) => type === "Ready")?.reason;
    };
    const ingressOf = (name: string) => client.find(resources.ingresses, { namespace, name });
    const open = await createOld(cluster, "open", { gateway: "nginx" });
    const guarded = await createOld(cluster, "guarded", { gateway: "nginx", "basic-auth-secret": "missing" });
    const old = await client.create(
      resources.deployments,
      formerControllers(namespace, "HTTPTrigger") as never,
    );
    const manager = await cluster.start();
    for (const name of ["open", "guarded"])
      await expect.poll(() => reasonOf(name), SOON).toBe("LegacyControllerRunning");
    await manager.idle();
    for (const { metadata, spec } of [open, guarded]) {
      const { uid, annotations } = metadata;
      expect(await ingressOf(metadata.name)).toMatchObject({ metadata: { uid }, spec });
      expect((await ingressOf(metadata.name))?.metadata.annotations).toEqual(annotations);
    }

    await client.delete(resources.deployments, old.metadata);
    await expect.poll(() => reasonOf("guarded"), SOON).toBe("SecretNotFound");
    expect(await ingressOf("guarded")).toBeUndefined();
    await expect.poll(async () => (await ingressOf("open"))?.spec?.ingressClassName, SOON).toBe("nginx");
    const taken = await ingressOf("open");
    expect(taken?.metadata.uid).toBe(open.metadata.uid);
    expect(Object.keys(taken?.metadata.annotations ?? {}).sort()).toEqual([
      "kubeless.io/applied",
      REWRITE,
      "nginx.ingress.kubernetes.io/use-regex",
    ]);
    expect(taken?.spec?.rules?.[0]?.http?.paths.map(({ path }) => path)).toEqual(["/x(/|$)(.*)"]);
    const trigger = await client.get(httpTriggers, { namespace, name: "open" });
    expect(trigger.metadata.finalizers).toBeUndefined();
  }, 90_000);
});

/** A trigger as it is stored, and the Ingress that the old controller made of it. */
async function createOld({ client, namespace }: ProjectionCluster, name: string, fields: object) {
  const spec = { "function-name": "hello", "host-name": `${name}.example.com`, path: "/x", ...fields };
  const finalizers = [legacyFinalizers.HTTPTrigger];
  const labels = { "created-by": "kubeless" };
  const { metadata } = await client.create(httpTriggers, {
    metadata: { namespace, name, labels, finalizers },
    spec,
  } as never);
  const owner = { apiVersion: "kubeless.io/v1beta1", kind: "HTTPTrigger", name, uid: metadata.uid };
  const backend = { service: { name: "hello", port: { number: 8080 } } };
  const path = { path: "/x", pathType: "ImplementationSpecific", backend };
  const annotations = { [CLASS]: "nginx", [REWRITE]: "/", "ingress.kubernetes.io/enable-cors": "true" };
  return client.create(
    resources.ingresses,
    {
      metadata: { namespace, name, labels, annotations, ownerReferences: [owner] },
      spec: { rules: [{ host: `${name}.example.com`, http: { paths: [path] } }] },
    } as never,
    { fieldManager: "http-trigger-controller" },
  );
}
