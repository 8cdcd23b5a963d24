import { generate } from "selfsigned";

export interface Certificates {
  /** PEM of the authority that clients are told to trust. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** A self-signed certificate for loopback, which is its own authority: the key never leaves this process. */
export async function createCertificates(): Promise<Certificates> {
  const names = [
    "localhost",
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
  ];
  const altNames = [
    ...names.map((value) => ({ type: 2 as const, value })),
    { type: 7 as const, ip: "127.0.0.1" },
    { type: 7 as const, ip: "::1" },
  ];
  const tenYears = new Date(Date.now() + 10 * 365 * 24 * 3600 * 1000);
  const made = await generate([{ name: "commonName", value: "local-cluster" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notAfterDate: tenYears,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, digitalSignature: true, keyEncipherment: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames },
    ],
  } as Parameters<typeof generate>[1]);
  return { authority: made.cert, certificate: made.cert, key: made.private };
}
