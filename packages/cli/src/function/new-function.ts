import type { FunctionChanges } from "./change-function.ts";

/** What `deploy` writes when nothing is said, so that it can be seen and changed in the object. */
export const deployDefaults = {
  imagePullPolicy: "Always",
  timeoutSeconds: "180",
  port: 8080,
  servicePort: 0,
} as const satisfies FunctionChanges;

/** The changes that make a new Function: what was asked for, and Kubeless' defaults for the rest. */
export function withDefaults(changes: FunctionChanges): FunctionChanges {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  return { ...deployDefaults, ...given };
}
