import { createSelfSigned, type KeyPair } from "./self-signed.ts";

export interface Certificates extends KeyPair {
  /** PEM of the authority that clients are told to trust. */
  readonly authority: string;
}

const dnsNames = [
  "localhost",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];
const addresses = [Buffer.of(127, 0, 0, 1), Buffer.concat([Buffer.alloc(15), Buffer.of(1)])];

/** A certificate for loopback, which is its own authority: the key never leaves this process. */
export function createCertificates(): Certificates {
  const made = createSelfSigned({ commonName: "local-cluster", dnsNames, addresses });
  return { ...made, authority: made.certificate };
}
