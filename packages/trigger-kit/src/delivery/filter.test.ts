import { describe, expect, test } from "vitest";
import type { SourceRecord } from "../source.ts";
import { compileFilter } from "./filter.ts";

function recordOf(body: string, more: Partial<SourceRecord> = {}): SourceRecord {
  return {
    id: "1",
    time: new Date(0),
    headers: {},
    extensions: {},
    body: new TextEncoder().encode(body),
    lane: "a",
    position: 1,
    ...more,
  };
}

describe("a filter", () => {
  test.each([
    ["data.total > 100.0", '{"total": 250}', true],
    ["data.total > 100.0", '{"total": 5}', false],
    ["data.items.exists(i, i.sku == 'a')", '{"items":[{"sku":"a"}]}', true],
    ["data == 'plain text'", "plain text", true],
    ["has(data.total)", "{}", false],
    ["data.name.startsWith('é')", '{"name":"été"}', true],
    ["true", "", true],
  ])("%s of %s is %s", (expression, body, expected) => {
    expect(compileFilter(expression)(recordOf(body))).toBe(expected);
  });

  test("sees the record's headers and its key", () => {
    const record = recordOf("{}", { headers: { kind: "order" }, key: new TextEncoder().encode("42") });
    expect(compileFilter("headers['kind'] == 'order' && key == '42'")(record)).toBe(true);
    expect(compileFilter("'kind' in headers")(recordOf("{}"))).toBe(false);
    expect(compileFilter("key == ''")(recordOf("{}"))).toBe(true);
  });

  test.each(["data.total >", "nobody.knows == 1", "import os", ""])(
    "that is no expression over them (%s) is refused when it is read",
    (expression) => {
      expect(() => compileFilter(expression)).toThrow();
    },
  );

  test("that looks in vain for a pattern with many ways to match holds up nobody", () => {
    const startedMs = performance.now();
    expect(compileFilter("data.matches('^(a+)+$')")(recordOf(`${"a".repeat(26)}!`))).toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });

  test("that finds no such field, or gives no boolean, throws for that record", () => {
    expect(() => compileFilter("data.total > 1.0")(recordOf("{}"))).toThrow();
    expect(() => compileFilter("data.total")(recordOf('{"total":1}'))).toThrow("not true or false");
  });
});
