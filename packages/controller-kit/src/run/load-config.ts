import type { z } from "zod";

/** The environment does not say what the schema wants; the message has a line for every fault. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** One per variable that is wrong. */
  readonly faults: readonly { variable: string; message: string }[];

  constructor(faults: ConfigError["faults"]) {
    const lines = faults.map(({ variable, message }) => `  ${variable}: ${message}`);
    super(
      `The configuration has ${faults.length} fault${faults.length === 1 ? "" : "s"}:\n${lines.join("\n")}`,
    );
    this.faults = faults;
  }
}

/**
 * Reads a configuration from environment variables by a schema whose fields are their names. A variable that is empty
 * counts as absent. Values are never repeated in messages: they may be secrets.
 * @throws ConfigError with all faults together.
 */
export function loadConfig<Schema extends z.ZodObject>(
  schema: Schema,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<z.output<Schema>> {
  const given = Object.keys(schema.shape).flatMap((name) =>
    environment[name] === undefined || environment[name] === "" ? [] : [[name, environment[name]]],
  );
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return Object.freeze(parsed.data);
  throw new ConfigError(
    parsed.error.issues.map(({ path, message }) => ({ variable: path.join(".") || "(together)", message })),
  );
}
