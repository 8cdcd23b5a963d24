import { parseArgs } from "node:util";
import { ProvisionError } from "./errors.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import type { ProvisionRequest, SourceFormat } from "./provision.ts";

export interface ProvisionerArguments {
  readonly request: ProvisionRequest;
  /** The file that the result is written to as JSON: the container's termination message. */
  readonly report?: string | undefined;
}

const ENCODINGS = ["text", "base64", "url"] as const;
const FORMATS: readonly SourceFormat[] = ["file", "zip", "tar"];

/** Reads the provisioner's arguments (its README lists them). Throws InvalidArguments naming the one that is wrong. */
export function parseProvisionerArguments(
  args: readonly string[],
  temporaryFolder: string,
): ProvisionerArguments {
  const values = parse(args);
  const request: ProvisionRequest = {
    source: values.source,
    encoding: oneOf("encoding", ENCODINGS, values.encoding),
    format: oneOf("format", FORMATS, values.format),
    name: values.name ?? "",
    sha256: values.sha256,
    dependencies:
      values.deps === undefined
        ? undefined
        : { from: values.deps, name: required("deps-name", values["deps-name"]) },
    destination: required("into", values.into),
    temporaryFolder,
    limits: DEFAULT_LIMITS,
  };
  if (request.source !== undefined && request.format === "file") required("name", values.name);
  if (request.sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(request.sha256))
    throw wrong("sha256", "64 hexadecimal digits");
  return { request, report: values.report };
}

function parse(args: readonly string[]) {
  const text = { type: "string" } as const;
  const options = {
    source: text,
    encoding: { ...text, default: "text" },
    format: { ...text, default: "file" },
    name: text,
    sha256: text,
    deps: text,
    "deps-name": text,
    into: text,
    report: text,
  };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (cause) {
    throw new ProvisionError("InvalidArguments", cause instanceof Error ? cause.message : String(cause), {
      cause,
    });
  }
}

function required(name: string, value: string | undefined): string {
  if (value === undefined || value === "") throw wrong(name, "given");
  return value;
}

function oneOf<Value extends string>(name: string, allowed: readonly Value[], value: string): Value {
  const found = allowed.find((each) => each === value);
  if (found === undefined) throw wrong(name, `one of ${allowed.join(", ")}`);
  return found;
}

function wrong(name: string, expected: string): ProvisionError {
  return new ProvisionError("InvalidArguments", `--${name} must be ${expected}`);
}
