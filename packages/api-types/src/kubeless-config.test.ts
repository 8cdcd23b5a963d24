import { describe, expect, test } from "vitest";
import { defaultConfigData } from "./default-config.ts";
import { findRuntime, type KubelessConfig, parseKubelessConfig } from "./kubeless-config.ts";

function config(data: Record<string, string>): KubelessConfig {
  const result = parseKubelessConfig(data);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.value;
}

const python = {
  ID: "python",
  depName: "requirements.txt",
  fileNameSuffix: ".py",
  versions: [
    { name: "python37", version: "3.7", images: [{ phase: "runtime", image: "kubeless/python@sha256:1" }] },
  ],
};

describe("kubeless-config", () => {
  test("the runtimes are JSON, or YAML", () => {
    const yaml =
      "- ID: python\n  versions:\n  - version: 3.7\n    images:\n    - {phase: runtime, image: kubeless/python}\n";
    expect(config({ "runtime-images": JSON.stringify([python]) }).runtimes[0]?.depName).toBe(
      "requirements.txt",
    );
    expect(config({ "runtime-images": yaml }).runtimes[0]?.versions[0]?.version).toBe("3.7");
  });

  test("names of fields are matched without regard to case, keys of environments are not touched", () => {
    const odd = [
      {
        id: "go",
        DEPNAME: "go.mod",
        Versions: [{ Version: "1.14", IMAGES: [{ Phase: "runtime", Image: "go", Env: { GoCache: "/x" } }] }],
      },
    ];
    const [entry] = config({ "runtime-images": JSON.stringify(odd) }).runtimes;
    expect(entry?.depName).toBe("go.mod");
    expect(entry?.versions[0]?.images[0]?.env).toEqual({ GoCache: "/x" });
  });

  test("keys that earlier releases had are ignored", () => {
    const old = [
      { ...python, compiled: false, versions: [{ version: "3.7", runtimeImage: "x", initImage: "y" }] },
    ];
    expect(config({ "runtime-images": JSON.stringify(old) }).runtimes[0]?.versions[0]?.images).toEqual([]);
  });

  test("everything is optional", () => {
    expect(config({})).toEqual({
      runtimes: [],
      deployment: {},
      provisionImage: "",
      provisionImageSecret: "",
      builderImageSecret: "",
      functionsNamespace: "",
    });
  });

  test("all faults are reported together, each with its place", () => {
    const broken = [{ ID: "x", versions: [{ version: "1", images: [{ phase: "run", image: "" }] }] }];
    const result = parseKubelessConfig({ "runtime-images": JSON.stringify(broken), deployment: "[]" });
    expect(result).toMatchObject({
      ok: false,
      faults: [
        { path: "runtime-images[0].versions[0].images[0].phase" },
        { path: "runtime-images[0].versions[0].images[0].image" },
        { path: "deployment" },
      ],
    });
  });

  test("a number where text has to be is shown in quotes", () => {
    const env = "[{ID: x, versions: [{version: 1, images: [{phase: runtime, image: x, env: {A: 5}}]}]}]";
    const result = parseKubelessConfig({ "runtime-images": env });
    expect(result.ok ? "" : result.faults[0]?.message).toBe('write a string in quotes, e.g. "5"');
  });

  test.each(["{", "a: 1\na: 2", "- !!js/function x", "&a [*a]"])(
    "%j is no catalogue, and says where",
    (text) => {
      expect(parseKubelessConfig({ "runtime-images": text })).toMatchObject({
        ok: false,
        faults: [{ path: expect.stringContaining("runtime-images") }],
      });
    },
  );
});

describe("the default configuration", () => {
  const { runtimes } = config(defaultConfigData("1.2.3"));

  test("serves nodejs and typescript from one image of the release", () => {
    for (const name of ["nodejs24", "typescript24", "typescript", "nodejs6"]) {
      const images = findRuntime(runtimes, name)?.version.images.map((each) => each.image);
      expect(new Set(images)).toEqual(new Set(["ghcr.io/kubeless/runtime-node:1.2.3"]));
    }
  });

  test("tells users of old names what serves them", () => {
    expect(findRuntime(runtimes, "nodejs14")?.version.note).toContain("is served by Node 24");
    expect(findRuntime(runtimes, "nodejs24")?.version.note).toBeUndefined();
  });

  test("installs by an argument list", () => {
    const image = findRuntime(runtimes, "nodejs14")?.version.images.find(
      ({ phase }) => phase === "installation",
    );
    expect(image?.command).toEqual(["kubeless-install"]);
  });

  test("knows no runtime of other languages", () => {
    expect(findRuntime(runtimes, "python3.7")).toBeUndefined();
  });
});
