import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, nkeys } from "nats";
import { describe, expect, onTestFinished, test } from "vitest";
import { fromUrl } from "./connection-options.ts";
import { type Bound, bind as bindTo } from "./fixtures/bind.ts";
import { startConfiguredServer, startNatsServer, tools } from "./fixtures/nats-server.ts";
import { createOperated } from "./fixtures/operator.ts";
import { serveFunction } from "./fixtures/target.ts";

type Secret = Readonly<Record<string, string | Uint8Array>>;

/** A binding that logs in with a Secret; a subject that it reads. */
function login(
  server: string,
  secret: Secret | undefined,
  tls?: { secret?: Secret; insecureSkipVerify?: boolean },
): Bound {
  const { secret: certificates, ...more } = tls ?? {};
  const connection = {
    servers: [server],
    ...(secret === undefined ? {} : { secretName: "login" }),
    ...(tls === undefined
      ? {}
      : { tls: { ...more, ...(certificates === undefined ? {} : { secretName: "certificates" }) } }),
  };
  const secrets = { login: secret ?? {}, certificates: certificates ?? {} };
  return bindTo({ topic: "orders", connection }, undefined, { servers: "127.0.0.1:1", secrets });
}

const fault = (bound: Bound) => expect.poll(() => bound.faults[0], { timeout: 10_000 });

