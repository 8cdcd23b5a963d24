type Fields = Record<string, unknown>;

/**
 * The Function's `spec.deployment` with what it leaves open filled in from the administrator's `deployment`: maps key
 * by key, the first containers with each other, the others by name, and in a container env by name, ports by number
 * and mounts by path. Any other list of the Function stands as it is. Pure: neither argument is changed.
 */
export function mergeDeployment(own: Fields, defaults: Fields): Fields {
  return mergeObject(own, defaults, []);
}

/** What makes two members of a list the same one. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  env: ["name"],
  ports: ["containerPort", "protocol"],
  volumeMounts: ["mountPath"],
  volumes: ["name"],
  imagePullSecrets: ["name"],
};

function mergeObject(own: Fields, defaults: Fields, path: readonly string[]): Fields {
  const merged: Fields = { ...defaults, ...own };
  for (const key of Object.keys(defaults)) {
    if (key in own) merged[key] = mergeValue(own[key], defaults[key], [...path, key]);
  }
  return merged;
}

function mergeValue(own: unknown, defaults: unknown, path: readonly string[]): unknown {
  const key = path.at(-1) ?? "";
  if (Array.isArray(own) && Array.isArray(defaults)) {
    if (key === "containers") return mergeContainers(own, defaults, path);
    return mergeList(own, defaults, LIST_KEYS[key]);
  }
  if (UNMERGED.has(key)) return own;
  return isFields(own) && isFields(defaults) ? mergeObject(own, defaults, path) : own;
}

/** Objects whose fields exclude each other: one or the other, never a mixture. */
const UNMERGED: ReadonlySet<string> = new Set([
  "strategy",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
]);

function mergeContainers(
  own: readonly Fields[],
  defaults: readonly Fields[],
  path: readonly string[],
): Fields[] {
  const first = mergeObject(own[0] ?? {}, defaults[0] ?? {}, path);
  const others = own.slice(1).map((container) => {
    const match = defaults.slice(1).find(({ name }) => name === container.name);
    return match === undefined ? container : mergeObject(container, match, path);
  });
  const names = new Set(own.map(({ name }) => name));
  return [first, ...others, ...defaults.slice(1).filter(({ name }) => !names.has(name))];
}

function mergeList(own: readonly Fields[], defaults: readonly Fields[], keys: readonly string[] | undefined) {
  if (keys === undefined) return own;
  const identify = (item: Fields) =>
    JSON.stringify(keys.map((key) => item[key] ?? (key === "protocol" ? "TCP" : "")));
  const present = new Set(own.map(identify));
  return [...defaults.filter((item) => !present.has(identify(item))), ...own];
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
