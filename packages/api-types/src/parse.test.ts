import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { functionResource, timeoutSeconds } from "./function.ts";
import { kafkaTriggerResource } from "./kafka-trigger.ts";
import { formatFaults } from "./parse.ts";
import { resources } from "./resources.ts";
import { acceptedObjects } from "./testing/accepted-objects.ts";
import {
  applyChange,
  badObjects,
  type Change,
  faultPath,
  nameChange,
  onlyTheControllerKnows,
} from "./testing/bad-objects.ts";
import { cliObjects, otherObjects } from "./testing/stored-objects.ts";

interface Verdict {
  readonly accepted: boolean;
  readonly causes?: readonly { readonly field: string; readonly message: string }[];
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, "fixtures", "verdicts.json"), "utf8"),
) as Record<string, Verdict>;

const parse = (object: { kind: string }) => {
  const resource = resources.find(({ kind }) => kind === object.kind);
  if (resource === undefined) throw new Error(`There is no kind ${object.kind}.`);
  return resource.parse(object);
};

describe("stored objects", () => {
  test.each(
    [...cliObjects(), ...otherObjects()].map((each) => [`${each.kind} ${each.metadata.name}`, each] as const),
  )("%s is accepted as it is stored", (_name, object) => {
    expect(parse(object)).toMatchObject({ ok: true });
  });

  test("nulls and empty strings mean the same as nothing", () => {
    const spec = { handler: null, timeout: "", deployment: null, service: null, deps: null };
    const parsed = functionResource.parse({ ...acceptedObjects.function, spec });
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        spec: {
          handler: "",
          timeout: "180",
          deployment: {},
          service: {},
          deps: "",
          revisionHistoryLimit: 10,
        },
      },
    });
    expect(timeoutSeconds({ timeout: "0045" })).toBe(45);
  });

  test("what is passed on to Kubernetes is kept, nulls included", () => {
    const object = cliObjects().find(({ metadata }) => metadata.name === "everything");
    const parsed = functionResource.parse(object);
    expect(parsed.ok ? parsed.value.spec.deployment : undefined).toEqual(object?.spec.deployment);
  });

  test("a null in a field of ours is dropped, as the API server does", () => {
    const spec = { ...acceptedObjects.function.spec, replicas: null };
    const parsed = functionResource.parse({ ...acceptedObjects.function, spec });
    expect(parsed.ok && "replicas" in parsed.value.spec).toBe(false);
  });
});

describe("defaults", () => {
  test("delivery is at most once, as Kubeless always delivered", () => {
    const { delivery: _delivery, ...spec } = acceptedObjects.kafka.spec;
    const parsed = kafkaTriggerResource.parse({ ...acceptedObjects.kafka, spec });
    expect(parsed.ok ? parsed.value.spec.delivery : undefined).toEqual({
      guarantee: "atMostOnce",
      maxInFlight: 32,
      ordering: "partition",
      retry: { maxAttempts: 5, minBackoffMs: 500, maxBackoffMs: 30_000, maxAgeSeconds: 86_400 },
    });
  });

  test("the object that was given is not changed", () => {
    const given = structuredClone(acceptedObjects.kafka);
    kafkaTriggerResource.parse(given);
    expect(given).toEqual(acceptedObjects.kafka);
  });
});

