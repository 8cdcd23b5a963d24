import type { Fault } from "../../errors.ts";
import { isEqual } from "../../patch/json-patch.ts";
import { denied, required, wrong } from "../../pipeline/metadata.ts";
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
  prepareCreate: (draft) => {
    const isOld = draft.apiVersion === "autoscaling/v1";
    draft.status = { ...(isOld ? { currentReplicas: 0 } : {}), desiredReplicas: 0 };
  },
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

const unchangeable = ["podCIDR", "providerID"] as const;

export const nodeStrategy: Strategy = {
  validateUpdate: (draft, before) => {
    const [spec, old] = [draft.spec, before.spec].map((one) => (one ?? {}) as Record<string, unknown>);
    const changed = unchangeable.filter((name) => old?.[name] && old[name] !== spec?.[name]);
    return changed.map((name) =>
      denied(
        name === "podCIDR" ? "spec.podCIDRs" : `spec.${name}`,
        `node updates may not change ${name} except from "" to valid`,
      ),
    );
  },
};

function immutable(field: string, value: unknown): Fault {
  return wrong(field, value ?? "", "field is immutable");
}

export const ingressClassStrategy: Strategy = {
  validateUpdate: ({ spec }, before) => {
    const [now, then] = [spec, before.spec].map(
      (one) => (one as { controller?: string } | undefined)?.controller,
    );
    return now === then ? [] : [immutable("spec.controller", now)];
  },
};

export const endpointSliceStrategy: Strategy = {
  validateUpdate: ({ addressType }, before) =>
    addressType === before.addressType ? [] : [immutable("addressType", addressType)],
};

/** What happened does not change; only that it did again is added. */
const told = [
  "regarding",
  "reason",
  "note",
  "action",
  "related",
  "reportingController",
  "reportingInstance",
  "type",
];
const coreNames: Readonly<Record<string, string>> = { regarding: "involvedObject", note: "message" };

export const newEventStrategy: Strategy = {
  validateUpdate: (draft, before) =>
    told
      .filter((name) => !isEqual(draft[name], before[name]))
      .map((name) => immutable(coreNames[name] ?? name, draft[name])),
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
