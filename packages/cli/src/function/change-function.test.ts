import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { encodeSource } from "../source/content-type.ts";
import { setAutoscaler } from "./autoscaler.ts";
import { changeFunction, emptyFunction, type FunctionChanges } from "./change-function.ts";
import type { FunctionObject } from "./function-object.ts";
import { withDefaults } from "./new-function.ts";

const fixture = new URL("./fixtures/objects-of-kubeless-1.0.8.json", import.meta.url);
const oldObjects = JSON.parse(readFileSync(fixture, "utf8")) as FunctionObject[];
const oldObject = (name: string): FunctionObject => {
  const found = oldObjects.find(({ kind, metadata }) => kind === "Function" && metadata.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found;
};

const code = {
  text: "module.exports = { foo: (event, context) => 'hello ' + event.data };\n",
  contentType: "text",
  checksum: "sha256:e8a36831d3f531b7190dcffd5e467149e499a56d4aadf7a60c660f82fd89b01e",
};
const node = { runtime: "nodejs14", handler: "hello.foo", source: code };
const archive = (name: string, file: string) => {
  const { function: text = "", checksum = "" } = oldObject(name).spec;
  return { ...encodeSource(file, Buffer.from(text ?? "", "base64")), checksum: checksum ?? "" };
};

describe("the same flags make the object that Kubeless 1.0.8 made", () => {
  const deployed: readonly [string, FunctionChanges][] = [
    ["plain", node],
    ["headless", { ...node, headless: true }],
    ["image", { image: "example.com/custom:1" }],
    ["imagecode", { ...node, image: "example.com/custom:1" }],
    ["deps", { ...node, dependencies: '{"dependencies":{"lodash":"^4.17.5"}}\n' }],
    ["sched", { ...node, runtime: "python3.7" }],
    ["memonly", { ...node, memory: "64Mi" }],
    ["tgz", { ...node, source: archive("tgz", "hello.tgz") }],
    ["txz", { ...node, source: archive("txz", "hello.tar.xz") }],
    ["zipped", { ...node, source: archive("zipped", "hello.zip") }],
    [
      "everything",
      {
        ...node,
        labels: ["team=x", "tier:y"],
        environment: ["A=1", "B:two", "C=3"],
        secrets: ["test-secret"],
        nodeSelectors: ["disk=ssd"],
        serviceAccount: "sa1",
        memory: "128Mi",
        cpu: "100m",
        timeoutSeconds: "10",
        imagePullPolicy: "IfNotPresent",
        port: 8083,
        servicePort: 80,
      },
    ],
  ];

  test.each(deployed)("%s, but for what was nobody's intent", (name, changes) => {
    const made = changeFunction(emptyFunction("default", name), withDefaults(changes));
    expect(meant(made)).toEqual(meant(oldObject(name)));
  });

  test("with an autoscaler by CPU, now of autoscaling/v2", () => {
    const made = setAutoscaler(oldObject("plain"), { min: 1, max: 3, metric: "cpu", value: "70" });
    expect(meant(made)).toEqual(meant(oldObject("plain")));
    expect(made.spec.horizontalPodAutoscaler).toMatchObject({
      apiVersion: "autoscaling/v2",
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "plain" },
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } },
          },
        ],
      },
    });
  });
});

/**
 * What a person asked for. Left out: nulls, empty values and "0" quantities, which say nothing; the autoscaler, which has
 * another version now; and the Service's selector of all labels, which broke when a label was changed.
 */
function meant({ metadata, spec }: FunctionObject): unknown {
  const { horizontalPodAutoscaler: _, service, ...rest } = spec;
  const { selector, ...others } = service ?? {};
  expect(selector).toMatchObject({ "created-by": "kubeless", function: metadata.name });
  const { name, namespace, labels } = metadata;
  return withoutEmpty({ metadata: { name, namespace, labels }, spec: { ...rest, service: others } });
}

