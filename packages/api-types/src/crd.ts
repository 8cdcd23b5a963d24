import { API_VERSION, GROUP, VERSION } from "./names.ts";
import type { Column, ResourceDeclaration } from "./resource.ts";
import { onCreation } from "./rule.ts";
import { type StructuralSchema, toStructuralSchema } from "./structural-schema.ts";

/** The parts of apiextensions.k8s.io/v1 that our manifests use. */
export interface CustomResourceDefinition {
  apiVersion: "apiextensions.k8s.io/v1";
  kind: "CustomResourceDefinition";
  metadata: { name: string; annotations?: Record<string, string> };
  spec: {
    group: string;
    scope: "Namespaced";
    names: {
      kind: string;
      listKind: string;
      plural: string;
      singular: string;
      shortNames: string[];
      categories: string[];
    };
    versions: CrdVersion[];
  };
}

interface CrdVersion {
  name: string;
  served: true;
  storage: true;
  schema: { openAPIV3Schema: StructuralSchema };
  subresources: {
    status: Record<string, never>;
    scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
  };
  additionalPrinterColumns: { name: string; type: string; jsonPath: string; priority?: number }[];
}

export function renderCrd(declaration: ResourceDeclaration): CustomResourceDefinition {
  const { kind, plural, shortNames } = declaration;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      scope: "Namespaced",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [...shortNames],
        categories: ["kubeless"],
      },
      versions: [renderVersion(declaration)],
    },
  };
}

function renderVersion(declaration: ResourceDeclaration): CrdVersion {
  return {
    name: VERSION,
    served: true,
    storage: true,
    schema: { openAPIV3Schema: rootSchema(declaration) },
    subresources: {
      status: {},
      ...(declaration.scale === true && {
        scale: {
          specReplicasPath: ".spec.replicas",
          statusReplicasPath: ".status.replicas",
          labelSelectorPath: ".status.selector",
        },
      }),
    },
    additionalPrinterColumns: columns(declaration.columns),
  };
}

function rootSchema({ description, spec, status, nameRules }: ResourceDeclaration): StructuralSchema {
  return {
    type: "object",
    description,
    required: ["spec"],
    properties: {
      apiVersion: { type: "string", description: `The version of this kind: ${API_VERSION}.` },
      kind: { type: "string", description: "The kind." },
      metadata: {
        type: "object",
        properties: {
          name: { type: "string", maxLength: 253 },
          generateName: { type: "string", maxLength: 253 },
        },
      },
      spec: toStructuralSchema(spec),
      status: toStructuralSchema(status),
    },
    ...(nameRules.length > 0 && { "x-kubernetes-validations": nameRules.map(onCreation) }),
  };
}

/** `Ready` first and `Reason` after what is special: does it work, and if not why. The sentence is in `-o wide`. */
function columns(own: readonly Column[]) {
  const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`;
  const all: Column[] = [
    { name: "Ready", jsonPath: ready("status") },
    ...own.filter(({ priority }) => priority !== 1),
    { name: "Reason", jsonPath: ready("reason") },
    ...own.filter(({ priority }) => priority === 1),
    { name: "Message", jsonPath: ready("message"), priority: 1 },
    { name: "Age", jsonPath: ".metadata.creationTimestamp", type: "date" },
  ];
  return all.map(({ name, jsonPath, type = "string", priority = 0 }) => ({
    name,
    type,
    jsonPath,
    ...(priority > 0 && { priority }),
  }));
}
