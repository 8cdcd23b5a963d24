import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resources } from "../cluster/resources.ts";
import { judge, openTestCluster, type TestCluster } from "../fixtures/cluster.ts";
import { createLeaseHolder, type LeaseHolder } from "./lease-holder.ts";

const signal = AbortSignal.timeout(60_000);

describe(`a Lease, on ${judge}`, () => {
  let cluster: TestCluster;
  let nowMs = 0;

  beforeAll(async () => {
    cluster = await openTestCluster();
  });
  afterAll(() => cluster.close());

  const candidate = (
    name: string,
    identity: string,
    isGone?: (holderIdentity: string) => boolean,
  ): LeaseHolder =>
    createLeaseHolder({
      client: cluster.client,
      namespace: cluster.namespace,
      name,
      identity,
      leaseDurationMs: 2_000,
      now: () => nowMs,
      labels: { "made-by": "test" },
      annotations: { made: "yes" },
      isGone,
    });

  const read = (name: string) => cluster.client.get(resources.leases, { namespace: cluster.namespace, name });

  it("is made with labels and annotations, and renewed with what is written on it", async () => {
    const ours = candidate("made", "a");
    expect(await ours.acquireOrRenew(signal)).toBe(true);
    expect(await ours.renew(signal, { at: "1", made: undefined })).toBe(true);
    expect(ours.annotations).toEqual({ at: "1" });
    expect((await read("made")).metadata).toMatchObject({
      labels: { "made-by": "test" },
      annotations: { at: "1" },
    });
  });

  it("keeps what its last holder wrote for the next one", async () => {
    const first = candidate("kept", "a");
    await first.acquireOrRenew(signal);
    await first.renew(signal, { at: "7" });
    await first.release();
    const second = candidate("kept", "b");
    expect(await second.acquireOrRenew(signal)).toBe(true);
    expect(second.annotations).toMatchObject({ at: "7" });
  });

  it("is not written by who lost it, not even when nobody holds it by then", async () => {
    const first = candidate("lost", "a");
    const second = candidate("lost", "b");
    await first.acquireOrRenew(signal);
    expect(await second.acquireOrRenew(signal)).toBe(false);
    nowMs += 2_000;
    expect(await second.acquireOrRenew(signal)).toBe(true);
    await second.renew(signal, { at: "9" });
    await second.release();
    expect(await first.renew(signal, { at: "3" })).toBe(false);
    expect((await read("lost")).metadata.annotations).toMatchObject({ at: "9" });
  });

  it("is renewed though somebody else annotated it meanwhile", async () => {
    const ours = candidate("annotated", "a");
    await ours.acquireOrRenew(signal);
    const name = { namespace: cluster.namespace, name: "annotated" };
    await cluster.client.patch(resources.leases, name, { metadata: { annotations: { note: "by hand" } } });
    expect(await ours.renew(signal, { at: "1" })).toBe(true);
    expect((await read("annotated")).metadata.annotations).toMatchObject({ note: "by hand", at: "1" });
  });

  it("is taken at once from a holder that is known to be gone, and from no other", async () => {
    await candidate("gone", "a").acquireOrRenew(signal);
    expect(await candidate("gone", "c", (holder) => holder === "b").acquireOrRenew(signal)).toBe(false);
    expect(await candidate("gone", "c", (holder) => holder === "a").acquireOrRenew(signal, 1_000)).toBe(true);
  });

  it("is lost when it is deleted, and made anew by the next attempt", async () => {
    const ours = candidate("deleted", "a");
    await ours.acquireOrRenew(signal);
    await cluster.client.delete(resources.leases, { namespace: cluster.namespace, name: "deleted" });
    expect(await ours.renew(signal, { at: "1" })).toBe(false);
    expect(await ours.acquireOrRenew(signal)).toBe(true);
    expect(ours.annotations).toEqual({ made: "yes" });
  });

  it("is left alone by the patient until nobody held it for as long", async () => {
    const first = candidate("waited-for", "a");
    const second = candidate("waited-for", "b");
    await first.acquireOrRenew(signal);
    await first.release();
    expect(await second.acquireOrRenew(signal, 1_000)).toBe(false);
    nowMs += 999;
    expect(await second.acquireOrRenew(signal, 1_000)).toBe(false);
    nowMs += 1;
    expect(await second.acquireOrRenew(signal, 1_000)).toBe(true);
  });
});
