import type { Wire } from "@kubeless/controller-kit";
import type { V1Deployment, V1EnvVar } from "@kubernetes/client-node";
import { describe, expect, it } from "vitest";
import { oldFunction, TEST_CONFIG } from "../fixtures/functions.ts";
import { renderDeployment } from "./deployment.ts";
import { isFault } from "./fault.ts";
import { planFunction } from "./plan.ts";

const DRAIN = "FUNC_DRAIN_SECONDS";

describe("the time that a pod is given to end, beyond a timeout of 180 s and 10 s for who is late", () => {
  it.each<[string, Wire<V1EnvVar>[], number]>([
    ["is the runtime's own drain of 5 s", [], 195],
    ["is the drain that the function asks for", [{ name: DRAIN, value: "60" }], 250],
    ["is whole seconds", [{ name: DRAIN, value: "0.5" }], 191],
    [
      "is the drain that is said last",
      [
        { name: DRAIN, value: "60" },
        { name: DRAIN, value: "20" },
      ],
      210,
    ],
    ["is the runtime's own for a drain that it refuses", [{ name: DRAIN, value: "a while" }], 195],
    ["is the runtime's own for less than nothing", [{ name: DRAIN, value: "-5" }], 195],
    ["is the runtime's own for an empty value", [{ name: DRAIN, value: "" }], 195],
    [
      "is the runtime's own for a drain that only the cluster knows",
      [{ name: DRAIN, valueFrom: { configMapKeyRef: { name: "times", key: "drain" } } }],
      195,
    ],
  ])("%s", (_, env, seconds) => {
    expect(podOf({ container: { env } })).toMatchObject({ terminationGracePeriodSeconds: seconds });
  });

  it("is what the function says outright", () => {
    const written = {
      container: { env: [{ name: DRAIN, value: "60" }] },
      pod: { terminationGracePeriodSeconds: 3 },
    };
    expect(podOf(written)).toMatchObject({ terminationGracePeriodSeconds: 3 });
  });
});

function podOf(written: Parameters<typeof oldFunction>[0]) {
  const plan = planFunction(oldFunction(written), TEST_CONFIG);
  if (isFault(plan)) expect.fail(plan.message);
  return (renderDeployment(plan, { replicas: 1 }) as Wire<V1Deployment>).spec?.template.spec;
}