function withoutEmpty(value: unknown): unknown {
  if (value === null || value === "" || value === "0") return undefined;
  if (Array.isArray(value)) return value.map((item) => withoutEmpty(item) ?? {});
  if (typeof value !== "object") return value;
  const entries = Object.entries(value ?? {})
    .map(([key, item]) => [key, withoutEmpty(item)])
    .filter(([, item]) => item !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

describe("an update", () => {
  const everything = oldObject("everything");

  test("without flags changes nothing at all", () => {
    expect(changeFunction(everything, {})).toEqual(everything);
  });

  test("of the code leaves timeout, ports, pull policy and everything else as they are", () => {
    const source = { text: "new", contentType: "text", checksum: "sha256:1" };
    expect(changeFunction(everything, { source })).toEqual({
      ...everything,
      spec: { ...everything.spec, function: "new", "function-content-type": "text", checksum: "sha256:1" },
    });
  });

  test("keeps sidecars, probes, commands and fields it does not know", () => {
    const before = changeFunction(everything, {});
    const pod = before.spec.deployment?.spec?.template?.spec as unknown as Record<string, unknown>;
    const main = { image: "a", command: ["x"], livenessProbe: { periodSeconds: 5 } };
    const sidecar = { name: "sidecar", image: "b" };
    pod.containers = [main, sidecar];
    pod.hostAliases = [{ ip: "10.0.0.1" }];
    const after = changeFunction(before, { image: "c" }).spec.deployment?.spec?.template?.spec;
    expect(after).toMatchObject({ hostAliases: [{ ip: "10.0.0.1" }] });
    expect(after?.containers).toEqual([{ ...main, image: "c" }, sidecar]);
  });

  test("merges labels and replaces plain environment values, not those that come from elsewhere", () => {
    const before = changeFunction(everything, {});
    const [container] = before.spec.deployment?.spec?.template?.spec?.containers ?? [];
    container?.env?.push({ name: "TOKEN", valueFrom: { secretKeyRef: { name: "s", key: "t" } } });
    const after = changeFunction(before, { labels: ["team=z", "new"], environment: ["D=4", "D=5"] });
    expect(after.metadata.labels).toMatchObject({ team: "z", tier: "y", new: "", function: "everything" });
    expect(after.spec.deployment?.spec?.template?.spec?.containers?.[0]?.env).toEqual([
      { name: "TOKEN", valueFrom: { secretKeyRef: { name: "s", key: "t" } } },
      { name: "D", value: "5" },
    ]);
  });

  test("mounts a Secret once, however often it is named", () => {
    const after = changeFunction(everything, { secrets: ["test-secret", "other", "other"] });
    const pod = after.spec.deployment?.spec?.template?.spec;
    expect(pod?.volumes?.map(({ name }) => name)).toEqual(["test-secret-vol", "other-vol"]);
    expect(pod?.containers?.[0]?.volumeMounts).toEqual([
      { name: "test-secret-vol", mountPath: "/test-secret" },
      { name: "other-vol", mountPath: "/other" },
    ]);
  });

  test("of the memory leaves the CPU alone, and the other way round", () => {
    const after = changeFunction(everything, { memory: "1Gi" });
    expect(after.spec.deployment?.spec?.template?.spec?.containers?.[0]?.resources).toEqual({
      limits: { cpu: "100m", memory: "1Gi" },
      requests: { cpu: "100m", memory: "1Gi" },
    });
  });

  test.each([
    [
      "the port alone leaves the Service's port",
      "everything",
      { port: 9000 },
      { port: 80, targetPort: 9000 },
    ],
    [
      "the Service's port alone leaves the function's",
      "everything",
      { servicePort: 81 },
      { port: 81, targetPort: 8083 },
    ],
    [
      "the Service's port 0 is the function's",
      "everything",
      { servicePort: 0 },
      { port: 8083, targetPort: 8083 },
    ],
    [
      "the port brings along a Service's port that was the same",
      "plain",
      { port: 9000 },
      { port: 9000, targetPort: 9000 },
    ],
  ])("of ports: %s", (_, name, changes, expected) => {
    expect(changeFunction(oldObject(name), changes).spec.service?.ports?.[0]).toMatchObject(expected);
  });

  test("makes a Service headless and back, and leaves its type", () => {
    const before = changeFunction(oldObject("plain"), {});
    if (before.spec.service) before.spec.service.type = "NodePort";
    const headless = changeFunction(before, { headless: true });
    expect(headless.spec.service).toMatchObject({ type: "NodePort", clusterIP: "None" });
    expect(changeFunction(headless, { headless: false }).spec.service).not.toHaveProperty("clusterIP");
  });

  test.each([
    ["--memory", { memory: "lots" }],
    ["--memory", { memory: "128MB" }],
    ["--cpu", { cpu: "-1" }],
  ])("refuses what is no quantity: %s, %j", (flag, changes) => {
    expect(() => changeFunction(everything, changes)).toThrow(`${flag} is a quantity such as`);
  });

  test.each(["0", "1", "0.5", ".5", "100m", "1e3", "128Mi", "2G"])("takes the quantity %s", (cpu) => {
    expect(() => changeFunction(everything, { cpu })).not.toThrow();
  });

  test("refuses the labels that Kubeless finds its own by", () => {
    expect(() => changeFunction(everything, { labels: ["function=other"] })).toThrow("belongs to Kubeless");
  });
});
