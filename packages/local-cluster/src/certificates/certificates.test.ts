import { createPrivateKey, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { createCertificates } from "./certificates.ts";
import { createSelfSigned } from "./self-signed.ts";

test("the certificate is for loopback's names, signs itself, and fits its key", () => {
  const { authority, key } = createCertificates();
  const certificate = new X509Certificate(authority);
  for (const name of ["localhost", "kubernetes.default.svc"]) expect(certificate.checkHost(name)).toBe(name);
  for (const address of ["127.0.0.1", "::1"]) expect(certificate.checkIP(address)).toBe(address);
  expect(certificate.checkHost("example.com")).toBeUndefined();
  expect(certificate.ca).toBe(true);
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
});

test.each(["2026-11-26T12:00:00Z", "2039-12-31T23:59:00Z", "2051-01-01T00:00:00Z"])(
  "a certificate made at %s is good for ten years",
  (now) => {
    const { validFromDate, validToDate } = new X509Certificate(
      createSelfSigned({ commonName: "a.localhost", now: Date.parse(now) }).certificate,
    );
    expect(validFromDate.getTime()).toBe(Date.parse(now) - 60_000);
    expect(validToDate.getTime() - validFromDate.getTime()).toBe(3650 * 24 * 3_600_000 + 60_000);
  },
);

test("every certificate has a number and a key of its own", () => {
  const made = Array.from({ length: 5 }, () => new X509Certificate(createCertificates().certificate));
  expect(new Set(made.map(({ serialNumber }) => serialNumber)).size).toBe(5);
  expect(new Set(made.map(({ publicKey }) => publicKey.export({ type: "spki", format: "pem" }))).size).toBe(
    5,
  );
});
