import type { Definition } from "./definition.ts";

type Names = Definition["spec"]["names"];

export interface Acceptance {
  readonly names: Partial<Names> & { readonly kind: string };
  /** Why not all names are accepted; of several conflicts the last, as upstream tells it. */
  readonly conflict: { readonly reason: string; readonly message: string } | undefined;
}

/** Which names of a definition nobody else in its group has; once accepted, they stay. */
export function acceptNames({ metadata, spec, status }: Definition, all: readonly Definition[]): Acceptance {
  const others = all
    .filter((other) => other.spec.group === spec.group && other.metadata.name !== metadata.name)
    .map((other): Partial<Names> => other.status?.acceptedNames ?? {});
  const resources = new Set(
    others.flatMap(({ plural, singular, shortNames = [] }) => [plural, singular, ...shortNames]),
  );
  const kinds = new Set(others.flatMap(({ kind, listKind }) => [kind, listKind]));
  const own: Partial<Names> = status?.acceptedNames ?? {};
  const { plural, singular, shortNames = [], kind, listKind, categories } = spec.names;
  const isFree = (name: string | undefined, taken: ReadonlySet<string | undefined>, known: unknown) =>
    name === undefined || name === known || !taken.has(name);
  const takenShort = shortNames.filter(
    (name) =>
      !isFree(
        name,
        resources,
        own.shortNames?.find((one) => one === name),
      ),
  );
  const verdicts = [
    ["Plural", isFree(plural, resources, own.plural), plural],
    ["Singular", isFree(singular, resources, own.singular), singular],
    ["ShortNames", takenShort.length === 0, takenShort[0]],
    ["Kind", isFree(kind, kinds, own.kind), kind],
    ["ListKind", isFree(listKind, kinds, own.listKind), listKind],
  ] as const;
  const lost = new Set(verdicts.filter(([, isAccepted]) => !isAccepted).map(([what]) => what));
  const last = verdicts.findLast(([, isAccepted]) => !isAccepted);
  return {
    names: {
      ...(lost.has("Plural") ? {} : { plural }),
      ...(lost.has("Singular") || singular === undefined ? {} : { singular }),
      ...(lost.has("ShortNames") || shortNames.length === 0 ? {} : { shortNames }),
      kind: lost.has("Kind") ? "" : kind,
      ...(lost.has("ListKind") || listKind === undefined ? {} : { listKind }),
      ...(categories === undefined ? {} : { categories }),
    },
    conflict: last && { reason: `${last[0]}Conflict`, message: `"${last[2]}" is already in use` },
  };
}
