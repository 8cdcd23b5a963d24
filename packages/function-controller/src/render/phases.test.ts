import type { Wire } from "@kubeless/controller-kit";
import type { V1PodSpec } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { oldFunction, TEST_CONFIG, type WrittenFunction } from "../fixtures/functions.ts";
import { renderDeployment } from "./deployment.ts";
import { isFault } from "./fault.ts";
import { phaseOf } from "./phases.ts";
import { planFunction } from "./plan.ts";

const DEPENDENCIES = { deps: '{"dependencies":{}}' };

describe("the containers of a pod that puts code in place", () => {
  it.each([
    ["hello", ["prepare", "install"]],
    ["prepare", ["kubeless-prepare", "install"]],
    ["install", ["prepare", "kubeless-install"]],
    ["compile", ["prepare", "install"]],
  ])(
    "have different names when the function is called %s, and its own container has its name",
    (name, phases) => {
      const pod = renderPod({ name, spec: DEPENDENCIES });
      expect(pod.containers.map((container) => container.name)).toEqual([name]);
      expect(pod.initContainers?.map((container) => container.name)).toEqual(phases);
    },
  );

  it("have different names when a phase's name is that of a sidecar or an init container of the user's", () => {
    const { containers, initContainers } = renderPod({
      spec: { ...DEPENDENCIES, function: "x" },
      pod: {
        containers: [{ name: "" }, { name: "prepare", image: "sidecar:1" }],
        initContainers: [{ name: "install", image: "mine:1" }],
      },
    });
    expect(containers.map(({ name }) => name)).toEqual(["hello", "prepare"]);
    expect(initContainers?.map(({ name }) => name)).toEqual([
      "kubeless-prepare",
      "kubeless-install",
      "install",
    ]);
  });

  it("are told apart by their names", () => {
    const names = ["prepare", "kubeless-install", "install"];
    expect(names.map((name) => phaseOf(name, names))).toEqual(["prepare", "install", undefined]);
  });
});

function renderPod(written: WrittenFunction): Wire<V1PodSpec> {
  const plan = planFunction(oldFunction(written), TEST_CONFIG);
  if (isFault(plan)) expect.fail(plan.message);
  const { spec } = renderDeployment(plan, { replicas: 1 }) as never as {
    spec: { template: { spec: Wire<V1PodSpec> } };
  };
  return spec.template.spec;
}
