import { describe, expect, test } from "vitest";
import type { Arguments, Flags } from "./command.ts";
import { parse, splitList, splitPair, suggest, UsageError } from "./parse.ts";

const flags = {
  handler: { type: "string", description: "Handler" },
  namespace: { type: "string", short: "n", description: "Namespace" },
  output: { type: "string", short: "o", aliases: ["out"], choices: ["json", "yaml"], description: "Format" },
  label: { type: "list", short: "l", description: "Labels" },
  header: { type: "repeated", short: "H", description: "Headers" },
  port: { type: "integer", min: 1, max: 65_535, default: 8080, description: "Port" },
  follow: { type: "boolean", short: "f", description: "Follow" },
  verbose: { type: "boolean", short: "v", description: "Verbose" },
} as const satisfies Flags;
const args = { name: { description: "Name of the function", required: true } } as const satisfies Arguments;

const flagsOf = (...argv: string[]) => parse(["hello", ...argv], args, flags).flags;
const faultOf = (argv: string[], declared: Arguments = args): string => {
  try {
    parse(argv, declared, flags);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
  }
  return "";
};

describe("flags", () => {
  test.each([
    ["apart", ["--handler", "a.b"], { handler: "a.b" }],
    ["with an equals sign", ["--handler=a.b"], { handler: "a.b" }],
    ["with an equals sign in the value", ["--handler=a=b"], { handler: "a=b" }],
    ["short and apart", ["-n", "x"], { namespace: "x" }],
    ["short and joined", ["-nx"], { namespace: "x" }],
    ["short with an equals sign", ["-n=x"], { namespace: "x" }],
    ["by an old spelling", ["--out", "json"], { output: "json" }],
    ["with a value that begins with a dash", ["--handler", "-a"], { handler: "-a" }],
    ["with an empty value", ["--handler="], { handler: "" }],
    ["twice: the last one counts", ["-n", "x", "-n", "y"], { namespace: "y" }],
    ["switches together", ["-fv"], { follow: true, verbose: true }],
    ["a switch turned off", ["--follow=false"], { follow: false }],
    ["lists split at commas and repeated", ["-l", "a=1,b=2", "-l", "c"], { label: ["a=1", "b=2", "c"] }],
    [
      "items that keep their commas",
      ["-H", "Accept: a, b", "-H", "X: 1"],
      { header: ["Accept: a, b", "X: 1"] },
    ],
    ["numbers", ["--port", "80"], { port: 80 }],
  ])("are read %s", (_, argv, expected) => {
    expect(flagsOf(...argv)).toMatchObject(expected);
  });

  test("have their default when they are absent, and are undefined without one", () => {
    expect(flagsOf()).toMatchObject({ port: 8080, handler: undefined, label: undefined });
  });

  test("end at a double dash", () => {
    const { arguments: named } = parse(["--", "-n"], args, flags);
    expect(named).toEqual({ name: "-n" });
  });

  test.each([
    ["unknown", ["--handlr", "x"], "Unknown flag --handlr. Did you mean --handler?"],
    ["unknown and short", ["-x"], "Unknown flag -x."],
    ["without a value", ["--handler"], "--handler needs a value."],
    ["not a choice", ["-o", "xml"], '--output is one of json, yaml, not "xml".'],
    ["not a number", ["--port", "http"], '--port is a whole number from 1 to 65535, not "http".'],
    ["out of range", ["--port", "0"], '--port is a whole number from 1 to 65535, not "0".'],
    ["a switch with a value", ["--follow=maybe"], '--follow is true or false, not "maybe".'],
  ])("that are wrong are named: %s", (_, argv, fault) => {
    expect(faultOf(["hello", ...argv])).toBe(fault);
  });
});

describe("arguments", () => {
  test("that are missing or too many are named, with all other faults", () => {
    expect(faultOf(["--port", "x"])).toBe(
      '--port is a whole number from 1 to 65535, not "x".\nNAME is missing: name of the function.',
    );
    expect(faultOf(["a", "b"])).toBe('Unexpected argument "b": it takes one.');
  });

  test("that are variadic take the rest", () => {
    const names = { names: { description: "Names", variadic: true } } as const;
    expect(parse(["a", "b", "-f"], names, flags).arguments).toEqual({ names: ["a", "b"] });
  });
});

test.each([
  ["a,b", ["a", "b"]],
  ['"a,b",c', ["a,b", "c"]],
  ['"say ""hi""",x', ['say "hi"', "x"]],
  ["", []],
])("a list %s is split at its commas, not within quotes", (text, items) => {
  expect(splitList(text).filter((item) => item !== "")).toEqual(items);
});

test.each([
  ["a=b:c", ["a", "b:c"]],
  ["a:b=c", ["a", "b=c"]],
  ["a", ["a", ""]],
  ["a=", ["a", ""]],
])("a pair %s is split at the first separator", (text, pair) => {
  expect(splitPair(text)).toEqual(pair);
});

test("what is near is suggested, what is far is not", () => {
  expect(suggest("delpoy", ["deploy", "delete"])).toBe(" Did you mean deploy?");
  expect(suggest("zzzzzz", ["deploy", "delete"])).toBe("");
});
