import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ClusterClient } from "../cluster/client.ts";
import { resources } from "../cluster/resources.ts";
import { type AuditLog, hasAuditLog, openAuditLog } from "../fixtures/audit-log.ts";
import type { CandidateOptions, Moment } from "../fixtures/candidate.ts";
import { eventually, isReal, judge, openTestCluster, type TestCluster } from "../fixtures/cluster.ts";
import { openFaultyNetwork, type SeenRequest } from "../fixtures/faulty-network.ts";
import { defineWidgets } from "../fixtures/widget.ts";

const MOMENTS: readonly Moment[] = ["before the check", "after the check", "after the answer"];
/** Two copies and the status. */
const WRITES = [1, 2, 3];
const points = MOMENTS.flatMap((moment) => WRITES.map((write) => ({ moment, write })));

describe(`a leader that is stopped for longer than its Lease, on ${judge}`, () => {
  let cluster: TestCluster;
  let definition: Awaited<ReturnType<typeof defineWidgets>>;
  let auditLog: AuditLog | undefined;
  const stops: Stop[] = [];

  beforeAll(async () => {
    cluster = await openTestCluster();
    if (hasAuditLog) auditLog = openAuditLog(cluster);
    definition = await defineWidgets(cluster.client);
  });
  afterAll(async () => {
    await definition.drop();
    await cluster.close();
  });

  it.concurrent.each(points)(
    "$moment of write $write, writes at most the one request it was at",
    async (stopAt) => {
      const { client } = cluster;
      const place = await cluster.openNamespace();
      const { namespace } = place;
      const network = await openFaultyNetwork(client);
      const { widgets } = definition;
      const common = { port: network.port, namespace, widgets };
      const widget = { namespace, name: "w" };
      const first = startCandidate({ ...common, identity: "first", stopAt });
      let second: Candidate | undefined;
      try {
        await client.create(resources.configMaps, {
          metadata: { namespace, name: "source" },
          data: { text: "old" },
        });
        await client.create(widgets, { metadata: widget, spec: { copies: 2, from: "source" } });
        await eventually(() => isStopped(first.process));

        second = startCandidate({ ...common, identity: "second" });
        await client.patch(resources.configMaps, { namespace, name: "source" }, { data: { text: "new" } });
        await client.patch(widgets, widget, { spec: { copies: 3 } });
        await eventually(async () => (await client.get(widgets, widget)).status?.copies === 3);

        const resumedAt = network.seen.length;
        first.process.kill("SIGCONT");
        await first.says("Not leading any more");
        const after = () => network.seen.slice(resumedAt).filter(({ userAgent }) => userAgent === "first");
        await eventually(() => after().filter(isLeaseRead).length > 2);

        expect(after().filter(isWrite).length).toBeLessThanOrEqual(alreadySent(stopAt));
        await eventually(async () => (await textsIn(client, namespace)).join() === "new,new,new");
        expect((await client.get(widgets, widget)).status).toMatchObject({
          observedGeneration: 2,
          copies: 3,
        });
        stops.push({ ...stopAt, namespace });
      } finally {
        first.process.kill("SIGKILL");
        second?.process.kill("SIGKILL");
        await network.close();
        await place.close();
      }
    },
    120_000,
  );

  if (isReal)
    it.skipIf(!hasAuditLog)(
      "is seen once at most by the API server's own audit log, after the other has written (KUBELESS_TEST_AUDIT_LOG)",
      async () => {
        expect(stops).toHaveLength(points.length);
        const writes = await auditLog?.writesIn(stops.map(({ namespace }) => namespace));
        for (const stop of stops) {
          const agents = (writes ?? [])
            .filter(({ objectRef }) => objectRef.namespace === stop.namespace)
            .map(({ userAgent }) => userAgent);
          const late = agents.slice(agents.indexOf("second")).filter((agent) => agent === "first");
          const where = `${stop.moment} of write ${stop.write}`;
          expect(agents, where).toContain("second");
          expect(late.length, where).toBeLessThanOrEqual(alreadySent(stop));
        }
      },
    );
});

interface Stop {
  readonly moment: Moment;
  readonly write: number;
  readonly namespace: string;
}

/** Who is stopped behind the check is about to send, and sends. */
const alreadySent = ({ moment }: { readonly moment: Moment }) => (moment === "after the check" ? 1 : 0);

const isLease = ({ url }: SeenRequest) => url.includes("/leases");
const isLeaseRead = (request: SeenRequest) => isLease(request) && request.method === "GET";
const isWrite = (request: SeenRequest) =>
  request.method !== "GET" && !isLease(request) && !request.url.includes("/events");

async function textsIn(client: ClusterClient, namespace: string): Promise<(string | undefined)[]> {
  const { items } = await client.list(resources.configMaps, { namespace, labelSelector: "made-by=widget" });
  return items.map(({ data }) => data?.text);
}

interface Candidate {
  process: ChildProcess;
  /** Resolves when a line with this message was logged. */
  says(message: string): Promise<void>;
}

function startCandidate(options: CandidateOptions): Candidate {
  const program = join(import.meta.dirname, "../fixtures/candidate.ts");
  const child = spawn(process.execPath, ["--conditions=@kubeless/source", program, JSON.stringify(options)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  createInterface(child.stdout).on("line", (line) => said.push(line));
  return { process: child, says: (message) => eventually(() => said.some((line) => line.includes(message))) };
}

/** Linux writes the state of a process after its name: `T` is stopped. */
function isStopped({ pid, exitCode }: ChildProcess): boolean {
  if (exitCode !== null) throw new Error(`The candidate ended with ${exitCode}.`);
  return / T /.test(readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/, ")"));
}
