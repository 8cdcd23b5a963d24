import type { FunctionObject, RuntimeEntry } from "@kubeless/api-types";
import type { Live } from "@kubeless/controller-kit";
import type { FunctionConfig } from "../config/function-config.ts";

/** What a test says of a Function: what it leaves out is as the CLI of Kubeless 1.0.8 wrote it. */
export interface WrittenFunction {
  readonly name?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly generation?: number;
  readonly observedGeneration?: number;
  /** Fields of spec. */
  readonly spec?: Record<string, unknown>;
  /** Fields of the first container, over the empty ones. */
  readonly container?: Record<string, unknown>;
  /** Fields of the pod. */
  readonly pod?: Record<string, unknown>;
}

/** A Function as it lies in the cluster, with the zero values that the original CLI stored. */
export function oldFunction(written: WrittenFunction = {}): Live<FunctionObject> {
  const {
    name = "hello",
    labels,
    annotations,
    generation = 1,
    observedGeneration,
    spec,
    container,
    pod,
  } = written;
  const own = { "created-by": "kubeless", function: name, ...labels };
  const containers = [{ name: "", resources: {}, imagePullPolicy: "Always", ...container }];
  return {
    apiVersion: "kubeless.io/v1beta1",
    kind: "Function",
    metadata: {
      name,
      namespace: "default",
      uid: "f0000000-0000-0000-0000-000000000001",
      resourceVersion: "1",
      creationTimestamp: "2021-01-18T00:00:00Z",
      generation,
      labels: own,
      ...(annotations && { annotations }),
    },
    spec: {
      handler: "hello.foo",
      function: "module.exports = { foo: () => 'hello' };\n",
      "function-content-type": "text",
      checksum: "",
      runtime: "nodejs14",
      timeout: "180",
      deps: "",
      deployment: {
        metadata: { creationTimestamp: null },
        spec: {
          selector: null,
          strategy: {},
          template: { metadata: { creationTimestamp: null }, spec: { containers, ...pod } },
        },
        status: {},
      },
      service: {
        ports: [{ name: "http-function-port", protocol: "TCP", port: 8080, targetPort: 8080 }],
        selector: own,
        type: "ClusterIP",
      },
      horizontalPodAutoscaler: {
        metadata: { creationTimestamp: null },
        spec: { scaleTargetRef: { kind: "", name: "" }, maxReplicas: 0 },
        status: { currentReplicas: 0, desiredReplicas: 0, currentMetrics: null, conditions: null },
      },
      ...spec,
    },
    ...(observedGeneration !== undefined && { status: { observedGeneration } }),
  } as unknown as Live<FunctionObject>;
}

const VOLUME = "$(KUBELESS_INSTALL_VOLUME)";

/** A small catalogue: Node with its dependencies, and a language that is compiled. */
export const TEST_CONFIG: FunctionConfig = {
  runtimes: [nodeRuntime("registry/runtime-node:1", ["14"]), goRuntime()],
  deployment: {},
  provisionImage: "registry/function-controller:1",
  pullSecrets: [],
  imageOverrides: {},
};

/** A configuration whose functions really run: Node in these versions, all served by our image. */
export function testConfig(image: (name: string) => string, versions: readonly string[]): FunctionConfig {
  const runtimes = [nodeRuntime(image("runtime-node"), versions)];
  return { ...TEST_CONFIG, runtimes, provisionImage: image("function-controller") };
}

/** Node's entry with some versions, all served by one image. */
export function nodeRuntime(image: string, versions: readonly string[]): RuntimeEntry {
  const images: RuntimeEntry["versions"][number]["images"] = [
    { phase: "installation", image, command: ["kubeless-install"], env: {}, secrets: [] },
    { phase: "runtime", image, env: { NODE_PATH: `${VOLUME}/node_modules` }, secrets: [] },
  ];
  return {
    ID: "nodejs",
    depName: "package.json",
    fileNameSuffix: ".js",
    versions: versions.map((version) => ({
      name: `node${version}`,
      version,
      images,
      imagePullSecrets: [],
      note: `nodejs${version} is served by Node 24.`,
    })),
  };
}

function goRuntime(): RuntimeEntry {
  return {
    ID: "go",
    depName: "go.mod",
    fileNameSuffix: ".go",
    versions: [
      {
        name: "go1.14",
        version: "1.14",
        imagePullSecrets: [{ imageSecret: "go-registry" }],
        images: [
          {
            phase: "compilation",
            image: "registry/go-init:1",
            command: "/compile-function.sh $KUBELESS_FUNC_NAME",
            env: { GOCACHE: `${VOLUME}/.cache`, CGO_ENABLED: "0" },
            secrets: [{ name: "go-proxy" }],
          },
          { phase: "runtime", image: "registry/go:1", env: {}, secrets: [] },
        ],
      },
    ],
  };
}
