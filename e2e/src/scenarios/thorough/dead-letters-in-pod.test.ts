import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deadLetterHeaders } from "@kubeless/api-types";
import { connect, headers, type NatsConnection } from "nats";
import { expect } from "vitest";
import type { TestCluster } from "../../cluster/test-cluster.ts";
import { environment } from "../../environment.ts";
import { forwardFrom } from "../../forward.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

const servers = environment.natsServers?.split(",") ?? [];

interface Place {
  readonly connection: NatsConnection;
  /** The streams that a trigger reads, and where its dead letters lie, as letters of it. */
  readonly stream: string;
  readonly dead: string;
  /** Adds a dead letter. */
  fail(body: Uint8Array): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A trigger whose login lies in a Secret that no person reads. No function is there for it. */
async function createTrigger(cluster: TestCluster, name: string): Promise<Place> {
  const { namespace, host = "", apply } = cluster;
  const connection = await connect({ servers });
  const server = new URL(`nats://${servers[0]?.replace(/^.*:\/\//, "")}`);
  const { port, close } = await forwardFrom(host, server);
  const [stream, dead] = [`S${crypto.randomUUID()}`, `D${crypto.randomUUID()}`];
  const { streams } = await connection.jetstreamManager();
  for (const each of [stream, dead]) await streams.add({ name: each, subjects: [`${each}.>`] });
  const stringData = { username: "shop", password: "a password" };
  await apply({ apiVersion: "v1", kind: "Secret", metadata: { name }, stringData });
  const spec = specOf(stream, { subject: `${dead}.letters` });
  const reached = { servers: [`nats://${host}:${port}`], secretName: name };
  await apply({ ...trigger, metadata: { name }, spec: { ...spec, connection: reached } });
  return {
    connection,
    stream,
    dead,
    async fail(body) {
      const said = headers();
      said.set(deadLetterHeaders.trigger, `${namespace}/${name}`);
      said.set(deadLetterHeaders.function, "bill");
      said.set(deadLetterHeaders.subject, `${stream}.orders`);
      said.set(deadLetterHeaders.cause, "Größe fehlt");
      said.set("X-Shop", "north");
      await connection.jetstream().publish(`${dead}.letters`, body, { headers: said });
    },
    async [Symbol.asyncDispose]() {
      for (const each of [stream, dead]) await streams.delete(each);
      await connection.close();
      close();
    },
  };
}

const trigger = { apiVersion: "kubeless.io/v1beta1", kind: "NATSTrigger" };

function specOf(stream: string, deadLetter: object): object {
  return {
    topic: `${stream}.>`,
    functionSelector: { matchLabels: { function: "nobody" } },
    jetStream: { stream },
    delivery: { guarantee: "atLeastOnce", deadLetter },
  };
}

/** The message of a stream, by its sequence. */
async function read({ connection }: Place, stream: string, seq: number) {
  const { streams } = await connection.jetstreamManager();
  return await streams.getMessage(stream, { seq });
}

const letters = ({ try: run }: TestCluster, ...argv: readonly string[]) =>
  run("trigger", "nats", "dead-letters", ...argv);

onEachCluster(
  "dead letters by way of the controller's pod",
  (scenario) => {
    scenario(
      "are listed, shown byte for byte, sent again once, and deleted",
      async (cluster) => {
        await using place = await createTrigger(cluster, "orders");
        const { stream, dead, fail } = place;
        const bodies = [
          Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
          Buffer.from("zwei"),
          randomBytes(1_000_000),
        ];
        for (const body of bodies) await fail(body);

        const listed = await letters(cluster, "list", "orders");
        expect(listed).toMatchObject({ code: 0, stderr: "" });
        for (const sequence of [1, 2, 3]) expect(listed.stdout).toContain(`${dead}:${sequence} `);
        expect(listed.stdout).toContain("Größe fehlt");
        for (const [index, body] of bodies.entries()) {
          const { code, bytes, stderr } = await letters(cluster, "show", "orders", `${dead}:${index + 1}`);
          expect(code).toBe(0);
          expect(body.equals(bytes)).toBe(true);
          expect(stderr).toMatch(/x-shop:? +north/i);
        }

        const one = await letters(cluster, "redrive", "orders", `${dead}:2`);
        expect(one).toMatchObject({ code: 0, stdout: `${dead}:2 sent as ${stream}:1\n` });
        const rest = await letters(cluster, "redrive", "orders");
        expect(rest.stdout).toBe(`${dead}:1 sent as ${stream}:2\n${dead}:3 sent as ${stream}:3\n`);
        expect((await letters(cluster, "redrive", "orders")).stderr).toContain("0 sent again");
        const again = await read(place, stream, 3);
        expect(bodies[2]?.equals(again.data)).toBe(true);
        expect([again.subject, again.header.get("X-Shop")]).toEqual([`${stream}.orders`, "north"]);

        await fail(Buffer.from("gone"));
        const purged = await letters(cluster, "purge", "orders");
        expect(purged).toMatchObject({ code: 0, stderr: expect.stringContaining("1 deleted") });
        expect(await letters(cluster, "show", "orders", `${dead}:4`)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining(`There is no dead letter ${dead}:4 of this trigger`),
        });
      },
      ["a cluster's kubectl", "a server that functions reach", "NATS servers"],
    );

    scenario(
      "a message as large as the servers take is published with the trigger's login",
      async (cluster) => {
        await using place = await createTrigger(cluster, "large");
        const body = "ä".repeat(500_000);
        const folder = await mkdtemp(join(tmpdir(), "kubeless-e2e-"));
        await writeFile(join(folder, "body"), body);
        const { code, stdout, stderr } = await cluster.try(
          ...["trigger", "nats", "publish", "--trigger", "large"],
          ...["--topic", `${place.stream}.a`, "--data", `@${folder}/body`],
        );
        await rm(folder, { recursive: true });
        expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: `${place.stream}:1\n`, stderr: "" });
        expect((await read(place, place.stream, 1)).string()).toBe(body);
      },
      ["a cluster's kubectl", "a server that functions reach", "NATS servers"],
    );

    scenario(
      "what is wrong there is told here",
      async (cluster) => {
        const { apply, host = "", namespace } = cluster;
        const away = { servers: [`nats://${host}:1`] };
        const locked = { ...away, secretName: "absent" };
        const spec = specOf("S", { subject: "D.letters" });
        for (const [name, connection] of Object.entries({ away, locked }))
          await apply({ ...trigger, metadata: { name }, spec: { ...spec, connection } });
        const faults = [
          ["list", "ghost", `There is no NATSTrigger ghost in namespace ${namespace}.`],
          ["redrive", "away", "The servers cannot be reached: "],
          ["purge", "locked", `There is no Secret absent in ${namespace}.`],
        ] as const;
        for (const [verb, name, sentence] of faults) {
          const { code, stdout, stderr } = await letters(cluster, verb, name);
          expect([code, stdout]).toEqual([1, ""]);
          expect(stderr).toContain(`Error: ${sentence}`);
        }
      },
      ["a cluster's kubectl", "a server that functions reach", "NATS servers"],
    );
  },
  { controllers: ["nats-trigger"], only: "Kubernetes" },
);
