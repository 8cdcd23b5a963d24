import { describe, expect, test } from "vitest";
import { checkBrokerNames } from "./broker-names.ts";
import { repository } from "./fixtures.ts";

const packages = {
  "packages/trigger-kit/package.json": { name: "@kubeless/trigger-kit" },
  "packages/rabbit-trigger/package.json": {
    name: "@kubeless/rabbit-trigger",
    dependencies: { "@kubeless/trigger-kit": "workspace:*" },
  },
  "packages/http-trigger/package.json": { name: "@kubeless/http-trigger", dependencies: {} },
};

const faultsOf = (file: string, text: string) =>
  checkBrokerNames(repository({ ...packages, [`packages/trigger-kit/src/${file}`]: text }));

describe("names of brokers in the kit", () => {
  test.each([
    ["an import", 'import { connect } from "rabbitlib";'],
    ["a type", "type Kind = RabbitTrigger;"],
    ["a comment", "// as Rabbit does it"],
  ])("one is caught in %s, with its line", (_, line) => {
    expect(faultsOf("a.ts", `const x = 1;\n${line}`)).toMatchObject([
      { where: "packages/trigger-kit/src/a.ts:2" },
    ]);
  });

  test("a trigger that is not built on the kit is no broker, and neither is part of a word", () => {
    expect(faultsOf("a.ts", "/** http */\nconst jackrabbit = 1;")).toEqual([]);
  });

  test("tests and their fixtures may say what they want", () => {
    expect(faultsOf("a.test.ts", "// rabbit")).toEqual([]);
    expect(faultsOf("fixtures/b.ts", "// rabbit")).toEqual([]);
  });
});
