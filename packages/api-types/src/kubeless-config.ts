import { load } from "js-yaml";
import { z } from "zod";
import { formatPath } from "./field-path.ts";
import type { Fault, ParseResult } from "./parse.ts";
import { describeIssue } from "./zod-issue.ts";

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");

/** YAML reads `version: 14` as a number, and people write it so. */
const version = z.union([z.string(), z.number()]).transform(String);

const list = <Item extends z.ZodType>(item: Item) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);

const image = z.object({
  phase: z.enum(["installation", "compilation", "runtime"]),
  image: z.string().min(1),
  command: z
    .union([z.string(), z.array(z.string()).min(1)])
    .nullish()
    .transform((value) => value || undefined),
  env: z
    .record(z.string(), z.string())
    .nullish()
    .transform((value) => value ?? {}),
  secrets: list(z.object({ name: z.string().min(1) })),
});

const runtimeVersion = z.object({
  name: text,
  version,
  images: list(image),
  imagePullSecrets: list(z.object({ imageSecret: z.string().min(1) })),
  note: z
    .string()
    .nullish()
    .transform((value) => value || undefined),
});

const runtimeEntry = z.object({
  ID: z.string().min(1),
  depName: text,
  fileNameSuffix: text,
  livenessProbeInfo: z
    .looseObject({})
    .nullish()
    .transform((value) => value ?? undefined),
  versions: list(runtimeVersion),
});

type Optional<T, K extends keyof T> = Omit<T, K> & Partial<Pick<T, K>>;

/** One image of a runtime, for one phase. A `command` that is text goes through a shell; a list is run as it is. */
export type RuntimeImage = Optional<z.output<typeof image>, "command">;
export type RuntimeVersion = Omit<Optional<z.output<typeof runtimeVersion>, "note">, "images"> & {
  images: RuntimeImage[];
};
export type RuntimeEntry = Omit<Optional<z.output<typeof runtimeEntry>, "livenessProbeInfo">, "versions"> & {
  versions: RuntimeVersion[];
};

/** `kubeless-config`, read: `compat` keys that nothing reads any more are not here. */
export interface KubelessConfig {
  readonly runtimes: readonly RuntimeEntry[];
  /** Fills in what a Function's `spec.deployment` leaves open. */
  readonly deployment: Readonly<Record<string, unknown>>;
  /** Empty: the default image. */
  readonly provisionImage: string;
  readonly provisionImageSecret: string;
  readonly builderImageSecret: string;
  /** The one namespace that is watched; empty: all of them. */
  readonly functionsNamespace: string;
}

/**
 * Reads the `data` of the ConfigMap `kubeless-config`. `runtime-images` and `deployment` are JSON or YAML text; names of
 * fields in `runtime-images` are matched without regard to case, as Kubeless always did, unknown ones ignored. All faults
 * are reported together; nothing is thrown.
 */
export function parseKubelessConfig(data: Readonly<Record<string, string>>): ParseResult<KubelessConfig> {
  const faults: Fault[] = [];
  const runtimes = parseRuntimes(data["runtime-images"] ?? "", faults);
  const deployment = parseDeployment(data.deployment ?? "", faults);
  if (faults.length > 0) return { ok: false, faults };
  return {
    ok: true,
    value: {
      runtimes,
      deployment,
      provisionImage: data["provision-image"] ?? "",
      provisionImageSecret: data["provision-image-secret"] ?? "",
      builderImageSecret: data["builder-image-secret"] ?? "",
      functionsNamespace: data["functions-namespace"] ?? "",
    },
  };
}

/** Finds `<ID><version>`; an ID alone is its first version. */
export function findRuntime(
  runtimes: readonly RuntimeEntry[],
  name: string,
): { readonly entry: RuntimeEntry; readonly version: RuntimeVersion } | undefined {
  for (const entry of runtimes) {
    const found = entry.versions.find((each) => `${entry.ID}${each.version}` === name);
    const version = found ?? (entry.ID === name ? entry.versions[0] : undefined);
    if (version !== undefined) return { entry, version };
  }
  return undefined;
}

function parseRuntimes(source: string, faults: Fault[]): RuntimeEntry[] {
  const raw = parseText("runtime-images", source, faults) ?? [];
  const parsed = z.array(runtimeEntry).safeParse(withGoNames(raw, goNames), { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const { message } = describeIssue(issue, {});
    faults.push({ path: formatPath(["runtime-images", ...issue.path]), message });
  }
  return [];
}

function parseDeployment(source: string, faults: Fault[]): Record<string, unknown> {
  const raw = parseText("deployment", source, faults) ?? {};
  if (typeof raw === "object" && !Array.isArray(raw)) return raw as Record<string, unknown>;
  faults.push({
    path: "deployment",
    message: "write a Deployment as JSON or YAML, e.g. {spec: {replicas: 2}}",
  });
  return {};
}

function parseText(key: string, source: string, faults: Fault[]): unknown {
  try {
    // What JSON cannot say (a list in itself) is no configuration either.
    return source.trim() === "" ? undefined : (JSON.parse(JSON.stringify(load(source) ?? null)) ?? undefined);
  } catch (error) {
    const [why] = (error instanceof Error ? error.message : String(error)).split("\n");
    faults.push({ path: key, message: `is neither JSON nor YAML (${why}); correct it there` });
    return undefined;
  }
}

interface GoNames {
  readonly [name: string]: GoNames | null;
}

/** The names of fields, and below which of them there are more. Maps of the user's own keys are `null`. */
const goNames: GoNames = {
  ID: null,
  depName: null,
  fileNameSuffix: null,
  livenessProbeInfo: null,
  versions: {
    name: null,
    version: null,
    note: null,
    images: { phase: null, image: null, command: null, env: null, secrets: { name: null } },
    imagePullSecrets: { imageSecret: null },
  },
};

/** Gives fields their one spelling, as Go's decoder matches them: exactly, else without regard to case. */
function withGoNames(value: unknown, names: GoNames): unknown {
  if (Array.isArray(value)) return value.map((item) => withGoNames(item, names));
  if (typeof value !== "object" || value === null) return value;
  const spelled = new Map(Object.keys(names).map((name) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const name = spelled.get(key.toLowerCase());
      if (name === undefined) return [];
      const below = names[name];
      return [[name, below ? withGoNames(inner, below) : inner]];
    }),
  );
}
