import assert from "node:assert/strict";
import { deadLetterHeaders, eventExtensionHeaders } from "@kubeless/api-types";
import type { Guarantee } from "../source.ts";
import { numbered, numbersOf } from "./numbered.ts";
import type { CaseDefinition } from "./source-cases.ts";
import { until } from "./until.ts";

const quick = { maxAttempts: 3, minBackoffMs: 1, maxBackoffMs: 10 };
const atLeastOnce = { guarantee: "atLeastOnce", retry: quick };

const can = (guarantee: Guarantee) => (capabilities: { readonly guarantees: readonly Guarantee[] }) =>
  capabilities.guarantees.includes(guarantee);

/** Once for each guarantee that the source knows. */
const deliversOnce = (guarantee: Guarantee): CaseDefinition => ({
  name: `${guarantee}: every event reaches the function once, under an id of its own, in the order of its lane`,
  concerns: can(guarantee),
  async run({ topic, serve, bind }) {
    const target = await serve();
    await bind(target, { delivery: { guarantee } });
    await topic.publish(numbered(0, 40), 0);
    await topic.publish(numbered(40, 40), 1);
    await target.received(80);
    await topic.publish(numbered(80, 1), 0);
    await target.received(81);
    assert.deepEqual(
      numbersOf(target).toSorted((a, b) => a - b),
      [...Array(81).keys()],
    );
    assert.equal(new Set(target.calls.map(({ id }) => id)).size, 81);
  },
});

export const deliveryCases: readonly CaseDefinition[] = [
  deliversOnce("atMostOnce"),
  deliversOnce("atLeastOnce"),
  {
    name: "order by partition: a lane's events come one after the other, as they were published",
    concerns: ({ orderings }) => orderings.includes("partition"),
    async run({ topic, serve, bind }) {
      const target = await serve();
      await bind(target, { delivery: { ordering: "partition" } });
      await topic.publish(numbered(0, 50), 0);
      await target.received(50);
      assert.deepEqual(numbersOf(target), [...Array(50).keys()]);
    },
  },
  {
    name: "bytes and what the event says of itself reach the function as they are",
    async run({ topic, serve, bind }) {
      const target = await serve();
      await bind(target);
      const body = Buffer.from([0, 255, 10, 13, 0, 128]);
      await topic.publish([
        { headers: {}, body },
        { headers: {}, body: Buffer.alloc(200_000, 7) },
      ]);
      await target.received(2);
      assert.deepEqual(target.calls[0]?.body, body);
      assert.equal(target.calls[1]?.body.byteLength, 200_000);
    },
  },
  {
    name: "atMostOnce: the broker has the position before the function is called",
    concerns: can("atMostOnce"),
    async run({ topic, serve, bind }) {
      const taken: number[] = [];
      const target = await serve(() => {
        taken.push(binding.commits.taken);
        return 200;
      });
      const binding = await bind(target, {
        delivery: { guarantee: "atMostOnce", maxInFlight: 1 },
        ready: false,
      });
      binding.setEndpoints([target.endpoint]);
      await topic.publish(numbered(0, 3));
      await target.received(3);
      assert.deepEqual(
        taken.map((count, index) => count > index),
        [true, true, true],
      );
    },
  },
  {
    name: "atMostOnce: what was being called when the process died does not come again",
    concerns: (capabilities) => can("atMostOnce")(capabilities) && capabilities.backPressure === "pause",
    async run({ topic, serve, bind }) {
      const delivery = { guarantee: "atMostOnce", maxInFlight: 1 };
      const dying = await serve(() => new Promise(() => undefined));
      const binding = await bind(dying, { delivery });
      await topic.publish(numbered(0, 2));
      await dying.received(1);
      await binding.crash();
      const target = await serve();
      await bind(target, { delivery });
      await target.received(1);
      assert.deepEqual([numbersOf(dying), numbersOf(target)], [[0], [1]]);
    },
  },
  {
    name: "atLeastOnce: nothing is committed before the function has succeeded",
    concerns: can("atLeastOnce"),
    async run({ topic, serve, bind }) {
      const asked: number[] = [];
      const target = await serve(() => {
        asked.push(binding.commits.asked);
        return 200;
      });
      const binding = await bind(target, { delivery: { ...atLeastOnce, maxInFlight: 1 }, ready: false });
      binding.setEndpoints([target.endpoint]);
      await topic.publish(numbered(0, 1));
      await target.received(1);
      assert.deepEqual(asked, [0]);
    },
  },
  {
    name: "atLeastOnce: what was being called when the process died comes again, under the same id",
    concerns: can("atLeastOnce"),
    async run({ topic, serve, bind }) {
      const dying = await serve(() => new Promise(() => undefined));
      const binding = await bind(dying, { delivery: atLeastOnce });
      await topic.publish(numbered(0, 1));
      await dying.received(1);
      await binding.crash();
      const target = await serve();
      await bind(target, { delivery: atLeastOnce });
      await target.received(1);
      assert.equal(target.calls[0]?.id, dying.calls[0]?.id);
    },
  },
  {
    name: "atLeastOnce: what failed is tried again, under the same id, until it succeeds",
    concerns: can("atLeastOnce"),
    async run({ topic, serve, bind }) {
      let calls = 0;
      const target = await serve(() => {
        calls += 1;
        return calls < 3 ? 503 : 200;
      });
      await bind(target, { delivery: { ...atLeastOnce, retry: { ...quick, maxAttempts: 10 } } });
      await topic.publish(numbered(0, 1));
      await target.received(3);
      assert.equal(new Set(target.calls.map(({ id }) => id)).size, 1);
    },
  },
  {
    name: "a dead letter has the event's bytes, key and headers, and says why it is one",
    concerns: can("atLeastOnce"),
    async run({ topic, serve, bind, patienceMs }) {
      const body = Buffer.from([0, 255, 1, 254, 13, 10]);
      const target = await serve(({ body: sent }) => (sent.equals(body) ? 422 : 200));
      await bind(target, { delivery: { ...atLeastOnce, deadLetter: topic.deadLetter } });
      await topic.publish([{ key: Buffer.from("k1"), headers: { shop: "north" }, body }]);
      await topic.publish(numbered(1, 1));
      await target.received(2);
      const letter = await until(async () => (await topic.deadLetters())[0], patienceMs);
      assert.deepEqual(Buffer.from(letter.body), body);
      if (target.calls[0]?.headers[eventExtensionHeaders.key] !== undefined)
        assert.equal(Buffer.from(letter.key ?? []).toString(), "k1");
      assert.equal(letter.headers[deadLetterHeaders.id], target.calls[0]?.id);
      assert.equal(letter.headers[deadLetterHeaders.reason], "Refused");
      assert.equal(letter.headers[deadLetterHeaders.status], "422");
      assert.equal(letter.headers.shop ?? "north", "north");
    },
  },
];
