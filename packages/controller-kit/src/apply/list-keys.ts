type ListKey = { readonly fields: readonly string[]; readonly defaults?: Readonly<Record<string, unknown>> };

/**
 * The lists of built-in kinds that are maps, with what names an entry (`x-kubernetes-list-map-keys`), by field name.
 * Any other list is one value: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
const LIST_KEYS: Readonly<Record<string, readonly ListKey[]>> = {
  containers: [{ fields: ["name"] }],
  initContainers: [{ fields: ["name"] }],
  ephemeralContainers: [{ fields: ["name"] }],
  volumes: [{ fields: ["name"] }],
  env: [{ fields: ["name"] }],
  imagePullSecrets: [{ fields: ["name"] }],
  volumeMounts: [{ fields: ["mountPath"] }],
  volumeDevices: [{ fields: ["devicePath"] }],
  hostAliases: [{ fields: ["ip"] }],
  resourceClaims: [{ fields: ["name"] }],
  schedulingGates: [{ fields: ["name"] }],
  topologySpreadConstraints: [{ fields: ["topologyKey", "whenUnsatisfiable"] }],
  ownerReferences: [{ fields: ["uid"] }],
  conditions: [{ fields: ["type"] }],
  ports: [
    { fields: ["containerPort", "protocol"], defaults: { protocol: "TCP" } },
    { fields: ["port", "protocol"], defaults: { protocol: "TCP" } },
  ],
};

/** What names an entry of this list, or undefined when the list is one value. */
export function listKeyOf(field: string, list: readonly unknown[]): ((entry: unknown) => string) | undefined {
  const key = LIST_KEYS[field]?.find(({ fields, defaults = {} }) =>
    list.every((entry) => isRecord(entry) && fields.every((name) => name in entry || name in defaults)),
  );
  if (key === undefined) return undefined;
  return (entry) => {
    const record = entry as Record<string, unknown>;
    return JSON.stringify(key.fields.map((name) => record[name] ?? key.defaults?.[name]));
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object with entries of the same name in such a list made one: the last wins, at the first one's place. */
export function deduplicateLists<T>(value: T, field = ""): T {
  if (Array.isArray(value))
    return lastOfEach(
      field,
      value.map((entry) => deduplicateLists(entry)),
    ) as T;
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => [name, deduplicateLists(of, name)]),
  ) as T;
}

function lastOfEach(field: string, list: readonly unknown[]): unknown[] {
  const keyOf = listKeyOf(field, list);
  if (keyOf === undefined) return [...list];
  return [...new Map(list.map((entry) => [keyOf(entry), entry])).values()];
}
