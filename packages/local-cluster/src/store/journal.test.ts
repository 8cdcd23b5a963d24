import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
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
  const state = openJournal({ folder, onRepair: (message) => repairs.push(message) });
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

test("what was written is there after a restart, and revisions go on from where they were", () => {
  const before = open();
  before.store.put("configmaps", "default/kept", object("kept"));
  before.store.put("configmaps", "default/gone", object("gone"));
  before.store.remove("configmaps", "default/gone");
  before.state.close();
  const after = open();
  expect(after.store.list("configmaps").map(({ metadata }) => metadata.name)).toEqual(["kept"]);
  expect(after.store.revision).toBe(before.store.revision);
  after.state.close();
});

test("events and pods are forgotten, leases are not", () => {
  const before = open();
  for (const resource of ["events", "pods", "leases.coordination.k8s.io"])
    before.store.put(resource, "default/x", object("x"));
  before.state.close();
  const after = open();
  expect(after.store.counts().get("leases.coordination.k8s.io")).toBe(1);
  expect(after.store.list("events")).toEqual([]);
  expect(after.store.list("pods")).toEqual([]);
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

test("kill -9 at any moment loses nothing that was acknowledged", { timeout: 120_000 }, async () => {
  const acknowledged = new Set<string>();
  for (let round = 0; round < 100; round += 1) {
    const writer = startWriter(round);
    const lines = createInterface({ input: writer.stdout as NodeJS.ReadableStream });
    let count = 0;
    for await (const line of lines) {
      acknowledged.add(line);
      count += 1;
      if (count === 10 + round) writer.kill("SIGKILL");
    }
    if (writer.exitCode === null && writer.signalCode === null) await once(writer, "exit");
  }
  const { state, store } = open();
  const found = new Set(store.list("configmaps").map(({ metadata }) => metadata.name));
  expect([...acknowledged].filter((name) => !found.has(name))).toEqual([]);
  expect(acknowledged.size).toBeGreaterThan(500);
  state.close();
});

/** A process that writes objects and prints each one's name once it is stored. */
function startWriter(round: number): ChildProcess {
  const here = JSON.stringify(join(import.meta.dirname, "journal.ts"));
  const storePath = JSON.stringify(join(import.meta.dirname, "store.ts"));
  const program = `
    import { writeSync } from "node:fs";
    const { openJournal } = await import(${here});
    const { createStore } = await import(${storePath});
    const state = openJournal({ folder: ${JSON.stringify(folder)}, onRepair: () => {}, snapshotEvery: 50 });
    const store = createStore({ startRevision: state.revision, historyLimit: 10, onCommit: (commit) => state.append(commit) });
    for (const { resource, key, object } of state.objects()) store.load(resource, key, object);
    for (let n = 0; n < 100000; n++) {
      const name = "object-${round}-" + n;
      store.put("configmaps", "default/" + name, { apiVersion: "v1", kind: "ConfigMap", metadata: { name } });
      writeSync(1, name + "\\n");
    }`;
  return spawn(
    process.execPath,
    ["--input-type=module", "--disable-warning=ExperimentalWarning", "-e", program],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
}

test("state is readable by its owner only", () => {
  const { state } = open();
  state.close();
  for (const file of ["snapshot.jsonl", "journal.jsonl"])
    expect(statSync(join(folder, file)).mode & 0o077).toBe(0);
});
