import type { Fault } from "../../errors.ts";
import { isEqual } from "../../patch/json-patch.ts";
import { required, wrong } from "../../pipeline/metadata.ts";
import { goValue } from "../../schema/validate.ts";
import type { Strategy } from "../strategy.ts";

interface IngressSpec {
  defaultBackend?: object;
  rules?: {
    host?: string;
    http?: { paths?: { path?: string; pathType?: string; backend?: { service?: { name?: string } } }[] };
  }[];
}

export const ingressStrategy: Strategy = {
  prepareCreate: (draft) => {
    draft.status = { loadBalancer: {} };
  },
  validate: (draft) => ingressFaults((draft.spec ?? {}) as IngressSpec),
};

export const autoscalerStrategy: Strategy = {
  validate: (draft) => {
    const { minReplicas = 1, maxReplicas = 0 } = (draft.spec ?? {}) as {
      minReplicas?: number;
      maxReplicas?: number;
    };
    const faults: Fault[] = [];
    if (minReplicas < 1)
      faults.push(wrong("spec.minReplicas", minReplicas, "must be greater than or equal to 1"));
    if (maxReplicas < 1) faults.push(wrong("spec.maxReplicas", maxReplicas, "must be greater than 0"));
    else if (maxReplicas < minReplicas)
      faults.push(wrong("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`"));
    return faults;
  },
};

export const disruptionStrategy: Strategy = {
  prepareCreate: (draft) => {
    draft.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  validate: (draft) => {
    const { minAvailable, maxUnavailable } = (draft.spec ?? {}) as {
      minAvailable?: unknown;
      maxUnavailable?: unknown;
    };
    if (minAvailable === undefined || maxUnavailable === undefined) return [];
    const words = "minAvailable and maxUnavailable cannot be both set";
    return [
      {
        reason: "FieldValueInvalid",
        field: "spec",
        message: `Invalid value: ${goValue(draft.spec)}: ${words}`,
      },
    ];
  },
};

export const bindingStrategy: Strategy = {
  validateUpdate: (draft, before) => {
    if (isEqual(draft.roleRef, before.roleRef)) return [];
    return [
      {
        reason: "FieldValueInvalid",
        field: "roleRef",
        message: `Invalid value: ${goValue(draft.roleRef)}: cannot change roleRef`,
      },
    ];
  },
};

function ingressFaults(spec: IngressSpec): Fault[] {
  if (spec.defaultBackend === undefined && (spec.rules ?? []).length === 0) {
    return [wrong("spec", {}, "either `defaultBackend` or `rules` must be specified")];
  }
  return (spec.rules ?? []).flatMap(({ http }, rule) =>
    (http?.paths ?? []).flatMap(({ path, pathType }, index) => {
      const at = `spec.rules[${rule}].http.paths[${index}]`;
      if (pathType === undefined) return [required(`${at}.pathType`, "pathType must be specified")];
      if (pathType === "" || (pathType === "ImplementationSpecific" && !path)) return [];
      return path?.startsWith("/") === true
        ? []
        : [wrong(`${at}.path`, path ?? "", "must be an absolute path")];
    }),
  );
}
