import { deleteFormerFinalizers } from "../apply/former-finalizers.ts";
import { APPLIED_ANNOTATION, prepareChild } from "../apply/prepare.ts";
import { pruneChildren } from "../apply/prune-children.ts";
import { ChildRefusal, writeChild } from "../apply/write-child.ts";
import { ApiError, isConflict, isNotFound, isUnreachable } from "../cluster/api-error.ts";
import type { ClusterClient } from "../cluster/client.ts";
import { fromKey, type Live, type LiveObject } from "../cluster/kubernetes-object.ts";
import type { EventRecorder } from "../events/event-recorder.ts";
import type { Informer } from "../informer/informer.ts";
import { OWNER_INDEX } from "../informer/store.ts";
import { done, failed, type Result, requeueAfter } from "../reconcile/result.ts";
import { recordReadiness } from "../status/record-readiness.ts";
import { writeStatus } from "../status/write-status.ts";
import { createInputs } from "./inputs-view.ts";
import {
  type Children,
  type Fault,
  type Inputs,
  isFault,
  type LiveChild,
  type Projection,
  type RenderedObject,
  type WriteFault,
} from "./projection.ts";

interface ChildInformer {
  informer: Informer<LiveChild>;
  metadataOnly: boolean;
}

export interface ProjectionParts<Object extends object> {
  projection: Projection<Object>;
  /** Its writes are fenced. */
  client: ClusterClient;
  fieldManager: string;
  objects: Informer<Object>;
  children: readonly ChildInformer[];
  reads: readonly Informer<object>[];
  events?: EventRecorder | undefined;
}

const AFTER_CONFLICT_MS = 100;

/**
 * One round for one object: render, apply, prune, observe, write the status. Ends early, to begin anew in a moment,
 * when somebody else wrote one of the objects meanwhile.
 */
export async function reconcileProjection<Object extends object>(
  parts: ProjectionParts<Object>,
  key: string,
): Promise<Result> {
  try {
    return await reconcileOnce(parts, key);
  } catch (error) {
    if (isConflict(error)) return requeueAfter(AFTER_CONFLICT_MS);
    throw error;
  }
}

async function reconcileOnce<Object extends object>(
  parts: ProjectionParts<Object>,
  key: string,
): Promise<Result> {
  const { projection, client } = parts;
  const object = parts.objects.get(fromKey(key));
  if (object === undefined) return done;
  if (await deleteFormerFinalizers(client, projection.resource, object, projection.formerFinalizers ?? []))
    return done;
  if (object.metadata.deletionTimestamp !== undefined) return done;

  const inputs = createInputs(
    projection.inputs(object),
    parts.reads,
    parts.children.map(({ informer }) => informer as unknown as Informer<object>),
  );
  const rendered = projection.render(object, inputs, knownChildren(parts, object));
  const { children, faults, error } = isFault(rendered)
    ? { children: knownChildren(parts, object), faults: [], error: undefined }
    : await writeChildren(parts, object, inputs, rendered);
  const fault = isFault(rendered) ? rendered : undefined;
  await report(parts, object, projection.observe(object, children, inputs, { fault, writeFaults: faults }));
  return toResult(rendered, faults, error);
}

function knownChildren<Object extends object>(
  { children }: ProjectionParts<Object>,
  object: Live<Object>,
): LiveChild[] {
  return children.flatMap(({ informer }) => informer.byIndex(OWNER_INDEX, object.metadata.uid));
}

interface Written {
  children: LiveChild[];
  faults: WriteFault[];
  error: unknown;
}

/**
 * In order, up to the first that fails; prunes only when none did. Nothing at all while a former controller keeps one of
 * them: a part of what it made and a part of ours would be neither's.
 */
