import { badRequest, conflict, StatusError } from "../errors.ts";
import type { Cluster, Target, WriteOptions } from "../pipeline/cluster.ts";
import { readDraft, replaceObject } from "../pipeline/update.ts";

interface Binding {
  readonly target?: { readonly kind?: string; readonly name?: string };
}

/** `pods/NAME/binding`: gives a pod to a node, once. Throws NotFound, Conflict and Invalid. */
export function bindPod(cluster: Cluster, target: Target, body: unknown, options: WriteOptions): object {
  const { subresource: _binding, ...pod } = target;
  const before = readDraft(cluster, pod);
  const { metadata } = (body ?? {}) as { metadata?: { name?: string } };
  if (metadata?.name !== pod.name) throw badRequest("name in URL does not match name in Binding object");
  const name = (body as Binding | undefined)?.target?.name;
  if (!name)
    throw new StatusError("Invalid", `Binding "${pod.name}" is invalid: target.name: Required value`);
  const spec = before.spec as { nodeName?: string; schedulingGates?: unknown[] };
  const bound = { ...target.resource, plural: "pods/binding" };
  if (spec.nodeName)
    throw conflict(bound, pod.name, `pod ${pod.name} is already assigned to node "${spec.nodeName}"`);
  if (spec.schedulingGates?.length)
    throw conflict(bound, pod.name, `pod ${pod.name} has non-empty .spec.schedulingGates`);
  replaceObject(
    cluster,
    pod,
    before,
    structuredClone({ ...before, spec: { ...spec, nodeName: name } }),
    options,
    undefined,
  );
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
}
