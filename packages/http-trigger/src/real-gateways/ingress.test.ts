import { setTimeout } from "node:timers/promises";
import { resources } from "@kubeless/controller-kit";
import { generate } from "selfsigned";
import { beforeAll, describe, expect, it } from "vitest";
import {
  call,
  hasGateways,
  untilAnswered,
  useGateways,
  whatGatewaysNeed,
} from "../fixtures/real-gateways.ts";
import { functions, httpTriggers } from "../kinds.ts";

describe.skipIf(!hasGateways)(`a trigger through real ingress gateways ${whatGatewaysNeed}`, () => {
  const { namespace, client, deploy, createSecret, create, change, becomes, hostOf } = useGateways();

  describe.each(["nginx", "traefik"])("of class %s", (gateway) => {
    const named = (name: string) => `${gateway}-${name}`;
    let stripsPaths = true;
    beforeAll(async () => {
      if (gateway === "nginx") stripsPaths = await knowsRewriteTarget();
    }, 60_000);

    it("answers on its host, then on another, and not when it is deleted", async () => {
      const [before, after] = [hostOf(named("before")), hostOf(named("after"))];
      await create(named("host"), { gateway, "host-name": before });
      expect((await untilAnswered(200, before, "/a?b=1")).body).toBe("hello GET /a?b=1");
      await becomes(named("host"), "Ready");
      expect((await client.get(httpTriggers, { namespace, name: named("host") })).status).toMatchObject({
        url: `http://${before}/`,
        addresses: ["127.0.0.1"],
      });
      await change(named("host"), { "host-name": after });
      expect((await untilAnswered(200, after)).body).toBe("hello GET /");
      await untilAnswered(404, before);
      await client.delete(httpTriggers, { namespace, name: named("host") });
      await untilAnswered(404, after);
    });

    it("has two functions behind one host, each below its own path and nowhere else", async () => {
      const host = hostOf(named("shared"));
      await create(named("one"), { gateway, "host-name": host, path: "one" });
      await create(named("two"), { gateway, "host-name": host, path: "/two/", "function-name": "other" });
      expect((await untilAnswered(200, host, "/one/x")).body).toMatch(/^hello GET /);
      expect((await untilAnswered(200, host, "/two/")).body).toMatch(/^other GET /);
      for (const path of ["/", "/oneness", "/on", "/x/one"])
        expect((await call(host, path)).status).toBe(404);
    });

    it("strips its path", async ({ skip }) => {
      if (!stripsPaths) return skip("what serves the class nginx here does not know rewrite-target");
      const host = hostOf(named("path"));
      await create(named("path"), { gateway, "host-name": host, path: "api/v1.0" });
      expect((await untilAnswered(200, host, "/api/v1.0/x/y?z=1")).body).toBe("hello GET /x/y?z=1");
      expect((await call(host, "/api/v1.0")).body).toBe("hello GET /");
      expect((await call(host, "/api/v1x0")).status).toBe(404);
    });

    it("asks for a password, withdraws without the Secret's key, and is open when told so", async () => {
      const host = hostOf(named("auth"));
      await create(named("auth"), { gateway, "host-name": host, "basic-auth-secret": "users" });
      await untilAnswered(401, host);
      expect((await untilAnswered(200, host, "/", { user: "me:1" })).body).toBe("hello GET /");
      expect((await call(host, "/", { user: "me:2" })).status).toBe(401);
      await change(named("auth"), { "basic-auth-secret": "nobody" });
      await untilAnswered(404, host, "/", { user: "me:1" });
      await becomes(named("auth"), "SecretNotFound");
      await change(named("auth"), { "basic-auth-secret": "" });
      await untilAnswered(200, host);
      await change(named("auth"), { "basic-auth-secret": "users" });
      await untilAnswered(401, host);
    });

    it("is withdrawn when its Secret goes, and asks for a password again when it is back", async () => {
      const [host, secret] = [hostOf(named("gone")), named("few")];
      const users = { auth: "me:{SHA}NWoZK3kTsExUV00Ywo1G5jlUKKs=" };
      await createSecret(secret, "Opaque", users);
      await create(named("gone"), { gateway, "host-name": host, "basic-auth-secret": secret });
      await untilAnswered(401, host);
      await client.delete(resources.secrets, { namespace, name: secret });
      await untilAnswered(404, host);
      await becomes(named("gone"), "SecretNotFound");
      await createSecret(secret, "Opaque", users);
      await untilAnswered(401, host);
      await untilAnswered(200, host, "/", { user: "me:1" });
    });

    it("answers a browser's preflight, and stops when told so", async () => {
      const host = hostOf(named("cors"));
      const preflight = {
        method: "OPTIONS",
        headers: { origin: "https://a.example.com", "access-control-request-method": "POST" },
      };
      const isAllowed = async () =>
        (await call(host, "/", preflight)).headers["access-control-allow-origin"] !== undefined;
      await create(named("cors"), { gateway, "host-name": host, "cors-enable": true });
      await untilAnswered(200, host);
      while (!(await isAllowed())) await setTimeout(50);
      expect((await call(host, "/", preflight)).headers).toMatchObject({
        "access-control-allow-origin": expect.stringMatching(/^(\*|https:\/\/a\.example\.com)$/),
        "access-control-allow-methods": expect.stringContaining("POST"),
      });
      const { origin } = preflight.headers;
      expect((await call(host, "/", { headers: { origin } })).headers).toMatchObject({
        "access-control-allow-origin": expect.stringMatching(/^(\*|https:\/\/a\.example\.com)$/),
      });
      await change(named("cors"), { "cors-enable": false });
      while (await isAllowed()) await setTimeout(50);
    });

    it("shows the certificate of its Secret", async () => {
      const host = hostOf(named("tls"));
      const { private: key, cert } = await generate([{ name: "commonName", value: host }], {
        keyType: "ec",
        extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: host }] }],
      });
      await createSecret(named("cert"), "kubernetes.io/tls", { "tls.crt": cert, "tls.key": key });
      await create(named("tls"), { gateway, "host-name": host, "tls-secret": named("cert") });
      let answer = await untilAnswered(200, host, "/", { isSecure: true });
      while (answer.commonName !== host) answer = await untilAnswered(200, host, "/", { isSecure: true });
      expect(answer.body).toBe("hello GET /");
    });
  });

  /** Asked of an Ingress as the documentation of ingress-nginx has it, and not of ours. */
  async function knowsRewriteTarget(): Promise<boolean> {
    const host = hostOf("probe");
    const prefix = "nginx.ingress.kubernetes.io";
    const backend = { service: { name: "hello", port: { number: 8080 } } };
    const path = { path: "/something(/|$)(.*)", pathType: "ImplementationSpecific", backend };
    const annotations = { [`${prefix}/use-regex`]: "true", [`${prefix}/rewrite-target`]: "/$2" };
    const spec = { ingressClassName: "nginx", rules: [{ host, http: { paths: [path] } }] };
    const metadata = { namespace, name: "probe", annotations };
    await client.create(resources.ingresses, { metadata, spec } as never);
    return (await untilAnswered(200, host, "/something/new")).body === "hello GET /new";
  }

  it("leaves a foreign Ingress of its name alone, and says so", async () => {
    const spec = { defaultBackend: { service: { name: "theirs", port: { number: 80 } } } };
    const theirs = await client.create(resources.ingresses, {
      metadata: { namespace, name: "foreign" },
      spec,
    } as never);
    await create("foreign", { gateway: "nginx", "host-name": hostOf("foreign") });
    await becomes("foreign", "ConflictingObject");
    await client.delete(httpTriggers, { namespace, name: "foreign" });
    expect((await client.get(resources.ingresses, { namespace, name: "foreign" })).spec).toEqual(theirs.spec);
  });

  it("keeps a trigger whose function goes, and publishes it when it is back", async () => {
    const host = hostOf("back");
    await create("back", { gateway: "nginx", "host-name": host, "function-name": "later" });
    await becomes("back", "FunctionNotFound");
    await deploy("later");
    expect((await untilAnswered(200, host)).body).toBe("later GET /");
    await client.delete(functions, { namespace, name: "later" });
    await becomes("back", "FunctionNotFound");
    await untilAnswered(404, host);
  });

  it("undoes a hand's change of its Ingress, annotations too", async () => {
    await create("hand", { gateway: "nginx", "host-name": hostOf("hand"), "cors-enable": true });
    await untilAnswered(200, hostOf("hand"));
    const name = { namespace, name: "hand" };
    const cors = "nginx.ingress.kubernetes.io/enable-cors";
    const isOurs = async () => {
      const { metadata, spec } = await client.get(resources.ingresses, name);
      return spec?.rules?.[0]?.host === hostOf("hand") && metadata.annotations?.[cors] === "true";
    };
    await client.patch(resources.ingresses, name, {
      metadata: { annotations: { [cors]: "false" } },
      spec: { rules: [{ host: "b.example.com" }] },
    } as never);
    while (!(await isOurs())) await setTimeout(50);
  });
});
