import { readFile } from "node:fs/promises";
import { expect } from "vitest";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";
import { startSourceServer } from "../../source-server.ts";

/** The folder fixtures/multi, packed in every way there is. */
const archives = ["multi.zip", "multi.tar", "multi.tar.gz", "multi.tar.bz2", "multi.tar.xz", "multi.tar.zst"];
const nameAfter = (archive: string, from: string) => `${archive.replaceAll(".", "-")}-${from}`;
const multi = ["--handler", "index.helloGet", "--runtime", "nodejs24", "--wait"];

onEachCluster("source", (scenario) => {
  scenario("a folder is packed and deployed", async ({ kubeless }) => {
    const handler = ["--handler", "index.helloGet"];
    await kubeless("function", "deploy", "folder", fixture("multi"), ...handler, "--wait");
    expect(await kubeless("function", "call", "folder")).toBe("hello world\n");
  });

  for (const archive of archives) {
    scenario(`${archive} is deployed from a file`, async ({ kubeless }) => {
      const name = nameAfter(archive, "file");
      await kubeless("function", "deploy", name, "-f", fixture(archive), ...multi);
      expect(await kubeless("function", "call", name)).toBe("hello world\n");
    });
  }

  for (const archive of archives.filter((name) => name !== "multi.tar")) {
    scenario(
      `${archive} is deployed from where it lies on the web`,
      async ({ kubeless, host = "" }) => {
        await using server = await startSourceServer(host);
        server.put(archive, await readFile(fixture(archive)));
        const name = nameAfter(archive, "url");
        await kubeless("function", "deploy", name, "-f", server.urlOf(archive), ...multi);
        expect(await kubeless("function", "call", name)).toBe("hello world\n");
      },
      ["a server that functions reach"],
    );
  }

  scenario(
    "a file on the web is deployed from there, and refused when it is no longer what was deployed",
    async ({ kubeless, kubectl, host = "" }) => {
      await using server = await startSourceServer(host);
      server.put("hello.js", `exports.foo = () => "from the web";\n`);
      await kubeless("function", "deploy", "web", "-f", server.urlOf("hello.js"), "--wait");
      expect(await kubeless("function", "call", "web")).toBe("from the web\n");

      server.put("hello.js", `exports.foo = () => "somebody was here";\n`);
      await kubeless("function", "update", "web", "--env", "NEW=pod");
      const reason = `jsonpath={.status.conditions[?(@.type=="SourceReady")].reason}=ChecksumMismatch`;
      await kubectl("wait", "function/web", `--for=${reason}`, "--timeout=60s");
      expect(await kubeless("function", "call", "web")).toBe("from the web\n");
    },
    ["a server that functions reach", "a cluster's kubectl"],
  );

  scenario(
    "dependencies are installed, and others once they are updated",
    async ({ kubeless, npmRegistry = "" }) => {
      const handler = [
        "--handler",
        "index.say",
        "--runtime",
        "nodejs24",
        "--env",
        `NPM_REGISTRY=${npmRegistry}`,
      ];
      const source = fixture("with-deps/index.js");
      const manifest = fixture("with-deps/package.json");
      await kubeless("function", "deploy", "deps", "-f", source, "-d", manifest, ...handler, "--wait");
      expect(await kubeless("function", "call", "deps", "-d", "hello world")).toBe("helloWorld 4.17.20\n");
      const newer = fixture("with-deps-updated/package.json");
      await kubeless("function", "update", "deps", "-d", newer, "--wait");
      expect(await kubeless("function", "call", "deps", "-d", "hello world")).toBe("helloWorld 4.17.21\n");
    },
    ["an npm registry"],
  );

  scenario(
    "an archive and its dependencies are deployed from where both lie on the web",
    async ({ kubeless, host = "", npmRegistry = "" }) => {
      await using server = await startSourceServer(host);
      server.put("say.zip", await readFile(fixture("with-deps.zip")));
      server.put("package.json", await readFile(fixture("with-deps/package.json")));
      const from = ["-f", server.urlOf("say.zip"), "-d", server.urlOf("package.json")];
      const settings = ["--handler", "index.say", "-r", "nodejs24", "--env", `NPM_REGISTRY=${npmRegistry}`];
      await kubeless("function", "deploy", "web-deps", ...from, ...settings, "--wait");
      expect(await kubeless("function", "call", "web-deps", "-d", "hello world")).toBe(
        "helloWorld 4.17.20\n",
      );
    },
    ["a server that functions reach", "an npm registry"],
  );

  scenario(
    "a folder brings its own dependencies",
    async ({ kubeless, npmRegistry = "" }) => {
      const settings = ["--handler", "index.say", "--env", `NPM_REGISTRY=${npmRegistry}`];
      await kubeless("function", "deploy", "own-deps", fixture("with-deps"), ...settings, "--wait");
      expect(await kubeless("function", "call", "own-deps", "-d", "hello world")).toBe(
        "helloWorld 4.17.20\n",
      );
    },
    ["an npm registry"],
  );
});
