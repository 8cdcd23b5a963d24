import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { der } from "./der.ts";

/** A certificate and its key, in PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface SelfSignedOptions {
  readonly commonName: string;
  readonly dnsNames?: readonly string[];
  /** Four bytes or sixteen. */
  readonly addresses?: readonly Buffer[];
  readonly now?: number;
}

const tenYearsMs = 3650 * 24 * 3600 * 1000;
const ecdsaWithSha256 = der.sequence(der.object("1.2.840.10045.4.3.2"));

/**
 * A certificate for servers that is its own authority, good for ten years. Written as RFC 5280 says; a library for it
 * takes longer to load than all else of a cluster.
 */
export function createSelfSigned(options: SelfSignedOptions): KeyPair {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { commonName, now = Date.now() } = options;
  const name = der.sequence(der.set(der.sequence(der.object("2.5.4.3"), der.text(commonName))));
  const content = der.sequence(
    der.part(0, der.integer(Buffer.of(2))),
    der.integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    name,
    der.sequence(der.time(new Date(now - 60_000)), der.time(new Date(now + tenYearsMs))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der.part(3, extensions(options)),
  );
  const signature = der.bits(sign("sha256", content, privateKey));
  return {
    certificate: toPem(der.sequence(content, ecdsaWithSha256, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function extensions({ commonName, dnsNames = [commonName], addresses = [] }: SelfSignedOptions): Buffer {
  const critical = (id: string, value: Buffer) =>
    der.sequence(der.object(id), der.boolean(true), der.octets(value));
  const extension = (id: string, value: Buffer) => der.sequence(der.object(id), der.octets(value));
  const alternatives = [
    ...dnsNames.map((name) => der.plain(2, Buffer.from(name))),
    ...addresses.map((address) => der.plain(7, address)),
  ];
  return der.sequence(
    critical("2.5.29.19", der.sequence(der.boolean(true))),
    // Signatures, key encipherment, signing certificates: bits 0, 2 and 5.
    critical("2.5.29.15", der.bits(Buffer.of(0b1010_0100), 2)),
    extension("2.5.29.37", der.sequence(der.object("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", der.sequence(...alternatives)),
  );
}

function toPem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
