import type { Output } from "../world.ts";

/** What `-o` may ask for beside the table. */
export const formats = ["json", "yaml", "wide", "name"] as const;
export type Format = (typeof formats)[number];

interface Named {
  readonly apiVersion?: string | undefined;
  readonly kind?: string | undefined;
  readonly metadata?: { readonly name?: string | undefined } | undefined;
}

/** Objects as JSON: one object as it is, several as an array, as Kubeless printed them. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** YAML as kubectl writes it; `yes` and `on` are quoted, long lines are not folded. */
export async function renderYaml(value: unknown): Promise<string> {
  const { dump } = await import("js-yaml");
  return dump(JSON.parse(JSON.stringify(value)), { lineWidth: -1, noRefs: true });
}

/** `function.kubeless.io/hello`, one a line, as `kubectl -o name`. */
function renderNames(objects: readonly Named[]): string {
  return objects
    .map(({ apiVersion = "", kind = "object", metadata }) => {
      const [group] = apiVersion.split("/");
      return `${kind.toLowerCase()}.${group}/${metadata?.name}\n`;
    })
    .join("");
}

/** Prints what is meant for programs; false when it was the table (or its wide form) that was asked for. */
export async function printFormatted(
  output: Output,
  format: Format | undefined,
  value: Named | readonly Named[],
): Promise<boolean> {
  switch (format) {
    case "json":
      await output.write(renderJson(withoutManagedFields(value)));
      return true;
    case "yaml":
      await output.write(await renderYaml(withoutManagedFields(value)));
      return true;
    case "name":
      await output.write(renderNames(Array.isArray(value) ? value : [value as Named]));
      return true;
    default:
      return false;
  }
}

/** The flag `-o` of what has no name to print, which Kubeless also called `--out`. */
export const dataFlags = {
  output: {
    type: "string",
    short: "o",
    aliases: ["out"],
    choices: ["json", "yaml"],
    description: "Another format",
  },
} as const;

/** Prints a value as it is; false when it was the table that was asked for. */
export async function printData(
  output: Output,
  format: "json" | "yaml" | undefined,
  value: unknown,
): Promise<boolean> {
  if (format === undefined) return false;
  await output.write(format === "json" ? renderJson(value) : await renderYaml(value));
  return true;
}

/** Who wrote which field is for machines; kubectl leaves it out too. */
function withoutManagedFields(value: Named | readonly Named[]): unknown {
  if (Array.isArray(value)) return value.map(withoutManagedFields);
  const { metadata = {} } = value as { metadata?: { managedFields?: unknown } };
  const { managedFields: _, ...others } = metadata;
  return { ...value, metadata: others };
}
