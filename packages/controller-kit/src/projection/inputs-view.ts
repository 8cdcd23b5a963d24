import type { Live, ObjectReference } from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";
import type { Informer } from "../informer/informer.ts";
import type { Inputs } from "./projection.ts";

/**
 * What a projection may read: exactly the objects its `inputs` pointed at, so that nothing is read whose change would
 * go unnoticed.
 */
export function createInputs(
  references: readonly ObjectReference[],
  informers: readonly Informer<object>[],
  children: readonly Informer<object>[] = [],
): Inputs {
  const declared = new Set(references.map((reference) => sayReference(reference)));

  function informersOf(resource: Resource<object>, reference: ObjectReference): Informer<object>[] {
    const wanted = sayReference(reference);
    if (!declared.has(wanted))
      throw new TypeError(`${wanted} is read but not among the projection's inputs.`);
    const watching = informers.filter(({ resource: { apiVersion, kind } }) =>
      isKind(resource, apiVersion, kind),
    );
    if (watching.length === 0) throw new TypeError(`${resource.kind} is not among the projection's reads.`);
    return watching;
  }

  return {
    get<T extends object>(resource: Resource<T>, name: { namespace?: string | undefined; name: string }) {
      const watching = informersOf(resource, { ...kindOf(resource), ...name });
      return watching.map((informer) => informer.get(name)).find((found) => found !== undefined) as
        | Live<T>
        | undefined;
    },
    list<T extends object>(
      resource: Resource<T>,
      {
        namespace,
        labels = {},
      }: { namespace?: string | undefined; labels?: Readonly<Record<string, string>> | undefined },
    ) {
      const watching = informersOf(resource, { ...kindOf(resource), namespace, labels });
      return watching.flatMap((informer) => informer.select({ namespace, labels })) as Live<T>[];
    },
    isServed: (resource) =>
      [...informers, ...children].some(
        (informer) =>
          isKind(resource, informer.resource.apiVersion, informer.resource.kind) && informer.isServed,
      ),
  };
}

function kindOf({ apiVersion, kind }: Resource<object>) {
  return { apiVersion, kind };
}

function isKind(resource: Resource<object>, apiVersion: string, kind: string): boolean {
  return resource.apiVersion === apiVersion && resource.kind === kind;
}

function sayReference({ apiVersion, kind, namespace = "*", name, labels = {} }: ObjectReference): string {
  const selector = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  return `${apiVersion} ${kind} ${namespace}/${name ?? `[${selector.sort().join(",")}]`}`;
}
