import type { Live, LiveChild } from "@kubeless/controller-kit";
import { describe, expect, it } from "vitest";
import { oldFunction, TEST_CONFIG } from "../fixtures/functions.ts";
import type { Pod } from "../status/pod-problem.ts";
import { type ChildrenRequest, renderChildren } from "./children.ts";
import { isFault } from "./fault.ts";
import { planFunction } from "./plan.ts";

describe("what is kept of the children that there are", () => {
  it("is the wanted revision, which never changes, and those that a ReplicaSet could still start", () => {
    const { wanted, kept } = render({
      children: [revision("1111111111"), revision("2222222222")],
      replicaSets: ["2222222222"],
    });
    expect(kept).toEqual([`hello-${wanted}`, "hello-2222222222"]);
  });

  it("is the ConfigMap of Kubeless 1.0.x as long as one of its pods runs", () => {
    const legacy = child("ConfigMap", "hello", {});
    const pods = [{ metadata: { name: "hello-1" } } as Pod];
    expect(render({ children: [legacy], pods }).kept).toContain("hello");
    expect(render({ children: [legacy] }).kept).not.toContain("hello");
  });

  it("is the whole Deployment while a change of the catalogue waits for its turn", () => {
    const { kinds, kept } = render({ children: [child("Deployment", "hello", {})], keepsDeployment: true });
    expect(kinds).not.toContain("Deployment");
    expect(kept).toContain("hello");
  });

  it("is a Deployment's selector, and pods keep the labels that it selects", () => {
    const matchLabels = { "created-by": "kubeless", function: "hello", team: "then" };
    const live = {
      ...child("Deployment", "hello", {}),
      spec: { selector: { matchLabels } },
    } as unknown as LiveChild;
    const { deployment } = render({ children: [live] });
    expect(deployment.spec.selector).toEqual({ matchLabels });
    expect(deployment.spec.template.metadata.labels).toMatchObject(matchLabels);
  });
});

interface Situation extends Partial<Omit<ChildrenRequest, "plan" | "replicaSets">> {
  readonly replicaSets?: readonly string[];
}

function render({ children = [], replicaSets = [], ...rest }: Situation) {
  const plan = planFunction(oldFunction(), TEST_CONFIG);
  if (isFault(plan)) throw new Error(plan.message);
  const { objects, keep = [] } = renderChildren({
    plan,
    children: [revision(plan.revision), ...children],
    replicaSets: replicaSets.map(
      (hash) => ({ metadata: { labels: { "kubeless.io/revision": hash } } }) as unknown as Live<object>,
    ),
    keepsDeployment: false,
    pods: [],
    ...rest,
  });
  return {
    wanted: plan.revision,
    kinds: objects.map(({ kind }) => kind),
    kept: keep.map(({ metadata }) => metadata.name),
    deployment: objects.find(({ kind }) => kind === "Deployment") as unknown as {
      spec: { selector: object; template: { metadata: { labels: object } } };
    },
  };
}

function revision(hash: string): LiveChild {
  return child("ConfigMap", `hello-${hash}`, { "kubeless.io/revision": hash });
}

function child(kind: string, name: string, labels: Record<string, string>): LiveChild {
  return { kind, metadata: { name, labels } } as unknown as LiveChild;
}
