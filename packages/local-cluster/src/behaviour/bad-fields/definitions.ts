import type { BadField } from "./bad-field.ts";

/** Fields of definitions of custom kinds that Kubernetes 1.34 refuses. */
export const definitions: Readonly<Record<string, readonly BadField[]>> = {
  customresourcedefinitions: [
    [
      "spec.conversion.webhook",
      { conversionReviewVersions: ["a"] },
      "spec.conversion.conversionReviewVersions",
    ],
    ["spec.names.categories", [""], "spec.names.categories[0]"],
    ["spec.names.categories[0]", ""],
    ["spec.names.kind", ""],
    ["spec.names.shortNames", [""], "spec.names.shortNames[0]"],
    ["spec.names.shortNames[0]", ""],
    ["spec.versions[0].deprecationWarning", ""],
    ["spec.versions[0].name", ""],
    ["spec.versions[0].schema.openAPIV3Schema.default", {}, "spec.validation.openAPIV3Schema"],
    ["spec.versions[0].schema.openAPIV3Schema.nullable", true, "spec.validation.openAPIV3Schema.nullable"],
    ["spec.versions[0].schema.openAPIV3Schema.properties", {}, "spec.selectableFields[0].jsonPath"],
    [
      "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties",
      {},
      "spec.selectableFields[0].jsonPath",
    ],
    [
      "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.a.default",
      [],
      "spec.validation.openAPIV3Schema.properties[spec].properties[a].default",
    ],
    [
      "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.any.x-kubernetes-preserve-unknown-fields",
      true,
      "spec.validation.openAPIV3Schema.properties[spec].properties[any].x-kubernetes-preserve-unknown-fields",
    ],
    [
      "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.list.x-kubernetes-list-map-keys",
      ["k", "k"],
      "spec.validation.openAPIV3Schema.properties[spec].properties[list].x-kubernetes-list-map-keys",
    ],
    ["spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.map.additionalProperties", "x", 400],
    [
      "spec.versions[0].schema.openAPIV3Schema.properties.status.x-kubernetes-int-or-string",
      true,
      "spec.validation.openAPIV3Schema.properties[status].x-kubernetes-preserve-unknown-fields",
    ],
    [
      "spec.versions[0].selectableFields",
      [{ jsonPath: ".spec.a" }, { jsonPath: ".spec.a" }],
      "spec.selectableFields[1].jsonPath",
    ],
    ["spec.versions[0].selectableFields[0].jsonPath", "A b_!é", "spec.selectableFields[0].jsonPath"],
    [
      "spec.versions[0].subresources.scale.labelSelectorPath",
      "A b_!é",
      "spec.subresources.scale.labelSelectorPath",
    ],
    ["spec.versions[0].subresources.scale.specReplicasPath", "", "spec.subresources.scale.specReplicasPath"],
    [
      "spec.versions[0].subresources.scale.statusReplicasPath",
      "",
      "spec.subresources.scale.statusReplicasPath",
    ],
    ["spec", {}, "metadata.name"],
    ["spec.versions[0].schema.openAPIV3Schema.properties", { a: null }, "spec.selectableFields[0].jsonPath"],
    [
      "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties",
      { a: null },
      "spec.selectableFields[0].jsonPath",
    ],
    ["spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.list.items.properties", "x", 400],
    ["spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.list.items.properties.k", "x", 400],
    [
      "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.list.items.properties.k.type",
      5,
      400,
    ],
    ["spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.list.items.required", "x", 400],
    ["spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.list.items.required[0]", 5, 400],
    ["spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.list.items.type", 5, 400],
    [
      "spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.map.additionalProperties.type",
      5,
      400,
    ],
  ],
};
