import type { z } from "zod";
import type { Kind } from "./conditions.ts";
import { type CustomResourceDefinition, renderCrd } from "./crd.ts";
import { API_VERSION, GROUP, VERSION } from "./names.ts";
import { createParser, type ParseResult } from "./parse.ts";
import type { Rule } from "./rule.ts";

/** A column of `kubectl get`. */
export interface Column {
  readonly name: string;
  readonly jsonPath: string;
  /** Default `string`. */
  readonly type?: "string" | "integer" | "date" | "boolean";
  /** 1: with `-o wide` only. Default 0. */
  readonly priority?: 0 | 1;
}

/** Everything there is to say about one kind, once. */
export interface ResourceDeclaration<
  K extends Kind = Kind,
  Spec extends z.ZodType = z.ZodType,
  Status extends z.ZodType = z.ZodType,
> {
  readonly kind: K;
  readonly plural: string;
  readonly shortNames: readonly string[];
  readonly description: string;
  readonly spec: Spec;
  readonly status: Status;
  /** Rules on `self.metadata.name`; objects that are stored already are spared. */
  readonly nameRules: readonly Rule[];
  /** Between `Ready` and `Reason`, which every kind has. */
  readonly columns: readonly Column[];
  /** Whether `kubectl scale` and autoscalers work on it: by `spec.replicas`, `status.replicas`, `status.selector`. */
  readonly scale?: boolean;
}

/** A declared kind: what it is, how to read one, and how a cluster is told of it. */
export interface Resource<
  K extends Kind = Kind,
  Spec extends z.ZodType = z.ZodType,
  Status extends z.ZodType = z.ZodType,
> extends ResourceDeclaration<K, Spec, Status> {
  readonly group: typeof GROUP;
  readonly version: typeof VERSION;
  readonly apiVersion: typeof API_VERSION;
  readonly singular: string;
  /**
   * Checks an object by the rules that the API server applies to a new one, and fills in defaults. Nothing is thrown and
   * the object is not changed.
   */
  parse(object: unknown): ParseResult<ResourceObject<K, z.output<Spec>, z.output<Status>>>;
  /** The CustomResourceDefinition, as it is applied to a cluster. Computed at the first call. */
  crd(): CustomResourceDefinition;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean | undefined;
  blockOwnerDeletion?: boolean | undefined;
}

/** Metadata of one of our objects, as far as we look at it. */
export interface ObjectMeta {
  name: string;
  generateName?: string | undefined;
  namespace?: string | undefined;
  uid?: string | undefined;
  resourceVersion?: string | undefined;
  generation?: number | undefined;
  creationTimestamp?: string | undefined;
  deletionTimestamp?: string | undefined;
  labels?: Record<string, string> | undefined;
  annotations?: Record<string, string> | undefined;
  finalizers?: string[] | undefined;
  ownerReferences?: OwnerReference[] | undefined;
}

/** An object of one of our kinds, as the parser gives it: defaults filled in. */
export interface ResourceObject<K extends string, Spec, Status> {
  apiVersion: typeof API_VERSION;
  kind: K;
  metadata: ObjectMeta;
  spec: Spec;
  status?: Status | undefined;
}

/** The object type of a declared kind. */
export type ObjectOf<R> =
  R extends Resource<infer K, infer Spec, infer Status>
    ? ResourceObject<K, z.output<Spec>, z.output<Status>>
    : never;

/** Declares a kind. Type, parser, CRD, JSON Schema and reference page all come from this one declaration. */
export function defineResource<const K extends Kind, Spec extends z.ZodType, Status extends z.ZodType>(
  declaration: ResourceDeclaration<K, Spec, Status>,
): Resource<K, Spec, Status> {
  let manifest: CustomResourceDefinition | undefined;
  const crd = () => {
    manifest ??= renderCrd(declaration);
    return manifest;
  };
  return {
    ...declaration,
    group: GROUP,
    version: VERSION,
    apiVersion: API_VERSION,
    singular: declaration.kind.toLowerCase(),
    crd,
    parse: createParser<ResourceObject<K, z.output<Spec>, z.output<Status>>>(declaration, crd),
  };
}
