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

  describe("that looks for a pattern", () => {
    test.each([
      ["data.matches('^order-[0-9]+$')", "order-12", true],
      ["data.matches('^order-[0-9]+$')", "an order-12", false],
      ["data.matches('r-[0-9]')", "an order-12", true],
      ["data.matches('(?i)ORDER')", "an order", true],
      ["data.all(name, name.matches('^[ab]$'))", '["a","b"]', true],
      ["data.text.matches('^' + data.start)", '{"text":"order","start":"o.d"}', true],
      ["headers['kind'].matches(key)", "", true],
    ])("finds as RE2 does: %s of %s is %s", (expression, body, expected) => {
      const record = recordOf(body, { headers: { kind: "order" }, key: new TextEncoder().encode("^order$") });
      expect(compileFilter(expression)(record)).toBe(expected);
    });

    test("in vain ends soon, however many ways there are to match", () => {
      const isFound = compileFilter("data.matches('^(a+)+$') || data.matches(headers.pattern)");
      expect(isFound(recordOf(`${"a".repeat(100_000)}!`, { headers: { pattern: "(a|aa)+$" } }))).toBe(false);
    });

    test.each([
      ["data.matches('(a+)\\\\1')", "invalid escape sequence: `\\1`"],
      ["data.matches('a(?=b)')", "invalid or unsupported Perl syntax: `(?=`"],
      ["data.matches('(')", "missing closing ): `(`"],
      [`data.matches('${"a".repeat(1_001)}')`, "has 1001 characters, of 1000 at most"],
      ["key.matches(1)", "no matching overload for 'string.matches(int)'"],
      ["headers.matches('a')", "no matching overload for 'map<string, string>.matches(string)'"],
    ])("that is none is refused when it is read (%s)", (expression, fault) => {
      expect(() => compileFilter(expression)).toThrow(fault);
    });

    test("that is much work for a long text throws for that text alone", () => {
      const isFound = compileFilter("data.matches('a.{1000}b')");
      expect(isFound(recordOf("a".repeat(40_000)))).toBe(false);
      expect(() => isFound(recordOf("a".repeat(60_000)))).toThrow("too long for this pattern");
    });

    test.each([
      ['{"text":"aa","pattern":"(a)\\\\1"}', "invalid escape sequence: `\\1`"],
      [JSON.stringify({ text: "a", pattern: "a".repeat(101) }), "has 101 characters, of 100 at most"],
      [JSON.stringify({ text: "a".repeat(10_000), pattern: "a.{1000}b" }), "too long for this pattern"],
      ['{"text":1,"pattern":"a"}', "no matching overload for 'number.matches(string)'"],
    ])("that is made of the record, and is none or too much work, throws for it (%#)", (body, fault) => {
      expect(() => compileFilter("data.text.matches(data.pattern)")(recordOf(body))).toThrow(fault);
    });
  });

  test("that finds no such field, or gives no boolean, throws for that record", () => {
    expect(() => compileFilter("data.total > 1.0")(recordOf("{}"))).toThrow();
    expect(() => compileFilter("data.total")(recordOf('{"total":1}'))).toThrow("not true or false");
  });
});
