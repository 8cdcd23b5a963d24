import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../api/cluster-api.ts";
import { openJournal } from "./journal.ts";
import { createStore } from "./store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "journal-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function open(repairs: string[] = []) {
  const state = openJournal({ folder, warn: (message) => repairs.push(message) });
  const store = createStore({
    startRevision: state.revision,
    historyLimit: 10,
    onCommit: (commit) => state.append(commit),
  });
  for (const { resource, key, object } of state.objects()) store.load(resource, key, object);
  return { state, store };
}

function object(name: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, uid: name, resourceVersion: "", creationTimestamp: "" },
  };
}

test("what was written is there after a restart", () => {
  const before = open();
  before.store.put("configmaps", "default/kept", object("kept"));
  before.store.put("configmaps", "default/gone", object("gone"));
  before.store.remove("configmaps", "default/gone");
  before.state.close();
  const after = open();
  expect(after.store.list("configmaps").map(({ metadata }) => metadata.name)).toEqual(["kept"]);
  after.state.close();
});

test("a watcher of a former run must list again, also when that run's last writes were not kept", () => {
  const before = open();
  for (let n = 0; n < 150; n += 1) before.store.put("events", "default/x", object("x"));
  const after = open();
  expect(() => after.store.since("events", before.store.revision)).toThrow("too old resource version");
  after.state.close();
});

test("a write that the disk takes only a part of is refused and takes nothing else with it", async () => {
  const writer = startProgram(
    `
    store.put("configmaps", "default/before", object("before"));
    try { store.put("configmaps", "default/big", { ...object("big"), data: { filler: "x".repeat(1e6) } }); }
    catch (error) { writeSync(1, error.code + "\\n"); }
    store.put("configmaps", "default/after", object("after"));`,
    "trap '' XFSZ; ulimit -f 8;",
  );
  const said: string[] = [];
  for await (const line of createInterface({ input: writer.stdout as NodeJS.ReadableStream }))
    said.push(line);
  const repairs: string[] = [];
  const { state, store } = open(repairs);
  expect(said).toEqual(["EFBIG"]);
  expect(store.list("configmaps").map(({ metadata }) => metadata.name)).toEqual(["after", "before"]);
  expect(repairs).toEqual([]);
  state.close();
});

test("events are forgotten, leases are not, and of pods only what they were doing", () => {
  const before = open();
  const running = {
    ...object("x"),
    status: { phase: "Running", qosClass: "BestEffort", podIP: "127.0.0.1" },
  };
  const over = { ...object("over"), status: { phase: "Succeeded", podIP: "127.0.0.1" } };
  for (const resource of ["events", "leases.coordination.k8s.io"])
    before.store.put(resource, "default/x", object("x"));
  before.store.put("pods", "default/x", running);
  before.store.put("pods", "default/over", over);
  before.state.close();
  const after = open();
  expect(after.store.counts().get("leases.coordination.k8s.io")).toBe(1);
  expect(after.store.list("events")).toEqual([]);
  expect(after.store.list("pods")).toMatchObject([
    { metadata: { name: "over" }, status: { phase: "Succeeded", podIP: "127.0.0.1" } },
    { metadata: { name: "x" }, status: { phase: "Pending", qosClass: "BestEffort" } },
  ]);
  expect(after.store.get("pods", "default/x")).not.toHaveProperty("status.podIP");
  after.state.close();
});

test("a last line that was cut off is dropped and said", () => {
  const before = open();
  before.store.put("configmaps", "default/kept", object("kept"));
  appendFileSync(join(folder, "journal.jsonl"), '{"r":"configmaps","k":"default/to');
  const repairs: string[] = [];
  const after = open(repairs);
  expect(after.store.list("configmaps").map(({ metadata }) => metadata.name)).toEqual(["kept"]);
  expect(repairs).toEqual([expect.stringContaining("middle of a line")]);
  after.state.close();
});

test("state is readable by its owner only", () => {
  const { state } = open();
  state.close();
  for (const file of ["snapshot.jsonl", "journal.jsonl"])
    expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
});

/** A process with a `store` on the folder's state, under a shell's limits. */
function startProgram(body: string, limits: string): ChildProcess {
  const here = JSON.stringify(join(import.meta.dirname, "journal.ts"));
  const storePath = JSON.stringify(join(import.meta.dirname, "store.ts"));
  const program = `
    import { writeSync } from "node:fs";
    const { openJournal } = await import(${here});
    const { createStore } = await import(${storePath});
    const state = openJournal({ folder: ${JSON.stringify(folder)}, warn: () => {} });
    const store = createStore({ startRevision: state.revision, historyLimit: 10, onCommit: (commit) => state.append(commit) });
    const object = (name) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
    ${body}`;
  const node = ["--input-type=module", "--disable-warning=ExperimentalWarning", "-e", program];
  return spawn("sh", ["-c", `${limits} exec "$0" "$@"`, process.execPath, ...node], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
