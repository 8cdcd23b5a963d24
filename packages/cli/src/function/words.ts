import type { KindWords } from "../objects.ts";

export const functionWords: KindWords = { kind: "Function", command: "kubeless function" };
