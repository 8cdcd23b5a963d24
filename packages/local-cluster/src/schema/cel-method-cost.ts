import type { Value } from "./cel-cost.ts";

/** Of what a method is called on, of one of its items, and of the first argument. */
interface Sizes {
  readonly target: number;
  readonly item: number;
  readonly argument: number;
}

type Method = (sizes: Sizes) => Value & { readonly cost: number };

/** What a method costs beside its receiver and arguments, and what is known of what it returns. */
export function methodCost(name: string, ofList: boolean, sizes: Sizes): ReturnType<Method> {
  const table = ofList ? listMethods : textMethods;
  return (Object.hasOwn(table, name) ? table[name] : undefined)?.(sizes) ?? { cost: 1 };
}

const tenth = (size: number) => Math.ceil(size / 10);
const search: Method = ({ target, argument }) => ({ cost: tenth(target) * tenth(argument) });
const matchCost = ({ target, argument }: Sizes) => tenth(target + 1) * Math.ceil(argument / 4);
const start: Method = ({ argument }) => ({ cost: tenth(argument) });
const part: Method = ({ target }) => ({ cost: tenth(target), size: target, isText: true });

const textMethods: Readonly<Record<string, Method>> = {
  startsWith: start,
  endsWith: start,
  matches: (sizes) => ({ cost: matchCost(sizes) }),
  find: (sizes) => ({ cost: matchCost(sizes), size: sizes.target, isText: true }),
  findAll: (sizes) => ({ cost: matchCost(sizes), item: {} }),
  contains: search,
  indexOf: search,
  lastIndexOf: search,
  charAt: () => ({ cost: 1, size: 1, isText: true }),
  lowerAscii: part,
  upperAscii: part,
  substring: part,
  trim: part,
  replace: ({ target }) => ({ cost: tenth(2 * target), size: target, isText: true }),
  split: ({ target }) => ({ cost: tenth(2 * target), size: target, item: {} }),
};

const walk: Method = ({ target, item }) => ({ cost: target * (1 + tenth(item)) });

const listMethods: Readonly<Record<string, Method>> = {
  isSorted: walk,
  sum: walk,
  min: walk,
  max: walk,
  indexOf: walk,
  lastIndexOf: walk,
  join: ({ target, item, argument }) => {
    const size = target * (item + argument);
    return { cost: tenth(size), size, isText: true };
  },
};
