import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { callHost } from "@kubeless/controller-kit/testing";
import { generate } from "selfsigned";
import { expect, vi } from "vitest";
import type { TestCluster } from "../../cluster/test-cluster.ts";
import { fixture } from "../../fixtures.ts";
import { findGateway, untilAnswered } from "../../gateway.ts";
import { type Need, onEachCluster } from "../../on-each-cluster.ts";

/** One function that says what it was asked, for one scenario. */
async function deploy({ kubeless }: TestCluster, name: string): Promise<void> {
  await kubeless("function", "deploy", name, "-f", fixture("request.js"), "--wait");
}

/** Who lets in `me:1`: htpasswd -bns me 1 */
async function createUsers({ kubectl }: TestCluster, name: string): Promise<void> {
  const users = "--from-literal=auth=me:{SHA}NWoZK3kTsExUV00Ywo1G5jlUKKs=";
  await kubectl("create", "secret", "generic", name, users);
}

async function createCertificate({ kubectl }: TestCluster, name: string, host: string): Promise<void> {
  const { private: key, cert } = await generate([{ name: "commonName", value: host }], {
    keyType: "ec",
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: host }] }],
  });
  const folder = await mkdtemp(join(tmpdir(), "certificate-"));
  await writeFile(join(folder, "tls.crt"), cert);
  await writeFile(join(folder, "tls.key"), key);
  const files = ["--cert", join(folder, "tls.crt"), "--key", join(folder, "tls.key")];
  await kubectl("create", "secret", "tls", name, ...files);
  await rm(folder, { recursive: true });
}

const isGone = ({ kubectl }: TestCluster, object: string) =>
  kubectl("wait", object, "--for=delete", "--timeout=30s");

