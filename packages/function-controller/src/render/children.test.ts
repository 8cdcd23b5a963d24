import { dump } from "js-yaml";
import { describe, expect, it } from "vitest";
import type { FunctionConfig } from "../config/function-config.ts";
import { oldFunction, TEST_CONFIG, type WrittenFunction } from "../fixtures/functions.ts";
import { renderChildren } from "./children.ts";
import { isFault } from "./fault.ts";
import { planFunction } from "./plan.ts";

interface Case extends WrittenFunction {
  readonly title: string;
  readonly config?: Partial<FunctionConfig>;
}

/** What goes in; what comes out lies in fixtures/<title>.yaml, one file a case, to be read beside it. */
const CASES: readonly Case[] = [
  { title: "a plain function" },
  {
    title: "a function with dependencies",
    spec: { deps: '{"dependencies":{"lodash":"4"}}', npmrcSecret: "npm" },
  },
  {
    title: "a zip with a checksum and its own dependencies",
    spec: {
      function: "UEsDBA==",
      "function-content-type": "base64+zip+deps",
      checksum: `sha256:${"a".repeat(64)}`,
    },
  },
  {
    title: "a tar from a URL",
    spec: { function: "https://example.com/a.tgz", "function-content-type": "url+compressedtar" },
  },
  {
    title: "a compiled language",
    spec: { runtime: "go1.14", handler: "hello.Foo", function: "package kubeless", deps: "module x" },
    container: { env: [{ name: "A", value: "1" }] },
  },
  {
    title: "everything the old CLI could say",
    name: "everything",
    labels: { team: "x", tier: "y" },
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", "example.com/owner": "me" },
    spec: {
      timeout: "10",
      service: {
        ports: [{ name: "http-function-port", port: 80, protocol: "TCP", targetPort: 8083 }],
        selector: { "created-by": "kubeless", function: "everything", team: "x", tier: "y" },
        type: "ClusterIP",
      },
    },
    container: {
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "two" },
      ],
      imagePullPolicy: "IfNotPresent",
      resources: { limits: { cpu: "0", memory: "128Mi" }, requests: { cpu: "0", memory: "128Mi" } },
      volumeMounts: [{ name: "test-secret-vol", mountPath: "/test-secret" }],
    },
    pod: {
      nodeSelector: { disk: "ssd" },
      serviceAccountName: "sa1",
      volumes: [{ name: "test-secret-vol", secret: { secretName: "test-secret" } }],
    },
  },
  {
    title: "an image of its own",
    name: "image",
    spec: { handler: "", runtime: "", function: "", "function-content-type": "" },
    container: { image: "example.com/custom:1" },
    pod: { imagePullSecrets: [{ name: "mine" }] },
  },
  {
    title: "an autoscaler by cpu in the old version",
    spec: {
      horizontalPodAutoscaler: {
        apiVersion: "autoscaling/v2beta1",
        metadata: { name: "hello", namespace: "kube-system" },
        spec: {
          scaleTargetRef: { apiVersion: "apps/v1beta1", kind: "Deployment", name: "hello" },
          minReplicas: 2,
          maxReplicas: 5,
          metrics: [{ type: "Resource", resource: { name: "cpu", targetAverageUtilization: 60 } }],
        },
      },
    },
  },
  {
    title: "defaults of an administrator",
    spec: { replicas: 3 },
    container: { env: [{ name: "A", value: "mine" }] },
    config: {
      imageOverrides: { NODEJS14_RUNTIME: "mirror/runtime-node:2" },
      pullSecrets: ["mirror"],
      deployment: {
        spec: {
          template: {
            metadata: { annotations: { "example.com/cost-centre": "7" } },
            spec: {
              securityContext: {},
              nodeSelector: { pool: "functions" },
              containers: [
                {
                  env: [
                    { name: "A", value: "theirs" },
                    { name: "B", value: "theirs" },
                  ],
                  resources: { limits: { memory: "1Gi" } },
                },
                { name: "proxy", image: "proxy:1" },
              ],
            },
          },
        },
      },
    },
  },
];

describe("the objects of a Function", () => {
  it.each(CASES)("are for $title as its golden file says", async ({ title, config, ...written }) => {
    const plan = planFunction(oldFunction(written), { ...TEST_CONFIG, ...config });
    if (isFault(plan)) expect.fail(plan.message);
    const { objects } = renderChildren({
      plan,
      children: [],
      replicaSets: [],
      keepsDeployment: false,
      pods: [],
    });
    const yaml = objects
      .map((object) => dump(JSON.parse(JSON.stringify(object)), { lineWidth: 110 }))
      .join("---\n");
    await expect(yaml).toMatchFileSnapshot(`fixtures/${title.replaceAll(" ", "-")}.yaml`);
  });
});
