import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { onEachCluster } from "./on-each-cluster.ts";

interface StoredFunction {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly spec: { readonly runtime: string };
}

const stored = new URL(
  "./src/fixtures/cli-1.0.8.json",
  import.meta.resolve("@kubeless/api-types/package.json"),
);
const { items } = JSON.parse(readFileSync(stored, "utf8")) as { items: StoredFunction[] };

/** An object as the command line of Kubeless 1.0.8 stored it, in the namespace that it is applied to. */
function oldFunction(name: string): object {
  const found = items.find(({ kind, metadata }) => kind === "Function" && metadata.name === name);
  if (found === undefined) throw new Error(`There is no old Function ${name}.`);
  const { namespace, ...metadata } = found.metadata;
  return { ...found, metadata };
}

onEachCluster("Functions that Kubeless 1.0.8 stored", (scenario) => {
  for (const name of ["plain", "memonly", "headless", "tgz", "txz", "zipped"]) {
    scenario(
      `deploy unchanged: ${name}`,
      async ({ apply, kubectl, kubeless }) => {
        await apply(oldFunction(name));
        await kubectl("wait", `function/${name}`, "--for=condition=Ready", "--timeout=60s");
        expect(await kubeless("function", "call", name, "--data", "you")).toBe("hello you\n");
        const note = `jsonpath={.status.conditions[?(@.type=="Accepted")].message}`;
        expect(await kubectl("get", "function", name, "-o", note)).toMatch(/nodejs14 is served by Node 24/);
      },
      ["kubectl"],
    );
  }

  scenario(
    "with a node selector, a Secret and a service account wait for the node, and say so",
    async ({ apply, kubectl }) => {
      await kubectl("create", "serviceaccount", "sa1");
      await kubectl("create", "secret", "generic", "test-secret", "--from-literal=key=MY_KEY");
      await apply(oldFunction("everything"));
      const reason = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=Unschedulable`;
      await kubectl("wait", "function/everything", `--for=${reason}`, "--timeout=60s");
    },
    ["kubectl"],
  );

  scenario(
    "of a runtime that is gone say which there are",
    async ({ apply, kubectl }) => {
      await apply(oldFunction("sched"));
      const reason = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=UnknownRuntime`;
      await kubectl("wait", "function/sched", `--for=${reason}`, "--timeout=30s");
      const message = `jsonpath={.status.conditions[?(@.type=="Ready")].message}`;
      expect(await kubectl("get", "function", "sched", "-o", message)).toMatch(/python3\.7.*nodejs24/);
    },
    ["kubectl"],
  );
});
