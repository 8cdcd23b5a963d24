import type { KubeObject } from "../api/cluster-api.ts";

/** Turns stored objects into JSON text; what lies in the store is serialised once, however many read it. */
export interface Serializer {
  text(object: KubeObject): string;
}

export function createSerializer(): Serializer {
  const texts = new WeakMap<object, string>();
  return {
    text(object) {
      const known = texts.get(object);
      if (known !== undefined) return known;
      const text = JSON.stringify(object);
      if (Object.isFrozen(object)) texts.set(object, text);
      return text;
    },
  };
}