describe.skipIf(tools === "")("logging in to NATS (KUBELESS_TEST_TOOLS)", () => {
  test("with user and password; a wrong one and none are refused, and told", async () => {
    const { environment } = await startNatsServer("--user", "u", "--password", "p@ss/1");
    const server = environment.NATS_SERVERS ?? "";
    await login(server, { username: "u", password: "p@ss/1\n" }).connected;
    await fault(login(server, { username: "u", password: "wrong" })).toMatchObject({
      reason: "AuthenticationFailed",
      message: expect.not.stringContaining("wrong"),
    });
    await fault(login(server, undefined)).toMatchObject({ reason: "AuthenticationFailed" });
    const byUrl = bindTo({ topic: "orders" }, await serveFunction(), {
      servers: `nats://u:${encodeURIComponent("p@ss/1")}@${server}`,
    });
    await byUrl.connected;
  }, 30_000);

  test("with a token", async () => {
    const { environment } = await startNatsServer("--token", "t0ken");
    const server = environment.NATS_SERVERS ?? "";
    await login(server, { token: "t0ken" }).connected;
    await fault(login(server, { token: "other" })).toMatchObject({ reason: "AuthenticationFailed" });
  }, 30_000);

  test("with the seed of an nkey", async () => {
    const user = nkeys.createUser();
    const { address: server } = await startConfiguredServer(
      `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`,
    );
    await login(server, { "nkey.seed": user.getSeed() }).connected;
    await fault(login(server, { "nkey.seed": nkeys.createUser().getSeed() })).toMatchObject({
      reason: "AuthenticationFailed",
    });
    await fault(login(server, { "nkey.seed": "no seed" })).toMatchObject({
      reason: "SecretInvalid",
      message: expect.stringContaining("nkey.seed of the Secret login cannot be used"),
    });
  }, 30_000);

  test("with credentials that an operator has signed", async () => {
    const { configuration, credentials } = createOperated();
    const { address: server } = await startConfiguredServer(configuration);
    await login(server, { "nats.creds": credentials }).connected;
    await fault(login(server, { "nats.creds": createOperated().credentials })).toMatchObject({
      reason: "AuthenticationFailed",
    });
    await fault(login(server, { "nats.creds": "garbage" })).toMatchObject({ reason: "SecretInvalid" });
  }, 30_000);

  test("a Secret without any of the keys says which there are", async () => {
    await fault(login("127.0.0.1:1", { other: "x" })).toEqual({
      reason: "SecretInvalid",
      message: "The Secret login needs nats.creds, nkey.seed, token, or username and password.",
    });
  });

  test("a right that the user does not have is told, and tried for again", async () => {
    const { address: server } = await startConfiguredServer(
      'authorization { users: [ { user: u, password: p, permissions: { subscribe: { deny: "orders" } } } ] }',
    );
    const bound = login(server, { username: "u", password: "p" });
    await fault(bound).toMatchObject({
      reason: "AuthenticationFailed",
      message: expect.stringContaining("orders"),
    });
    expect(bound.rebuilt).toEqual([]);
  }, 30_000);

  test("a right to read a stream that the user does not have is told until it is given", async () => {
    const folder = await mkdtemp(join(tmpdir(), "nats-store-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const configured = (denied: string) => `
      jetstream: { store_dir: "${folder}" }
      authorization { users: [
        { user: admin, password: p },
        { user: u, password: p, permissions: { publish: { deny: "${denied}" } } }
      ] }`;
    const { address, reload } = await startConfiguredServer(configured("$JS.API.CONSUMER.MSG.NEXT.>"));
    const admin = await connect({ servers: address, user: "admin", pass: "p" });
    onTestFinished(() => admin.close());
    await (await admin.jetstreamManager()).streams.add({ name: "orders", subjects: ["orders"] });
    const connection = { servers: [address], secretName: "login" };
    const target = await serveFunction();
    const bound = bindTo({ topic: "orders", connection, jetStream: { stream: "orders" } }, target, {
      servers: undefined,
      secrets: { login: { username: "u", password: "p" } },
    });
    await expect.poll(() => bound.standing, { timeout: 20_000 }).toEqual(["well", "faulty", "faulty"]);
    expect(bound.faults[0]).toEqual({
      reason: "AuthenticationFailed",
      message: expect.stringContaining('publish to "$JS.API.CONSUMER.MSG.NEXT.orders.'),
    });
    await reload(configured("others"));
    await expect.poll(() => bound.standing.at(-1), { timeout: 20_000 }).toBe("well");
    await admin.jetstream().publish("orders", "one");
    await target.received(1);
  }, 60_000);

  test("over TLS, by the authority that the Secret holds", async () => {
    const { environment } = await startNatsServer("--tls");
    const server = environment.NATS_SERVERS ?? "";
    const ca = readFileSync(environment.NATS_CA ?? "");
    await login(server, undefined, { secret: { "ca.crt": ca } }).connected;
    await login(server, undefined, { insecureSkipVerify: true }).connected;
    await fault(login(server, undefined, {})).toMatchObject({
      reason: "ConnectionFailed",
      message: expect.stringContaining("certificate"),
    });
  }, 30_000);

  test("over TLS with a certificate of the client's", async () => {
    const { environment } = await startNatsServer("--mtls");
    const server = environment.NATS_SERVERS ?? "";
    const [ca, certificate, key] = [environment.NATS_CA, environment.NATS_CERT, environment.NATS_KEY].map(
      (file) => readFileSync(file ?? ""),
    );
    const secret = { "ca.crt": ca ?? "", "tls.crt": certificate ?? "", "tls.key": key ?? "" };
    await login(server, undefined, { secret }).connected;
    await fault(login(server, undefined, { secret: { "ca.crt": ca ?? "" } })).toMatchObject({
      reason: "ConnectionFailed",
    });
  }, 30_000);
});

test.each([
  ["nats://a:4222", ["nats://a:4222"], false],
  ["a:4222, tls://b:4223", ["nats://a:4222", "tls://b:4223"], false],
  ["nats://u:p%40ss@a:4222,nats://b:4222", ["nats://a:4222", "nats://b:4222"], true],
  ["nats://token@a:4222", ["nats://a:4222"], true],
  ["nats://[::1]:4222", ["nats://[::1]:4222"], false],
])("NATS_URL %j names servers, and perhaps a login", (url, servers, hasLogin) => {
  const options = fromUrl(url);
  expect(options.servers).toEqual(servers);
  expect(options.authenticator !== undefined).toBe(hasLogin);
});
