import { readFile } from "node:fs/promises";
import { annotations } from "@kubeless/api-types";
import { type KubernetesObject, resources } from "@kubeless/controller-kit";
import { loadAll } from "js-yaml";
import { beforeAll, describe, expect, it } from "vitest";
import { kongPluginDefinition } from "../fixtures/kong-plugin.ts";
import { hasGateways, useGateways, whatGatewaysNeed } from "../fixtures/real-gateways.ts";
import { kongPlugins } from "../kinds.ts";

const definitions = resources.customResourceDefinitions;
const definition = kongPluginDefinition.metadata;
const SOON = { timeout: 20_000 };

interface Golden extends KubernetesObject {
  readonly spec?: object;
}

async function readGolden(name: string, kind: string): Promise<Golden> {
  const text = await readFile(new URL(`../fixtures/golden/${name}`, import.meta.url), "utf8");
  const found = (loadAll(text) as Golden[]).find((object) => object.kind === kind);
  if (found === undefined) throw new Error(`${name} has no ${kind}`);
  return found;
}

function withoutOurs({ [annotations.applied]: _, ...left }: Readonly<Record<string, string>> = {}) {
  return left;
}

describe.skipIf(!hasGateways)(`a trigger of class kong ${whatGatewaysNeed}`, () => {
  const { namespace, client, createSecret, create, change, becomes, conditions } = useGateways([
    kongPluginDefinition,
  ]);
  const find = (kind: typeof kongPlugins, name: string) =>
    client.find<KubernetesObject>(kind, { namespace, name });
  const findIngress = (name: string) => client.get(resources.ingresses, { namespace, name });

  beforeAll(() => createSecret("cert", "Opaque", { "tls.crt": "x", "tls.key": "x" }));

  it("has what fixtures/golden has, all of it kept by the API server, and nothing of what it was before", async () => {
    const asked = {
      path: "/api/v1.0/hello/",
      "cors-enable": true,
      "tls-secret": "cert",
      methods: ["GET", "POST"],
    };
    await create("web", { gateway: "kong", "host-name": "hello.example.com", ...asked });
    await becomes("web", "Pending");
    expect(await find(kongPlugins, "web-cors")).toMatchObject(await readGolden("kong.yaml", "KongPlugin"));
    expect(await findIngress("web")).toMatchObject(await readGolden("kong.yaml", "Ingress"));
    await change("web", { path: null, "cors-enable": false, "tls-secret": "", methods: null, tls: true });
    await expect.poll(() => find(kongPlugins, "web-cors"), SOON).toBeUndefined();
    const secure = await readGolden("kong-with-acme.yaml", "Ingress");
    const { metadata, spec } = await findIngress("web");
    expect({ annotations: withoutOurs(metadata.annotations), spec }).toEqual({
      annotations: secure.metadata?.annotations,
      spec: secure.spec,
    });
  });

  it("names its plugin in the Ingress as long as browsers are to be answered, before the user's own", async () => {
    const mine = { "konghq.com/plugins": "mine" };
    const plugins = async () => (await findIngress("browsers")).metadata.annotations?.["konghq.com/plugins"];
    await create("browsers", {
      gateway: "kong",
      "host-name": "b.example.com",
      "cors-enable": true,
      annotations: mine,
    });
    await becomes("browsers", "Pending");
    expect(await plugins()).toBe("browsers-cors,mine");
    await change("browsers", { "cors-enable": false });
    await expect.poll(() => find(kongPlugins, "browsers-cors"), SOON).toBeUndefined();
    await expect.poll(plugins, SOON).toBe("mine");
  });

  it("leaves a foreign KongPlugin of its plugin's name alone, and says so", async () => {
    const theirs = { plugin: "cors", config: { origins: ["https://a.example.com"] } };
    await client.create(kongPlugins, { metadata: { namespace, name: "foreign-cors" }, ...theirs } as never);
    await create("foreign", { gateway: "kong", "host-name": "f.example.com", "cors-enable": true });
    await becomes("foreign", "ConflictingObject");
    expect(await find(kongPlugins, "foreign-cors")).toMatchObject(theirs);
  });

  it("is refused with basic auth, by its field", async () => {
    const spec = { gateway: "kong", "host-name": "a.example.com", "basic-auth-secret": "users" };
    await expect(create("auth", spec)).rejects.toThrow("spec.basic-auth-secret");
  });

  it("says so when its kind is served no more, and keeps its route", async ({ skip }) => {
    const { metadata: served } = await client.get(definitions, definition);
    if (served.labels?.["created-by"] !== "kubeless") return skip("the kind KongPlugin is the cluster's own");
    await create("left", { gateway: "kong", "host-name": "l.example.com", path: "api", "cors-enable": true });
    await expect.poll(() => find(kongPlugins, "left-cors"), SOON).toBeDefined();
    await client.delete(definitions, definition);
    await becomes("left", "Unsupported");
    const told = (await conditions("left")).find(({ type }) => type === "Published");
    expect(told?.message).toContain("KongPlugin");
    const { metadata, spec } = await findIngress("left");
    expect(metadata.annotations).toMatchObject({ "konghq.com/strip-path": "true" });
    expect(metadata.annotations).not.toHaveProperty(["konghq.com/plugins"]);
    expect(spec).toMatchObject({ ingressClassName: "kong" });
  }, 60_000);
});
