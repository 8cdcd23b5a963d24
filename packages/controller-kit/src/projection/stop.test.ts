import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type ClusterClient, createClusterClient } from "../cluster/client.ts";
import { createLeaderElection } from "../election/leader-election.ts";
import { toKubeConfig } from "../fixtures/faulty-network.ts";
import { widgetProjection } from "../fixtures/widget.ts";
import { silentLogger } from "../log/logger.ts";
import { createProjectionManager } from "./projection-manager.ts";
import { runProjections } from "./run-projections.ts";

const widgets = { apiVersion: "example.com/v1", kind: "Widget", plural: "widgets", namespaced: true };
const common = { name: "widgets", identity: "test", projections: [widgetProjection(widgets)] };

/** An API server that takes every request and answers none. */
const server = createServer(() => requested.resolve());
let requested: PromiseWithResolvers<void>;
let client: ClusterClient;

beforeEach(async () => {
  requested = Promise.withResolvers();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  client = createClusterClient({ kubeConfig: toKubeConfig((server.address() as AddressInfo).port) });
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
  await client.close();
});

it("a manager that never synced can be stopped", async () => {
  const manager = createProjectionManager({ ...common, client, leaseNamespace: "default" });
  await manager.start();
  await requested.promise;
  await manager.stop();
  expect(manager.notReady()).toEqual(["stopping"]);
});

it("a controller that never read its configuration can be stopped", async () => {
  const stop = new AbortController();
  const config = { namespace: "kubeless", name: "kubeless-config" };
  const running = runProjections({ ...common, client, config, logger: silentLogger, signal: stop.signal });
  await requested.promise;
  stop.abort();
  await running;
});

it("who waits to lead stops waiting when told to, and when it is too late to wait", async () => {
  const election = createLeaderElection({ client, namespace: "default", name: "l", identity: "test" });
  election.start();
  await requested.promise;
  const stop = new AbortController();
  const term = election.terms(stop.signal).next();
  stop.abort();
  expect(await term).toEqual({ done: true, value: undefined });
  expect(await election.terms(stop.signal).next()).toEqual({ done: true, value: undefined });
  await election.stop();
});
