import { generate } from "selfsigned";

/** What a client gets whose server name no TLS secret is for, as ingress-nginx has it. */
export async function createFallbackCertificate(): Promise<{ key: string; cert: string }> {
  const name = "Local Cluster Ingress Fake Certificate";
  const { private: key, cert } = await generate([{ name: "commonName", value: name }], { keyType: "ec" });
  return { key, cert };
}
