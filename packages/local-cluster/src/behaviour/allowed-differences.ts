/** Where local-cluster is meant to differ from a real Kubernetes, and why. Behaviour tests name nothing else. */
export const allowedDifferences = {
  quantitiesInApply:
    "server-side apply compares quantities by value here; a real API server calls 1000m and 1 a conflict",
  jsonPatchErrors:
    "a JSON patch that does not apply is answered with the operation that failed; upstream says only that it was rejected",
  celCost: "rules have no cost limit here: a CRD refused upstream for its estimated cost is accepted",
  authorization: "roles and bindings are kept and enforce nothing: every review says allowed",
  emptyLists: "an EndpointSlice without endpoints or ports has empty lists here; upstream writes null",
} as const;