for (const gateway of ["nginx", "traefik"] as const) {
  const needs: readonly Need[] = ["a cluster's kubectl", `the Ingress class ${gateway}`];

  onEachCluster(
    `HTTP triggers of class ${gateway}`,
    (scenario) => {
      const hostOf = ({ namespace }: TestCluster, name: string) =>
        `${name}.${namespace}.${gateway}.localhost`;
      const create = ({ kubeless }: TestCluster, name: string, ...argv: string[]) =>
        kubeless("trigger", "http", "create", name, "--gateway", gateway, ...argv);

      scenario(
        "answers on its host, then on another, and leaves nothing when it is deleted",
        async (cluster) => {
          const { kubeless, kubectl } = cluster;
          const [before, after] = [hostOf(cluster, "before"), hostOf(cluster, "after")];
          await deploy(cluster, "hosted");
          await create(cluster, "hosted", "--function-name", "hosted", "--hostname", before);
          await kubectl("wait", "httptrigger/hosted", "--for=condition=Ready", "--timeout=30s");
          const found = await findGateway(cluster, "hosted");
          await untilAnswered({ status: 200, body: "GET /a?b=1" }, found, before, { path: "/a?b=1" });
          expect(await kubeless("trigger", "http", "list", "hosted")).toMatch(
            new RegExp(`^hosted +${cluster.namespace} +hosted +http://${before}(:\\d+)?/ +READY$`, "m"),
          );
          await kubeless("trigger", "http", "update", "hosted", "--hostname", after);
          await untilAnswered({ status: 200 }, found, after);
          await untilAnswered({ status: 404 }, found, before);
          await kubeless("trigger", "http", "delete", "hosted");
          await isGone(cluster, "ingress/hosted");
          await untilAnswered({ status: 404 }, found, after);
          expect(await kubectl("get", "httptriggers", "-o", "name")).not.toContain("/hosted");
        },
        needs,
      );

      scenario(
        "two functions answer behind one host, each below its path",
        async (cluster) => {
          const host = hostOf(cluster, "shared");
          await Promise.all(["one", "two"].map((name) => deploy(cluster, name)));
          for (const name of ["one", "two"])
            await create(cluster, name, "--function-name", name, "--hostname", host, "--path", name);
          const found = await findGateway(cluster, "one");
          for (const name of ["one", "two"])
            await untilAnswered({ status: 200 }, found, host, { path: `/${name}/x` });
          expect((await callHost(found, host, { path: "/oneness" })).status).toBe(404);
          expect((await callHost(found, host)).status).toBe(404);
        },
        needs,
      );

      scenario(
        "shows a certificate of one's own, also when its Secret comes after the trigger, and asks for a password before and after",
        async (cluster) => {
          const { kubectl } = cluster;
          const host = hostOf(cluster, "secure");
          await createUsers(cluster, "secure-users");
          await deploy(cluster, "secure");
          const argv = ["--function-name", "secure", "--hostname", host, "--tls-secret", "certificate"];
          await create(cluster, "secure", ...argv, "--basic-auth-secret", "secure-users");
          const reason = `--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=SecretNotFound`;
          await kubectl("wait", "httptrigger/secure", reason, "--timeout=30s");
          // Not every gateway says where it is while the certificate is missing.
          await create(cluster, "plain", "--function-name", "secure", "--hostname", hostOf(cluster, "plain"));
          const found = await findGateway(cluster, "plain");
          await untilAnswered({ status: 200 }, found, hostOf(cluster, "plain"));
          // Who makes certificates for Ingresses needs to see one.
          await kubectl("wait", "ingress/secure", "--for=create", "--timeout=30s");
          for (const isSecure of [false, true]) {
            const early = await callHost(found, host, { isSecure }).catch(() => undefined);
            expect(early?.status).not.toBe(200);
          }
          await createCertificate(cluster, "certificate", host);
          const guarded = { status: 401, commonName: host };
          await untilAnswered(guarded, found, host, { path: "/x", isSecure: true });
          const answer = { status: 200, body: "GET /x", commonName: host };
          await untilAnswered(answer, found, host, { path: "/x", isSecure: true, user: "me:1" });
          await kubectl("wait", "httptrigger/secure", "--for=condition=Ready", "--timeout=30s");
          const url = await kubectl("get", "httptrigger", "secure", "-o", "jsonpath={.status.url}");
          expect(url).toMatch(new RegExp(`^https://${host}`));
        },
        needs,
      );

      scenario(
        "asks for a password, is withdrawn without its Secret, and is open when told so",
        async (cluster) => {
          const { kubeless, kubectl } = cluster;
          const host = hostOf(cluster, "guarded");
          await createUsers(cluster, "users");
          await deploy(cluster, "guarded");
          const argv = ["--function-name", "guarded", "--hostname", host, "--basic-auth-secret", "users"];
          await create(cluster, "guarded", ...argv);
          const found = await findGateway(cluster, "guarded");
          await untilAnswered({ status: 401 }, found, host);
          await untilAnswered({ status: 200 }, found, host, { user: "me:1" });
          expect((await callHost(found, host, { user: "me:2" })).status).toBe(401);
          await kubectl("delete", "secret", "users");
          await untilAnswered({ status: 404 }, found, host, { user: "me:1" });
          const reason = `--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=SecretNotFound`;
          await kubectl("wait", "httptrigger/guarded", reason, "--timeout=30s");
          expect(await kubeless("trigger", "http", "describe", "guarded")).toContain(
            "create it with an htpasswd",
          );
          await kubeless("trigger", "http", "update", "guarded", "--basic-auth-secret", "");
          await untilAnswered({ status: 200 }, found, host);
        },
        needs,
      );

      scenario(
        "answers browsers of other origins when cors-enable is set in its YAML, and no longer without",
        async (cluster) => {
          const { kubeless, apply } = cluster;
          const host = hostOf(cluster, "cors");
          await deploy(cluster, "cors");
          const spec = { "function-name": "cors", "host-name": host, gateway, "cors-enable": true };
          const metadata = { name: "cors" };
          await apply({ apiVersion: "kubeless.io/v1beta1", kind: "HTTPTrigger", metadata, spec });
          const found = await findGateway(cluster, "cors");
          const headers = { origin: "https://a.example.com", "access-control-request-method": "POST" };
          const preflight = async () =>
            (await callHost(found, host, { method: "OPTIONS", headers })).headers["access-control-max-age"];
          await vi.waitFor(async () => expect(await preflight()).toBe("1728000"), { timeout: 30_000 });
          const { origin } = headers;
          expect((await callHost(found, host, { headers: { origin } })).headers).toMatchObject({
            "access-control-allow-origin": expect.stringMatching(/^(\*|https:\/\/a\.example\.com)$/),
          });
          await kubeless("trigger", "http", "update", "cors", "--cors-enable=false");
          // What is answered then is the function's own affair.
          await vi.waitFor(async () => expect(await preflight()).not.toBe("1728000"), { timeout: 30_000 });
        },
        needs,
      );

      scenario(
        "is kept without its function, says so, and answers when it is deployed again",
        async (cluster) => {
          const { kubeless, kubectl } = cluster;
          const host = hostOf(cluster, "again");
          await create(cluster, "again", "--function-name", "again", "--hostname", host);
          const missing = `--for=jsonpath={.status.conditions[?(@.type=="Ready")].reason}=FunctionNotFound`;
          for (const _ of ["first", "second"]) {
            await kubectl("wait", "httptrigger/again", missing, "--timeout=30s");
            await deploy(cluster, "again");
            await untilAnswered({ status: 200 }, await findGateway(cluster, "again"), host);
            await kubeless("function", "delete", "again");
            await isGone(cluster, "ingress/again");
          }
        },
        needs,
      );
    },
    {
      controllers: ["function-controller", "http-trigger"],
      // The local router answers for the class nginx alone.
      ...(gateway === "traefik" ? { only: "Kubernetes" } : {}),
    },
  );
}
