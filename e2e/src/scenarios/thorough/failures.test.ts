import { expect } from "vitest";
import type { TestCluster } from "../../cluster/test-cluster.ts";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

onEachCluster("a person is told why", (scenario) => {
  scenario("a syntax error keeps a function from serving", async (cluster) => {
    const said = await failToDeploy(cluster, "syntax", "-f", fixture("syntax-error.js"), "--handler", "a.b");
    expect(said).toMatch(/LoadFailed: .*SyntaxError|LoadFailed: .*Unexpected/);
  });

  scenario("a module that is not installed keeps a function from serving", async (cluster) => {
    const said = await failToDeploy(cluster, "missing", "-f", fixture("missing-module.js"));
    expect(said).toMatch(/LoadFailed: .*is-not-there/);
  });

  scenario("a handler that does not exist keeps a function from serving", async (cluster) => {
    const said = await failToDeploy(cluster, "handler", "-f", fixture("hello.js"), "--handler", "hello.bar");
    expect(said).toMatch(/LoadFailed: .*bar/);
    expect(said).toContain("foo");
  });

  scenario(
    "a package that the registry does not have keeps a function from serving",
    async (cluster) => {
      const registry = ["--env", `NPM_REGISTRY=${cluster.npmRegistry}`];
      const manifest = fixture("no-such-version/package.json");
      const said = await failToDeploy(
        cluster,
        "no-version",
        "-f",
        fixture("hello.js"),
        "-d",
        manifest,
        ...registry,
      );
      expect(said).toMatch(/InstallFailed: [\s\S]*lodash@99999\.0\.0/);
    },
    ["an npm registry"],
  );

  scenario("an error while it loads keeps a function from serving", async (cluster) => {
    const said = await failToDeploy(cluster, "throws", "-f", fixture("throws.js"));
    expect(said).toMatch(/LoadFailed: .*the database is on fire/);
  });

  scenario("an image cannot be pulled", async (cluster) => {
    const image = `${cluster.imageOf("runtime-node")}-that-is-not-there`;
    const said = await failToDeploy(cluster, "image", "--runtime-image", image);
    expect(said).toContain(`ImagePullFailed: The image ${image}`);
  });

  scenario("an unknown runtime is refused, with those there are", async (cluster) => {
    const said = await failToDeploy(cluster, "unknown", "-f", fixture("hello.js"), "-r", "cobol85");
    expect(said).toMatch(/cobol85[\s\S]*nodejs24[\s\S]*/);
    expect(await cluster.kubeless("function", "list")).not.toContain("unknown");
  });

  scenario(
    "an unknown runtime that kubectl applied is not ready, with those there are",
    async ({ apply, kubectl }) => {
      const spec = { handler: "a.b", runtime: "cobol85", function: "x", "function-content-type": "text" };
      const metadata = { name: "applied" };
      await apply({ apiVersion: "kubeless.io/v1beta1", kind: "Function", metadata, spec });
      await kubectl("wait", "function/applied", "--for=condition=Ready=False", "--timeout=30s");
      expect(await readyMessage("applied", kubectl)).toMatch(/cobol85.*nodejs24/);
    },
    ["a cluster's kubectl"],
  );

  scenario(
    "an update that fails says so while the old code goes on serving, and its correction serves",
    async ({ kubeless, try: attempt }) => {
      await kubeless("function", "deploy", "broken", "-f", fixture("hello.js"), "--wait");
      const { code, stderr } = await attempt(
        ...["function", "update", "broken", "-f", fixture("syntax-error.js"), "--wait"],
      );
      expect(code).toBe(1);
      expect(stderr).toMatch(/LoadFailed/);
      expect(await kubeless("function", "call", "broken")).toBe("hello world\n");
      await kubeless("function", "update", "broken", "-f", fixture("hello-updated.js"), "--wait");
      expect(await kubeless("function", "call", "broken")).toBe("hello world updated\n");
    },
  );

  scenario("a name is taken, or there is no such function", async ({ kubeless, try: attempt }) => {
    await kubeless("function", "deploy", "taken", "-f", fixture("hello.js"), "--wait");
    const again = await attempt("function", "deploy", "taken", "-f", fixture("hello.js"));
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("already exists") });
    for (const command of ["call", "update", "delete", "describe", "logs"]) {
      const said = await attempt("function", command, "nobody");
      expect(said).toMatchObject({ code: 1, stderr: expect.stringContaining("nobody") });
    }
  });
});

/** What `deploy --wait` says of a function that does not come to serve. */
async function failToDeploy({ try: attempt }: TestCluster, name: string, ...argv: readonly string[]) {
  const { code, stderr } = await attempt("function", "deploy", name, ...argv, "--wait");
  expect(code, stderr).toBe(1);
  return stderr;
}

function readyMessage(name: string, kubectl: TestCluster["kubectl"]): Promise<string> {
  const path = `jsonpath={.status.conditions[?(@.type=="Ready")].message}`;
  return kubectl("get", "function", name, "-o", path);
}
