import { expect, test } from "vitest";
import { findAuthFlaw, forgetValues, type Secret } from "./secret.ts";

test("of a Secret nothing is kept that could tell a value, kubectl's copy of it neither", () => {
  const value = "bWU6c2VjcmV0";
  const annotations = { "kubectl.kubernetes.io/last-applied-configuration": `{"data":{"auth":"${value}"}}` };
  const metadata = { name: "users", namespace: "default", annotations };
  const kept = forgetValues({ metadata, data: { auth: value, empty: "" } } as unknown as Secret);
  expect(JSON.stringify(kept)).not.toContain(value);
  expect(kept).toMatchObject({ metadata: { name: "users" }, data: { auth: "…", empty: "" } });
});

test.each([
  ["", false],
  ["no htpasswd at all", false],
  ["# me:hash\n\n:hash\nme:\n", false],
  ["me:{SHA}NWoZK3kTsExUV00Ywo1G5jlUKKs=", true],
  ["# users\nme:$2y$05$x\r\n", true],
])("an htpasswd file of %j lets somebody in: %s", (file, letsIn) => {
  const data = { auth: Buffer.from(file).toString("base64") };
  const kept = forgetValues({ metadata: { name: "users" }, data } as unknown as Secret);
  expect(findAuthFlaw("users", kept, false) === undefined).toBe(letsIn);
});
