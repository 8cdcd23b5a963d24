import type { RenderedObject } from "@kubeless/controller-kit";
import type { Dressing } from "../gateways/gateway.ts";
import type { Plan } from "./plan.ts";

/** The trigger's Ingress, with what its gateway is told in its own words. */
export function renderIngress(
  plan: Plan,
  target: NonNullable<Plan["target"]>,
  dressing: Dressing,
): RenderedObject {
  const { host, className, tlsSecret } = plan;
  const backend = { service: { name: target.service, port: { number: target.port } } };
  const { paths = [{ path: plan.path === "" ? "/" : plan.path, pathType: "Prefix" }] } = dressing;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name: plan.name,
      labels: { ...plan.labels },
      annotations: {
        ...dressing.defaults,
        ...plan.annotations,
        ...dressing.annotations,
        ...(plan.spec.tls ? { "kubernetes.io/tls-acme": "true" } : {}),
      },
    },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      rules: [
        { ...(host === "" ? {} : { host }), http: { paths: paths.map((path) => ({ ...path, backend })) } },
      ],
      ...(tlsSecret === undefined
        ? {}
        : { tls: [{ ...(host === "" ? {} : { hosts: [host] }), secretName: tlsSecret }] }),
    },
  } as RenderedObject;
}
