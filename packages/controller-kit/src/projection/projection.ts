import type { KubernetesObject, Live, ObjectReference } from "../cluster/kubernetes-object.ts";
import type { Resource } from "../cluster/resource.ts";
import type { WatchedKind } from "../informer/informer-cache.ts";
import type { StatusStatement } from "../status/write-status.ts";

/** An object as a projection renders it: kind and name, and the namespace unless it is the projected object's. */
export type RenderedObject = KubernetesObject & {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
};

/** A child as it is in the cluster. Fields that are not metadata are absent for kinds watched `metadataOnly`. */
export type LiveChild = Live<KubernetesObject & Record<string, unknown>>;

/** What should exist. Children of the projected object that are neither in `objects` nor in `keep` are deleted. */
export interface Children {
  /** Written in this order; what follows a write that failed is not written in this round. */
  objects: readonly RenderedObject[];
  /** Live children that stay as they are, without being rendered again. */
  keep?: readonly { kind: string; metadata: { name: string } }[] | undefined;
  /**
   * When one cannot be written, it and what would have followed are deleted rather than left as they were: for objects
   * that would stay open where they should now be protected.
   */
  failClosed?: boolean | undefined;
  /** Look again after so long, though nothing changed. */
  requeueAfterMs?: number | undefined;
}

/** Why nothing can be rendered. What exists is left as it is. Becomes a condition, through `observe`. */
export interface Fault<Reason extends string = string> {
  fault: true;
  /** Stable, CamelCase. */
  reason: Reason;
  /** One sentence: what happened and what to do next. */
  message: string;
  /** Look again after so long, though nothing changed. */
  requeueAfterMs?: number | undefined;
}

/** Why a child could not be written or deleted in this round, for the status. */
export interface WriteFault {
  child: { apiVersion: string; kind: string; name: string };
  /**
   * `NotOurs`: an object of that name exists and another owns it. `TakeOverBlocked`: see {@link TakeOver.blocked}.
   * Else the API server's reason: `Invalid`, `Forbidden`, …
   */
  reason: string;
  message: string;
}

/** What happened between rendering and observing. */
export interface Outcome<Reason extends string = string> {
  /** What `render` returned instead of children. */
  fault?: Fault<Reason> | undefined;
  writeFaults: readonly WriteFault[];
}

/** The objects that `inputs` pointed at, as they are now. Read-only and synchronous: they come from the watch. */
export interface Inputs {
  /** Undefined when it does not exist. @throws TypeError for a kind that the projection does not list in `reads`. */
  get<T extends object>(
    resource: Resource<T>,
    name: { namespace?: string | undefined; name: string },
  ): Live<T> | undefined;
  /** All that carry these labels. */
  list<T extends object>(
    resource: Resource<T>,
    select: { namespace?: string | undefined; labels?: Readonly<Record<string, string>> | undefined },
  ): Live<T>[];
  /** Whether the cluster serves this kind, one of `children` or `reads`; false only for an `optional` one. */
  isServed(resource: Resource<object>): boolean;
}

/** How children of a former version of a controller become ours: see {@link Projection.takeOver}. */
export interface TakeOver {
  /** Managers in `metadata.managedFields` whose fields become ours. */
  managers: readonly string[];
  /** Why such children are not to be touched now (the former controller still runs). */
  blocked?(inputs: Inputs): { message: string } | undefined;
}

/**
 * Makes some objects follow another one. All three functions are pure: everything they need comes in, all they want
 * goes out as a value. The kit watches, applies, prunes (only what the object owns, by uid) and writes the status.
 * `Reason`: those that its faults carry, a union of literals where a compiler should hold them against their table.
 */
export interface Projection<Object extends object = KubernetesObject, Reason extends string = string> {
  /** For logs, metrics and the work queue: `function`. */
  name: string;
  resource: Resource<Object>;
  /** The kinds it renders. */
  children: readonly WatchedKind[];
  /** The kinds its inputs are of. */
  reads?: readonly WatchedKind[] | undefined;
  takeOver?: TakeOver | undefined;
  /** Finalizers of former versions: removed wherever they are met, so that they never block a deletion. */
  formerFinalizers?: readonly string[] | undefined;
  /** What else it reads for this object; when one of them appears, changes or goes, the object is looked at again. */
  inputs(object: Live<Object>): readonly ObjectReference[];
  /** The objects that should exist, given those that do. */
  render(object: Live<Object>, inputs: Inputs, children: readonly LiveChild[]): Children | Fault<Reason>;
  /** The status, after the children were written. */
  observe(
    object: Live<Object>,
    children: readonly LiveChild[],
    inputs: Inputs,
    outcome: Outcome<Reason>,
  ): StatusStatement;
}

export function isFault(rendered: Children | Fault): rendered is Fault {
  return "fault" in rendered;
}
