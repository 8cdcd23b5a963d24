import { expect, test } from "vitest";
import { forgetValues, type Secret } from "./secret.ts";

test("of a Secret nothing is kept that could tell a value, kubectl's copy of it neither", () => {
  const value = "c2VjcmV0";
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `{"data":{"auth":"${value}"}}` };
  const metadata = { name: "users", namespace: "default", annotations };
  const kept = forgetValues({ metadata, data: { auth: value, empty: "" } } as unknown as Secret);
  expect(JSON.stringify(kept)).not.toContain(value);
  expect(kept).toMatchObject({ metadata: { name: "users" }, data: { auth: "…", empty: "" } });
});
