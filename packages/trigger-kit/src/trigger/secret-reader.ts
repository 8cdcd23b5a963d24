import {
  type Informer,
  type InformerCache,
  type KubernetesObject,
  type Resource,
  resources,
} from "@kubeless/controller-kit";
import { shortHash } from "../parts/short-hash.ts";
import { SourceError } from "../source.ts";

/** Reads the Secrets that triggers name, and follows them: only those, each watched by its name. */
export interface SecretReader {
  /** Rejects with a SourceError when there is none. */
  read(namespace: string, name: string): Promise<Readonly<Record<string, Uint8Array>>>;
  /** Another text when what a Secret holds is another, once it was read. */
  version(namespace: string, name: string): string;
}

type SecretData = KubernetesObject & { data?: Record<string, string> };

export function createSecretReader(cache: InformerCache, changed: (namespace: string) => void): SecretReader {
  const followed = new Map<string, Informer<SecretData>>();

  function follow(namespace: string, name: string): Informer<SecretData> {
    const key = `${namespace}/${name}`;
    const known = followed.get(key);
    if (known !== undefined) return known;
    const informer = cache.informer<SecretData>({
      resource: resources.secrets as Resource<SecretData>,
      namespace,
      fieldSelector: `metadata.name=${name}`,
    });
    followed.set(key, informer);
    informer.onChange(() => changed(namespace));
    return informer;
  }

  return {
    async read(namespace, name) {
      const informer = follow(namespace, name);
      await informer.synced();
      const secret = informer.get({ namespace, name });
      if (secret === undefined)
        throw new SourceError("SecretNotFound", `There is no Secret ${name} in ${namespace}.`);
      return Object.fromEntries(
        Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, "base64")]),
      );
    },
    version: (namespace, name) =>
      shortHash(JSON.stringify(followed.get(`${namespace}/${name}`)?.get({ namespace, name })?.data ?? null)),
  };
}
