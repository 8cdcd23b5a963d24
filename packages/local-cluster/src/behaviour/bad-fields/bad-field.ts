/** A path into a good object, what is put there, and what is refused: that field, another one, or the request by its code. */
export type BadField = readonly [path: string, value: unknown, refused?: string | number];

export interface GoodObject {
  /** Of its API. */
  readonly root: string;
  readonly isClusterWide?: true;
  readonly object: object;
}

/** A copy of the object with the value at a path like `spec.ports[0].name`. */
export function withField(object: object, path: string, value: unknown): object {
  const copy = structuredClone(object);
  const steps = path.match(/[^.[\]]+/g) ?? [];
  const last = steps.pop() ?? "";
  const parent = steps.reduce(
    (at, step) => at[step] as Record<string, unknown>,
    copy as Record<string, unknown>,
  );
  parent[last] = value;
  return copy;
}
