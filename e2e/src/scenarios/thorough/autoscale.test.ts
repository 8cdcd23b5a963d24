import { expect } from "vitest";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

interface Autoscaler {
  readonly spec: object;
}

onEachCluster("an autoscaler", (scenario) => {
  scenario(
    "starts the pods it is told to, is listed, and leaves nothing but the pods when it is deleted",
    async ({ kubeless, kubectl, namespace }) => {
      await kubeless("function", "deploy", "scaled", "-f", fixture("hello.js"), "--cpu", "50m", "--wait");
      const figures = ["--value", "10", "--min", "3", "--max", "3"];
      await kubeless("autoscale", "create", "scaled", ...figures);
      await kubectl("wait", "deployment/scaled", "--for=jsonpath={.status.readyReplicas}=3", "--timeout=60s");

      const { spec } = JSON.parse(await kubectl("get", "hpa", "scaled", "-o", "json")) as Autoscaler;
      expect(spec).toMatchObject({
        minReplicas: 3,
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "scaled" },
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 10 } },
          },
        ],
      });
      const row = new RegExp(`^scaled +${namespace} +scaled +3 +3 +cpu +10%?$`, "m");
      expect(await kubeless("autoscale", "list")).toMatch(row);

      await kubeless("function", "update", "scaled", "-f", fixture("hello-updated.js"), "--wait");
      expect(await kubectl("get", "deployment", "scaled", "-o", "jsonpath={.spec.replicas}")).toBe("3");

      await kubeless("autoscale", "delete", "scaled");
      await kubectl("wait", "hpa/scaled", "--for=delete", "--timeout=30s");
      expect(await kubeless("autoscale", "list")).not.toContain("scaled");
      expect(await kubeless("function", "call", "scaled")).toBe("hello world updated\n");
    },
    ["a cluster's kubectl"],
  );

  scenario("is not to be had with figures that make no sense", async ({ kubeless, try: attempt }) => {
    await kubeless("function", "deploy", "unscaled", "-f", fixture("hello.js"), "--wait");
    const create = ["autoscale", "create", "unscaled"];
    expect(await attempt(...create, "--value", "10", "--min", "3", "--max", "2")).toMatchObject({ code: 1 });
    expect(await attempt(...create, "--value", "much")).toMatchObject({ code: 1 });
    expect(await attempt(...create, "--value", "10", "--min", "0")).toMatchObject({ code: 1 });
    expect(await attempt("autoscale", "delete", "unscaled")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("unscaled has no autoscaler."),
    });
  });
});
