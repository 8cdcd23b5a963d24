import { expect, test } from "vitest";
import { createStore } from "../store/store.ts";
import { type Reader, startFeed } from "./feed.ts";

/** A store with objects `a` and `b`, and a reader that takes only so many words before it says that it is full. */
function start(options: { room?: number; historyLimit?: number } = {}) {
  const store = createStore({ startRevision: 100, historyLimit: options.historyLimit ?? 1000 });
  const put = (name: string) => store.put("configmaps", name, { metadata: { name } });
  put("a");
  put("b");
  const told: string[] = [];
  let room = options.room ?? 1000;
  const tell = (text: string) => {
    told.push(text);
    room -= 1;
  };
  const reader: Reader = {
    tell: (type, { metadata }) => tell(`${type} ${metadata.name} ${metadata.resourceVersion}`),
    tellInitialEnd: (revision) => tell(`END ${revision}`),
    fail: (error) => told.push(`FAIL ${error.reason}`),
    cut: () => told.push("CUT"),
    isFull: () => room <= 0,
  };
  const begin = { initial: store.list("configmaps"), announcesEnd: true, revision: store.revision };
  const feed = startFeed({ store, resource: "configmaps", selection: () => true, start: begin, reader });
  const makeRoom = (more: number) => {
    room = more;
    feed.resume();
  };
  return { put, told, feed, makeRoom };
}

test("a reader is told what is there, then everything later", () => {
  const { put, told, feed } = start();
  put("c");
  expect(told).toEqual(["ADDED a 101", "ADDED b 102", "END 102", "ADDED c 103"]);
  expect(feed.revision()).toBe(103);
});

test("a reader that is slow gets the same in parts, in order, and is known to be behind meanwhile", () => {
  const { put, told, feed, makeRoom } = start({ room: 1 });
  for (const name of ["c", "a", "d"]) put(name);
  expect(told).toEqual(["ADDED a 101"]);
  expect(feed.revision()).toBeUndefined();
  makeRoom(3);
  put("e");
  makeRoom(10);
  expect(told.slice(1)).toEqual([
    "ADDED b 102",
    "END 102",
    "ADDED c 103",
    "MODIFIED a 104",
    "ADDED d 105",
    "ADDED e 106",
  ]);
  expect(feed.revision()).toBe(106);
});

test("a reader whose place in the history is forgotten is cut off, however long it does not read", () => {
  const { put, told } = start({ room: 1, historyLimit: 5 });
  for (let n = 0; n < 20; n += 1) put("c");
  expect(new Set(told)).toEqual(new Set(["ADDED a 101", "CUT"]));
});

test("a reader that reads on too late is told that its place is too old, and nothing after it", () => {
  const { put, told, makeRoom } = start({ room: 1, historyLimit: 5 });
  for (let n = 0; n < 20; n += 1) put("c");
  makeRoom(10);
  put("c");
  expect(told.at(-1)).toBe("FAIL Expired");
});
