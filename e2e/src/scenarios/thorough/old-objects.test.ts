import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { onEachCluster } from "../../on-each-cluster.ts";

interface StoredObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const stored = new URL(
  "./src/fixtures/cli-1.0.8.json",
  import.meta.resolve("@kubeless/api-types/package.json"),
);
const { items } = JSON.parse(readFileSync(stored, "utf8")) as { items: StoredObject[] };

/** An object as the command line of Kubeless 1.0.8 stored it, in the namespace that it is applied to. */
function oldObject(kind: string, name: string): object {
  const found = items.find((item) => item.kind === kind && item.metadata.name === name);
  if (found === undefined) throw new Error(`There is no old ${kind} ${name}.`);
  const { namespace, ...metadata } = found.metadata;
  return { ...found, metadata };
}

onEachCluster("Functions that Kubeless 1.0.8 stored", (scenario) => {
  for (const name of ["plain", "memonly", "headless", "tgz", "txz", "zipped"]) {
    scenario(
      `deploy unchanged: ${name}`,
      async ({ apply, kubectl, kubeless }) => {
        await apply(oldObject("Function", name));
        await kubectl("wait", `function/${name}`, "--for=condition=Ready", "--timeout=60s");
        expect(await kubeless("function", "call", name, "--data", "you")).toBe("hello you\n");
        const note = `jsonpath={.status.conditions[?(@.type=="Accepted")].message}`;
        expect(await kubectl("get", "function", name, "-o", note)).toMatch(/nodejs14 is served by Node 24/);
      },
      ["a cluster's kubectl"],
    );
  }

  scenario(
    "with a node selector, a Secret and a service account wait for the node, and say so",
    async ({ apply, kubectl }) => {
      await kubectl("create", "serviceaccount", "sa1");
      await kubectl("create", "secret", "generic", "test-secret", "--from-literal=key=MY_KEY");
      await apply(oldObject("Function", "everything"));
      const reason = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=Unschedulable`;
      await kubectl("wait", "function/everything", `--for=${reason}`, "--timeout=60s");
    },
    ["a cluster's kubectl"],
  );

  scenario(
    "of a runtime that is gone say which there are",
    async ({ apply, kubectl }) => {
      await apply(oldObject("Function", "sched"));
      const reason = `jsonpath={.status.conditions[?(@.type=="Ready")].reason}=UnknownRuntime`;
      await kubectl("wait", "function/sched", `--for=${reason}`, "--timeout=30s");
      const message = `jsonpath={.status.conditions[?(@.type=="Ready")].message}`;
      expect(await kubectl("get", "function", "sched", "-o", message)).toMatch(/python3\.7.*nodejs24/);
    },
    ["a cluster's kubectl"],
  );
});

onEachCluster(
  "Triggers that Kubeless 1.0.8 stored",
  (scenario) => {
    const reason = (type: string, wanted: string) =>
      `--for=jsonpath={.status.conditions[?(@.type=="${type}")].reason}=${wanted}`;

    scenario(
      "publish the function, unless nobody could ask for the password, and call it with the payload they had",
      async ({ apply, kubectl }) => {
        for (const object of [
          oldObject("Function", "plain"),
          ...["h1", "h2", "h3", "h4"].map((name) => oldObject("HTTPTrigger", name)),
          ...["c1", "c2", "sched"].map((name) => oldObject("CronJobTrigger", name)),
        ])
          await apply(object);
        for (const name of ["h1", "h3"])
          await kubectl("wait", `httptrigger/${name}`, reason("Published", "Published"), "--timeout=30s");
        await kubectl("wait", "httptrigger/h4", reason("Published", "SecretNotFound"), "--timeout=30s");
        await kubectl("wait", "httptrigger/h2", "--for=condition=Ready=false", "--timeout=30s");
        const made = await kubectl("get", "ingresses", "-o", "name");
        expect(made.split("\n").filter((name) => /\/h\d$/.test(name))).toEqual(
          ["h1", "h3", "h4"].map((name) => `ingress.networking.k8s.io/${name}`),
        );
        await kubectl("wait", "cronjobtrigger/sched", reason("Ready", "FunctionNotFound"), "--timeout=30s");
        const suspended = "--for=jsonpath={.spec.suspend}=true";
        await kubectl("wait", "cronjob/trigger-sched", suspended, "--timeout=30s");
        for (const [name, payload] of [
          ["c1", "{}"],
          ["c2", '{"a":"it\'s"}'],
        ] as const) {
          await kubectl("wait", `cronjobtrigger/${name}`, reason("Scheduled", "Scheduled"), "--timeout=60s");
          const volume = "jsonpath={.spec.jobTemplate.spec.template.spec.volumes[0].configMap.name}";
          const configMap = await kubectl("get", "cronjob", `trigger-${name}`, "-o", volume);
          expect(await kubectl("get", "configmap", configMap, "-o", "jsonpath={.data.payload}")).toBe(
            payload,
          );
        }
      },
      ["a cluster's kubectl"],
    );
  },
  { controllers: ["function-controller", "http-trigger", "cronjob-trigger"] },
);
