import assert from "node:assert/strict";
import { numbered, numbersOf } from "./numbered.ts";
import type { CaseDefinition } from "./source-cases.ts";
import { until } from "./until.ts";

export const lifecycleCases: readonly CaseDefinition[] = [
  {
    name: "a binding that is closed leaves no connection, delivers nothing any more, and is gone on with when opened again",
    concerns: ({ backPressure }) => backPressure === "pause",
    async run({ topic, serve, bind, countConnections, patienceMs }) {
      const first = await serve();
      await topic.publish(numbered(0, 3));
      const before = countConnections();
      const binding = await bind(first);
      await first.received(3);
      await binding.close();
      await until(() => countConnections() === before, patienceMs);
      await topic.publish(numbered(3, 2));
      const second = await serve();
      await bind(second);
      await second.received(2);
      assert.deepEqual(
        [numbersOf(first), numbersOf(second)],
        [
          [0, 1, 2],
          [3, 4],
        ],
      );
    },
  },
  {
    name: "events wait while the function cannot be called, and none is used up",
    concerns: ({ backPressure }) => backPressure === "pause",
    async run({ topic, serve, bind, patienceMs }) {
      const target = await serve();
      const binding = await bind(target, { ready: false });
      await topic.publish(numbered(0, 3));
      await until(() => binding.counts().queued > 0, patienceMs);
      assert.deepEqual(binding.commits, { asked: 0, taken: 0 });
      binding.setEndpoints([target.endpoint]);
      await target.received(3);
    },
  },
  {
    name: "a lost connection comes back, and what was published meanwhile with it",
    concerns: ({ backPressure }) => backPressure === "pause",
    async run({ topic, serve, bind, cutConnections }) {
      const target = await serve();
      await bind(target);
      await topic.publish(numbered(0, 1));
      await target.received(1);
      cutConnections();
      await topic.publish(numbered(1, 3));
      await target.received(4);
      assert.deepEqual(new Set(numbersOf(target)), new Set([0, 1, 2, 3]));
    },
  },
  {
    name: "two replicas share the work or one does it: no event comes twice, and none is lost when one goes",
    concerns: ({ guarantees }) => guarantees.includes("atLeastOnce"),
    async run({ topic, serve, bind }) {
      const target = await serve();
      const delivery = { guarantee: "atLeastOnce" };
      const leaving = await bind(target, { delivery });
      await bind(target, { delivery, replica: "second" });
      await topic.publish(numbered(0, 20), 0);
      await topic.publish(numbered(20, 20), 1);
      await target.received(40);
      await leaving.close();
      await topic.publish(numbered(40, 10), 0);
      await topic.publish(numbered(50, 10), 1);
      await target.received(60);
      assert.deepEqual(
        numbersOf(target).toSorted((a, b) => a - b),
        [...Array(60).keys()],
      );
    },
  },
];
