import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { findBroker, howToStartOne } from "./broker.ts";

async function listen(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const nobody = "127.0.0.1:1";

test("a broker that answers is used: NATS first, with the login left to the platform", async () => {
  const [nats, kafka] = [`nats://${await listen()}`, await listen()];
  expect(await findBroker({ NATS_URL: nats, KAFKA_BROKERS: kafka })).toEqual({
    kind: "nats",
    access: ["--servers", nats],
    connection: ["--servers", nats],
  });
  const login = nats.replace("//", "//user:password@");
  expect(await findBroker({ NATS_URL: login })).toMatchObject({
    access: ["--servers", login],
    connection: [],
  });
  expect(await findBroker({ NATS_URL: nobody.replace(/^/, "nats://"), KAFKA_BROKERS: kafka })).toEqual({
    kind: "kafka",
    access: ["--brokers", kafka],
    connection: ["--brokers", kafka],
  });
});

test("without one it is said where none was, without a password, and how to start one", async () => {
  const environment = { NATS_URL: `nats://user:password@${nobody}`, KAFKA_BROKERS: nobody };
  expect(await findBroker(environment)).toBeUndefined();
  expect(howToStartOne(environment)).toMatch(/^Nobody answers at nats:\/\/127\.0\.0\.1:1 .*nats-server/s);
});
