import { createSecureContext, type SecureContext } from "node:tls";
import type { KubeObject } from "../../api/cluster-api.ts";

export interface Secret extends KubeObject {
  /** Base64 by key. */
  readonly data?: Readonly<Record<string, string>>;
}

/** The certificates of TLS Secrets, read once per version. */
export class TlsContexts {
  readonly #contexts = new Map<string, { version: string; context: SecureContext }>();
  readonly #onFault: (error: unknown) => void;

  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Undefined when the Secret has no certificate that can be used. */
  get(secret: Secret | undefined): SecureContext | undefined {
    const { "tls.crt": cert, "tls.key": key } = secret?.data ?? {};
    if (secret === undefined || cert === undefined || key === undefined) return undefined;
    const { uid, namespace, name, resourceVersion: version } = secret.metadata;
    const known = this.#contexts.get(uid);
    if (known?.version === version) return known.context;
    try {
      const context = createSecureContext({
        cert: Buffer.from(cert, "base64"),
        key: Buffer.from(key, "base64"),
      });
      this.#contexts.set(uid, { version, context });
      return context;
    } catch (cause) {
      this.#onFault(new Error(`Secret ${namespace}/${name} holds no usable certificate and key`, { cause }));
      return undefined;
    }
  }
}
