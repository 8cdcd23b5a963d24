import { gzipSync } from "node:zlib";
import { resources } from "@kubeless/controller-kit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { testConfig } from "./fixtures/functions.ts";
import { judge } from "./fixtures/place.ts";
import { findCondition, openTestCluster, type TestCluster } from "./fixtures/test-cluster.ts";
import { buildTar, buildZip } from "./provisioner/testing/build-archive.ts";

/** An npm registry that pods reach. */
const { KUBELESS_TEST_NPM_REGISTRY } = process.env;
const VERSIONS = ["6", "8", "10", "12", "14", "24"];

const HELLO = "module.exports = { foo: (event) => 'hello ' + event.data };\n";
const OUT_OF_MEMORY = {
  function: "const kept = []; for (;;) kept.push(Buffer.alloc(10_000_000, 1));",
  deployment: {
    spec: { template: { spec: { containers: [{ resources: { limits: { memory: "96Mi" } } }] } } },
  },
};
const FILES = [
  { name: "hello.js", content: "module.exports = require('./lib/hello');" },
  { name: "lib/hello.js", content: HELLO },
];
const ZIP = buildZip(FILES).toString("base64");
const TGZ = gzipSync(buildTar(FILES)).toString("base64");

describe(`functions on ${judge}`, () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await openTestCluster({ config: (image) => testConfig(image, VERSIONS) });
  });
  afterAll(() => cluster?.close());

  it.each([
    ["text", { function: HELLO }],
    ["base64", { function: Buffer.from(HELLO).toString("base64"), "function-content-type": "base64" }],
    ["zip", { function: ZIP, "function-content-type": "base64+zip" }],
    ["tgz", { function: TGZ, "function-content-type": "base64+compressedtar" }],
    ["oldest", { function: HELLO, runtime: "nodejs6" }],
  ])("a function given as %s answers", async (name, spec) => {
    await cluster.deploy({ name, spec });
    const object = await cluster.ready(name);
    expect(await cluster.call(name, "you", { "content-type": "text/plain" })).toEqual({
      status: 200,
      body: "hello you",
    });
    expect(object.status?.servingRevision).toBe(object.status?.revision);
    expect(object.status?.readyReplicas).toBe(1);
  });

  it("a URL is fetched, and its digest is told when no checksum pins it", async () => {
    const serve = `module.exports = { foo: () => Buffer.from(${JSON.stringify(ZIP)}, 'base64') };`;
    await cluster.deploy({ name: "files", spec: { function: serve } });
    await cluster.ready("files");
    const url = `${await cluster.addressOf("files")}hello.zip`;
    await cluster.deploy({ name: "url", spec: { function: url, "function-content-type": "url+zip" } });
    const object = await cluster.ready("url");
    expect(findCondition(object, "SourceReady")?.reason).toBe("SourceNotPinned");
    expect(object.status?.sourceDigest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await cluster.call("url", "you", { "content-type": "text/plain" })).body).toBe("hello you");
  });

  it.each([
    [
      "checksum",
      "SourceReady",
      "ChecksumMismatch",
      /checksum is sha256:/,
      { checksum: `sha256:${"0".repeat(64)}` },
    ],
    [
      "unreachable",
      "SourceReady",
      "SourceFetchFailed",
      /nowhere\.invalid/,
      { function: "http://nowhere.invalid/a.js", "function-content-type": "url" },
    ],
    [
      "damaged",
      "SourceReady",
      "UnpackFailed",
      /Pack and deploy the source again/,
      { function: Buffer.from("no zip").toString("base64"), "function-content-type": "base64+zip" },
    ],
    ["syntax", "Serving", "LoadFailed", /not valid/, { function: "module.exports = {" }],
    ["export", "Serving", "LoadFailed", /does not export/, { function: "module.exports = { bar() {} };" }],
    ["memory", "Serving", "OutOfMemory", /raise the function's memory/, OUT_OF_MEMORY],
    ["runtime", "Accepted", "UnknownRuntime", /nodejs6, nodejs8/, { runtime: "cobol85" }],
  ] as const)("what is wrong is told: %s", async (name, type, reason, message, spec) => {
    await cluster.deploy({ name, spec });
    const object = await cluster.until(name, (object) => {
      const found = findCondition(object, type);
      return found?.status === "False" && found.reason === reason && message.test(found.message ?? "");
    });
    const ready = findCondition(object, "Ready");
    expect(ready).toMatchObject({ status: "False", reason });
  });

  it.skipIf(!KUBELESS_TEST_NPM_REGISTRY)(
    "dependencies are installed from the registry that the environment names (KUBELESS_TEST_NPM_REGISTRY)",
    async () => {
      const code = "const _ = require('lodash'); module.exports = { foo: () => _.join(['a', 'b'], '-') };";
      const env = [{ name: "NPM_REGISTRY", value: KUBELESS_TEST_NPM_REGISTRY }];
      const deps = JSON.stringify({ dependencies: { lodash: "^4.17.5" } });
      await cluster.deploy({ name: "deps", spec: { function: code, deps }, container: { env } });
      const object = await cluster.ready("deps");
      expect(findCondition(object, "DependenciesInstalled")?.reason).toBe("DependenciesInstalled");
      expect((await cluster.call("deps")).body).toBe("a-b");
    },
  );

  it.skipIf(!KUBELESS_TEST_NPM_REGISTRY)(
    "a dependency that does not exist is told with npm's last words (KUBELESS_TEST_NPM_REGISTRY)",
    async () => {
      const env = [{ name: "NPM_REGISTRY", value: KUBELESS_TEST_NPM_REGISTRY }];
      const deps = JSON.stringify({ dependencies: { lodash: "999.0.0" } });
      await cluster.deploy({ name: "nodeps", spec: { deps }, container: { env } });
      const object = await cluster.until(
        "nodeps",
        (current) => findCondition(current, "DependenciesInstalled")?.status === "False",
      );
      expect(findCondition(object, "DependenciesInstalled")?.reason).toBe("InstallFailed");
      expect(findCondition(object, "Ready")?.message).toMatch(/lodash/);
    },
  );

  it("an image that is not there is told, while the old revision serves", async () => {
    await cluster.deploy({ name: "image", spec: { function: HELLO } });
    await cluster.ready("image");
    await cluster.deploy({ name: "image", container: { image: "10.250.0.1:5000/no/such:image" } });
    const object = await cluster.until("image", (object) => {
      const serving = findCondition(object, "Serving");
      return serving?.reason === "ImagePullFailed";
    });
    expect(findCondition(object, "Ready")?.message).toMatch(/still serves/);
    expect((await cluster.call("image", "you", { "content-type": "text/plain" })).status).toBe(200);
  });

  it("a function that is deleted takes all its children along, an old finalizer notwithstanding", async () => {
    await cluster.deploy({ name: "gone", spec: { function: HELLO } });
    const { metadata } = await cluster.ready("gone");
    const functions = {
      apiVersion: "kubeless.io/v1beta1",
      kind: "Function",
      plural: "functions",
      namespaced: true,
    };
    const name = { namespace: cluster.namespace, name: "gone" };
    await cluster.client.patch(functions, name, { metadata: { finalizers: ["kubeless.io/function"] } });
    const deleted = cluster.client.watch(resources.deployments, {
      namespace: cluster.namespace,
      fieldSelector: "metadata.name=gone",
      resourceVersion: (await cluster.client.list(resources.deployments, { namespace: cluster.namespace }))
        .resourceVersion,
      signal: AbortSignal.timeout(30_000),
    });
    await cluster.client.delete(functions, name, { preconditions: { uid: metadata.uid } });
    for await (const event of deleted) if (event.type === "DELETED") break;
    expect(await cluster.client.find(functions, name)).toBeUndefined();
  });
});
