import { expect, test } from "vitest";
import { functionFile } from "./functions/index.ts";
import { onEachCluster } from "./on-each-cluster.ts";

onEachCluster("deploying a function", (cluster) => {
  test("a file that is deployed answers, and answers anew once its code is updated", async () => {
    const { kubeless } = cluster();
    await kubeless("function", "deploy", "hello", "-f", functionFile("hello.js"), "--wait");
    expect(await kubeless("function", "call", "hello")).toBe("hello world\n");
    await kubeless("function", "update", "hello", "-f", functionFile("hello-updated.js"), "--wait");
    expect(await kubeless("function", "call", "hello")).toBe("hello world updated\n");
  });
});
