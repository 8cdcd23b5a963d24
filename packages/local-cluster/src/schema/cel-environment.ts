import { Environment } from "@marcbachmann/cel-js";
import { registerSearches } from "./cel-search.ts";

/** CEL with the functions of Kubernetes' libraries that the evaluator does not bring. */
export function celEnvironment(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: {
      maxAstNodes: 100_000,
      maxDepth: 250,
      maxListElements: 1000,
      maxMapEntries: 1000,
      maxCallArguments: 32,
    },
  });
  for (const [signature, handler] of Object.entries(functions))
    environment.registerFunction(signature, handler);
  return registerSearches(environment);
}

type Item = string | bigint | number;

const functions: Readonly<Record<string, (...values: never[]) => unknown>> = {
  "string.replace(string, string): string": (text: string, from: string, to: string) =>
    text.replaceAll(from, () => to),
  "string.charAt(int): string": (text: string, at: bigint) => [...text][Number(at)] ?? "",
  "list.isSorted(): bool": (list: Item[]) =>
    list.every((item, index) => index === 0 || (list[index - 1] ?? item) <= item),
  "list.sum(): dyn": (list: Item[]) =>
    list.reduce<Item>(
      (sum, item) => (typeof item === "bigint" ? BigInt(sum) + item : Number(sum) + Number(item)),
      0n,
    ),
  "list.min(): dyn": (list: Item[]) => ordered(list)[0],
  "list.max(): dyn": (list: Item[]) => ordered(list).at(-1),
  "list.indexOf(dyn): int": (list: Item[], item: Item) => BigInt(list.indexOf(item)),
  "isURL(string): bool": (text: string) => URL.canParse(text) || /^\/\S*$/.test(text),
};

function ordered(list: readonly Item[]): Item[] {
  return [...list].sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
}