async function writeChildren<Object extends object>(
  parts: ProjectionParts<Object>,
  object: Live<Object>,
  inputs: Inputs,
  { objects, keep = [], failClosed = false }: Children,
): Promise<Written> {
  const known = knownChildren(parts, object);
  const kept = findBlocked(parts, inputs, known);
  if (kept !== undefined) return { children: known, ...kept };
  const written: LiveChild[] = [];
  for (const rendered of objects) {
    try {
      written.push(await writeOne(parts, object, inputs, rendered));
    } catch (error) {
      const fault = toWriteFault(rendered, error);
      const rest = known.filter((child) => !written.some((one) => isSame(one, child)));
      if (failClosed) await pruneChildren(parts.client, parts.children, rest, object.metadata.uid);
      return failClosed
        ? { children: written, faults: [fault], error }
        : { children: [...written, ...rest], faults: [fault], error };
    }
  }
  const wanted = [...objects, ...keep];
  const staying = known.filter((child) => keep.some((one) => isSame(one, child)));
  const surplus = known.filter((child) => !wanted.some((one) => isSame(one, child)));
  await pruneChildren(parts.client, parts.children, surplus, object.metadata.uid);
  return { children: [...written, ...staying], faults: [], error: undefined };
}

function findBlocked<Object extends object>(
  { projection }: ProjectionParts<Object>,
  inputs: Inputs,
  known: readonly LiveChild[],
): Pick<Written, "faults" | "error"> | undefined {
  const formers = known.find(({ metadata }) => metadata.annotations?.[APPLIED_ANNOTATION] === undefined);
  const blocked = formers && projection.takeOver?.blocked?.(inputs);
  if (blocked === undefined) return undefined;
  const error = new ChildRefusal("TakeOverBlocked", blocked.message);
  return { faults: [toWriteFault(formers as RenderedObject, error)], error };
}

function writeOne<Object extends object>(
  { projection, client, fieldManager, children }: ProjectionParts<Object>,
  object: Live<Object>,
  inputs: Inputs,
  rendered: RenderedObject,
): Promise<LiveChild> {
  const child = prepareChild(rendered, object);
  const kind = children.find(({ informer }) => isKind(informer, rendered));
  if (kind === undefined) {
    throw new TypeError(`${rendered.kind} (${rendered.apiVersion}) is not among the projection's children.`);
  }
  return writeChild({
    client,
    resource: kind.informer.resource,
    child,
    ownerUid: object.metadata.uid,
    known: kind.informer.get(child.metadata),
    metadataOnly: kind.metadataOnly,
    fieldManager,
    formerManagers: projection.takeOver?.managers ?? [],
    takeOverBlocked: () => projection.takeOver?.blocked?.(inputs),
  });
}

/** What the status should say; anything that just needs another attempt is thrown on. */
function toWriteFault({ apiVersion, kind, metadata }: RenderedObject, error: unknown): WriteFault {
  const isReportable = error instanceof ChildRefusal || (error instanceof ApiError && error.status >= 400);
  if (!isReportable || isConflict(error) || isUnreachable(error)) throw error;
  const child = { apiVersion, kind, name: metadata.name };
  return { child, reason: error.reason, message: error.message };
}

async function report<Object extends object>(
  { client, projection, events }: ProjectionParts<Object>,
  object: Live<Object>,
  statement: ReturnType<Projection<Object>["observe"]>,
): Promise<void> {
  try {
    const updated = await writeStatus(client, projection.resource, object, statement);
    if (updated !== undefined && events !== undefined) recordReadiness(events, object, updated);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

/** A refused write is tried again later: a quota may grow, an object in the way may go. */
function toResult(rendered: Children | Fault, faults: readonly WriteFault[], error: unknown): Result {
  if (faults.length > 0) return failed(error);
  return rendered.requeueAfterMs === undefined ? done : requeueAfter(rendered.requeueAfterMs);
}

function isKind(informer: Informer<LiveChild>, { apiVersion, kind }: RenderedObject): boolean {
  return informer.resource.apiVersion === apiVersion && informer.resource.kind === kind;
}

function isSame(one: { kind?: string; metadata: { name: string } }, other: LiveObject): boolean {
  return one.kind === other.kind && one.metadata.name === other.metadata.name;
}
