import { dump } from "js-yaml";
import { renderJsonSchema } from "./json-schema.ts";
import { renderConditionPage, renderResourcePage } from "./reference-page.ts";
import { resources } from "./resources.ts";

/** Everything that is generated from the declarations: path from the package's folder, and text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const resource of resources) {
    files.set(`crds/${resource.plural}.yaml`, toYaml(resource.crd()));
    files.set(
      `schemas/${resource.singular}.json`,
      `${JSON.stringify(renderJsonSchema(resource), null, 2)}\n`,
    );
  }
  files.set("../../docs/reference/resources.md", renderResourcePage(resources));
  files.set("../../docs/reference/conditions.md", renderConditionPage());
  return files;
}

/** Long lines are kept whole, so that a rule can be searched for. */
function toYaml(manifest: object): string {
  return dump(manifest, { lineWidth: -1, noRefs: true });
}
