import { expect } from "vitest";
import { fixture } from "../../fixtures.ts";
import { onEachCluster } from "../../on-each-cluster.ts";

interface Revision {
  readonly hash: string;
}

onEachCluster("revisions", (scenario) => {
  scenario("a function goes back to what it was, and to a revision of one's choice", async ({ kubeless }) => {
    await kubeless("function", "deploy", "hello", "-f", fixture("hello.js"), "--wait");
    await kubeless("function", "update", "hello", "-f", fixture("hello-updated.js"), "--wait");
    await kubeless("function", "rollback", "hello", "--wait");
    expect(await kubeless("function", "call", "hello")).toBe("hello world\n");

    const revisions = JSON.parse(await kubeless("function", "history", "hello", "-o", "json")) as Revision[];
    expect(revisions).toHaveLength(2);
    expect(await kubeless("function", "history", "hello")).toMatch(/wanted, serving/);
    const updated = revisions.at(0)?.hash ?? "";
    await kubeless("function", "rollback", "hello", updated, "--wait");
    expect(await kubeless("function", "call", "hello")).toBe("hello world updated\n");
  });

  scenario("rolling back a broken update brings the old code back", async ({ kubeless, try: attempt }) => {
    await kubeless("function", "deploy", "broken", "-f", fixture("hello.js"), "--wait");
    const broken = await attempt("function", "update", "broken", "-f", fixture("throws.js"), "--wait");
    expect(broken.code).toBe(1);
    await kubeless("function", "rollback", "broken", "--wait");
    expect(await kubeless("function", "call", "broken")).toBe("hello world\n");
  });

  scenario("there is nothing to go back to before the first change", async ({ kubeless, try: attempt }) => {
    await kubeless("function", "deploy", "first", "-f", fixture("hello.js"), "--wait");
    const { code, stderr } = await attempt("function", "rollback", "first");
    expect(code).toBe(1);
    expect(stderr).toContain("first has no other revision to go back to.");
  });
});
