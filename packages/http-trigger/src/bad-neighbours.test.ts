import { resources } from "@kubeless/controller-kit";
import { expect, test } from "vitest";
import { openController } from "./fixtures/controller.ts";
import { httpTriggers } from "./kinds.ts";

const bad: readonly (readonly [reason: string, spec: object])[] = [
  ["InvalidSpec", { path: 'a"b' }],
  ["InvalidSpec", { path: "grüße" }],
  ["FunctionNotFound", { "function-name": "nobody" }],
  ["SecretNotFound", { "basic-auth-secret": "nobody" }],
  ["SecretNotFound", { "tls-secret": "nobody" }],
  ["SecretInvalid", { "basic-auth-secret": "odd" }],
  ["SecretInvalid", { "tls-secret": "odd" }],
  ["Unsupported", { methods: ["GET"] }],
  ["GatewayNotFound", { gateway: "gateway-api", parentRef: { name: "nobody" } }],
  ["ApplyFailed", { annotations: { "no key": "x" } }],
];
const ROUNDS = 4;

test("bad triggers among good ones say what is wrong with them, and no good one waits for them", async () => {
  const { client, start } = await openController();
  const metadata = (name: string) => ({ namespace: "default", name });
  await client.create(resources.secrets, { metadata: metadata("odd"), data: { other: "eA==" } } as never);
  const create = (name: string, spec: object) =>
    client.create(httpTriggers, {
      metadata: metadata(name),
      spec: { "function-name": "hello", "host-name": "h.example.com", gateway: "nginx", ...spec },
    } as never);
  const expected: Record<string, string> = {};
  for (const [index, [reason, spec]] of Array.from({ length: ROUNDS }, () => bad)
    .flat()
    .entries()) {
    await create(`bad-${index}`, spec);
    expected[`bad-${index}`] = reason;
    await create(`good-${index}`, {});
    expected[`good-${index}`] = "Pending"; // No gateway has said anything yet.
  }
  const reasons = async () => {
    const { items } = await client.list(httpTriggers);
    return Object.fromEntries(
      items.map(({ metadata: { name }, status }) => [
        name,
        status?.conditions?.find(({ type }) => type === "Ready")?.reason,
      ]),
    );
  };

  const manager = await start();
  await manager.idle();
  expect(await reasons()).toEqual(expected);
  const { items } = await client.list(resources.ingresses);
  const names = items.map(({ metadata: { name } }) => name);
  expect(names.filter((name) => name.startsWith("good-"))).toHaveLength(bad.length * ROUNDS);
  const onlyWithoutCertificate = bad.filter(([, spec]) => "tls-secret" in spec);
  expect(names.filter((name) => name.startsWith("bad-"))).toHaveLength(
    onlyWithoutCertificate.length * ROUNDS,
  );
});
