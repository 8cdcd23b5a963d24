import type { Flags } from "./command.ts";
import { completeContexts, completeNamespaces } from "./completion/candidates.ts";

/** Which cluster a command means; known to every command that talks to one, and allowed before the command's name. */
export const clusterFlags = {
  kubeconfig: {
    type: "string",
    placeholder: "FILE",
    description: "The kubeconfig to use instead of KUBECONFIG or ~/.kube/config",
    complete: "files",
  },
  context: {
    type: "string",
    placeholder: "NAME",
    description: "The context of the kubeconfig to use instead of its current one",
    complete: completeContexts,
  },
} as const satisfies Flags;

/** For commands about objects, which live in a namespace. */
export const namespaceFlags = {
  ...clusterFlags,
  namespace: {
    type: "string",
    short: "n",
    placeholder: "NAME",
    description: "The namespace to use instead of the context's",
    complete: completeNamespaces,
  },
} as const satisfies Flags;
