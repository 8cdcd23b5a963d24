import { StatusError } from "../errors.ts";

/** The form in which a client wants its answer. */
export interface Accepted {
  readonly as: "Object" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  /** meta.k8s.io's version for the special forms. */
  readonly version: string;
  readonly isYaml: boolean;
}

const plain: Accepted = { as: "Object", version: "v1", isYaml: false };
const forms = ["Table", "PartialObjectMetadata", "PartialObjectMetadataList"] as const;

/** The first offer of an Accept header that can be served. Throws NotAcceptable. */
export function negotiate(header: string | undefined): Accepted {
  if (header === undefined || header === "") return plain;
  for (const offer of header.split(",")) {
    const accepted = serve(offer);
    if (accepted !== undefined) return accepted;
  }
  throw new StatusError(
    "NotAcceptable",
    "only the following media types are accepted: application/json, application/yaml",
  );
}

function serve(offer: string): Accepted | undefined {
  const [type = "", ...parameters] = offer.split(";").map((part) => part.trim());
  const isYaml = type === "application/yaml";
  if (!isYaml && type !== "application/json" && type !== "*/*" && type !== "application/*") return undefined;
  const values = new Map(parameters.map((parameter) => parameter.split("=") as [string, string]));
  const as = values.get("as");
  if (as === undefined) return { ...plain, isYaml };
  const form = forms.find((one) => one === as);
  const version = values.get("v") ?? "v1";
  if (form === undefined || values.get("g") !== "meta.k8s.io" || !["v1", "v1beta1"].includes(version))
    return undefined;
  return { as: form, version, isYaml };
}
