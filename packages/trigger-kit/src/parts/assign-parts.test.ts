import { expect, test } from "vitest";
import { assignParts } from "./assign-parts.ts";

const replicas = ["a", "b", "c"];
const names = Array.from({ length: 20 }, (_, index) => `shard-${index}`);

function sharesOf(all: readonly string[]): Map<string, ReadonlySet<string>> {
  return new Map(all.map((replica) => [replica, assignParts(names, all, replica)]));
}

test("every part is one replica's, and no replica has two more than another", () => {
  const shares = [...sharesOf(replicas).values()];
  expect(shares.flatMap((share) => [...share]).toSorted()).toEqual(names.toSorted());
  expect(shares.map((share) => share.size).toSorted()).toEqual([6, 7, 7]);
});

test("the order in which a replica sees parts and others does not matter", () => {
  const share = assignParts(names, replicas, "b");
  expect(assignParts(names.toReversed(), replicas.toReversed(), "b")).toEqual(share);
});

test("when a replica goes, most of what the others have stays theirs", () => {
  const before = sharesOf(replicas);
  const after = sharesOf(["a", "b"]);
  const kept = ["a", "b"].flatMap((replica) =>
    [...(before.get(replica) ?? [])].filter((name) => after.get(replica)?.has(name)),
  );
  expect(kept.length).toBeGreaterThanOrEqual(10);
});

test("triggers with one part each are spread over the replicas", () => {
  const counts = replicas.map(
    (replica) =>
      Array.from(
        { length: 300 },
        (_, index) => assignParts([`stream-${index}/shard`], replicas, replica).size,
      ).filter((size) => size === 1).length,
  );
  expect(Math.min(...counts)).toBeGreaterThan(60);
});

test("no parts, no shares; a replica that does not see itself has none", () => {
  expect(assignParts([], replicas, "a").size).toBe(0);
  expect(assignParts(names, ["b"], "a").size).toBe(0);
});