describe("bad objects", () => {
  test("there are at least 120, all different", () => {
    expect(new Set(badObjects.map(nameChange)).size).toBeGreaterThanOrEqual(120);
    expect(Object.keys(recorded).sort()).toEqual(
      [...badObjects, ...onlyTheControllerKnows].map(nameChange).sort(),
    );
  });

  test.each(Object.entries(acceptedObjects))(
    "%s, which they are one change away from, is accepted",
    (_name, object) => {
      expect(parse(object)).toMatchObject({ ok: true });
    },
  );

  test.each(badObjects.map((change) => [nameChange(change), change] as const))(
    "%s is refused by the API server and by the parser, at the same field",
    (name, change) => {
      const parsed = parse(applyChange(change));
      expect(recorded[name]?.accepted).toBe(false);
      expect(parsed.ok).toBe(false);
      const faults = parsed.ok ? [] : parsed.faults;
      expect(faults.map(({ path }) => path)).toContain(faultPath(change));
      for (const { message } of faults) expect(message).toMatch(/write|remove|add|select|is missing/);
      expect(fieldsOf(recorded[name])).toContain(normal(faultPath(change)));
    },
  );

  test.each(badObjects.map((change) => [nameChange(change), change] as const))(
    "%s: what our rules say, the API server says in the same words",
    (name, change: Change) => {
      const parsed = parse(applyChange(change));
      const ours = parsed.ok ? [] : parsed.faults.map(({ message }) => message);
      for (const { message } of ruleCauses(recorded[name])) expect(ours).toContain(message);
    },
  );

  test.each(onlyTheControllerKnows.map((row) => [`${row[4]} (${nameChange(row)})`, row] as const))(
    "only the controller can know %s",
    (_name, row) => {
      expect(recorded[nameChange(row)]?.accepted).toBe(true);
      expect(parse(applyChange(row))).toMatchObject({ ok: true });
    },
  );

  test.each([undefined, null, 7, "text", [], {}, { apiVersion: "v1", kind: "Pod", metadata: { name: "a" } }])(
    "%j is no object of ours, and nothing is thrown",
    (value) => {
      expect(functionResource.parse(value)).toMatchObject({ ok: false });
    },
  );

  test.each([
    [{}, "metadata.name"],
    [{ generateName: "a-" }, "metadata.name"],
    [null, "metadata"],
  ])("metadata %j: one fault, which says that something is missing", (metadata, path) => {
    expect(parse({ ...acceptedObjects.function, metadata } as never)).toEqual({
      ok: false,
      faults: [{ path, message: expect.stringMatching(/^is missing: write (a string|an object)$/) }],
    });
  });

  test("an object with __proto__ keys changes nothing but itself", () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": true}, "handler": "a.b"}');
    functionResource.parse({ ...acceptedObjects.function, spec: hostile });
    expect({}).not.toHaveProperty("polluted");
  });

  test("the size of source over the limit is said, in bytes", () => {
    const parsed = parse(applyChange(["function", "spec.function", "ä".repeat(450_001)]));
    expect(parsed.ok ? "" : formatFaults(parsed.faults)).toMatch(
      /^spec\.function: is 900002 bytes: write at most 900000/,
    );
  });

  test.each([
    ["spec.runtime", 24, '"24"'],
    ["spec.timeout", 30, '"30"'],
    ["spec.handler", true, '"true"'],
  ])("%s = %j: the advice is to write it in quotes", (path, value, quoted) => {
    const parsed = parse(applyChange(["function", path, value]));
    expect(parsed.ok ? "" : formatFaults(parsed.faults)).toContain(
      `${path}: write a string in quotes, e.g. ${quoted}`,
    );
  });

  test("all faults are reported together, a line each", () => {
    const spec = { ...acceptedObjects.function.spec, handler: "x", timeout: 3, replicas: -1 };
    const parsed = parse({ ...acceptedObjects.function, spec } as { kind: string });
    expect(parsed.ok ? "" : formatFaults(parsed.faults).split("\n")).toHaveLength(3);
  });
});

/** The API server writes paths below lists and maps in two ways. */
function normal(path: string): string {
  return path.replaceAll(/\[(\w+)\]/g, ".$1");
}

function fieldsOf(verdict: Verdict | undefined): string[] {
  return (verdict?.causes ?? []).map(({ field }) => normal(field));
}

function ruleCauses(verdict: Verdict | undefined): { message: string }[] {
  return (verdict?.causes ?? []).flatMap(({ message }) => {
    const [, rule] =
      /^Invalid value: (?:".*?"|\w+): ((?:write|remove|add|select|is \d).*)$/s.exec(message) ?? [];
    return rule === undefined ? [] : [{ message: rule }];
  });
}
