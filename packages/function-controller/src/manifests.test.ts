import { readdirSync, readFileSync } from "node:fs";
import { defaultConfigData } from "@kubeless/api-types";
import { loadAll } from "js-yaml";
import { describe, expect, it } from "vitest";
import { VERSION } from "./version.ts";

interface Manifest {
  readonly kind: string;
  readonly data?: Record<string, string>;
  readonly rules?: readonly { readonly apiGroups: readonly string[]; readonly verbs: readonly string[] }[];
  readonly spec?: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
}

const folder = new URL("../manifests/", import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".yaml"),
);
const manifests = files.flatMap((file) => loadAll(readFileSync(new URL(file, folder), "utf8")) as Manifest[]);
const find = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);

describe("the manifests", () => {
  it("hold the default configuration of this release", () => {
    expect(find("ConfigMap").map(({ data }) => data)).toEqual([defaultConfigData(VERSION)]);
  });

  it("run this release's image", () => {
    const images = find("Deployment").flatMap(({ spec }) =>
      spec?.template.spec.containers.map(({ image }) => image),
    );
    expect(images).toEqual([`ghcr.io/kubeless/function-controller:${VERSION}`]);
  });

  it("grant the same in one namespace as in all of them, but for the CRD, which has no namespace", () => {
    const [everywhere] = find("ClusterRole");
    const namespaced = find("Role").find(({ rules }) =>
      rules?.some(({ apiGroups }) => apiGroups.includes("kubeless.io")),
    );
    const withoutCrd = everywhere?.rules?.filter(
      ({ apiGroups }) => !apiGroups.includes("apiextensions.k8s.io"),
    );
    expect(namespaced?.rules).toEqual(withoutCrd);
  });

  it("grant no wildcard and nothing of Secrets", () => {
    const rules = JSON.stringify([...find("ClusterRole"), ...find("Role")]);
    expect(rules).not.toContain("*");
    expect(rules).not.toContain("secrets");
  });
});
