import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  allSources,
  type Fault,
  importsOf,
  isTestFile,
  loadPackages,
  type Package,
  withoutComments,
} from "./workspace.ts";

const triggers = ["kafka-trigger", "nats-trigger", "kinesis-trigger"];
const controllers = ["function-controller", "http-trigger", "cronjob-trigger"];

/** Who may import whom (ARCHITECTURE.md, "The house"). A package that is not named here may import nothing of ours. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "controller-kit": ["api-types"],
  "trigger-kit": ["api-types", "controller-kit"],
  ...Object.fromEntries(controllers.map((name) => [name, ["api-types", "controller-kit"]])),
  ...Object.fromEntries(triggers.map((name) => [name, ["api-types", "controller-kit", "trigger-kit"]])),
  "local-platform": [
    "api-types",
    "controller-kit",
    "trigger-kit",
    "local-cluster",
    "runtime-node",
    ...controllers,
    ...triggers,
  ],
  cli: ["api-types", "controller-kit", "local-platform", ...triggers],
};

/** What tests may import beside that: the API server they run against, and what a whole room is tried with. */
const testsMayImport = ["local-cluster", "runtime-node", "api-types"];

/** What the command line may load only when a command asks for it, so that `--help` stays quick. */
const lazyOnly: Readonly<Record<string, readonly string[]>> = { cli: ["local-platform", ...triggers] };

/**
 * Arrows between packages never turn back, and a package is entered by its public doors only. Held against the imports
 * in the sources, tests included, and against the dependencies that package.json declares.
 */
export function checkArrows(root: string): readonly Fault[] {
  return loadPackages(root).flatMap((pack) => [
    ...allSources(pack).flatMap((file) => checkFile(pack, file)),
    ...checkDependencies(pack),
  ]);
}

function checkFile(pack: Package, file: string): readonly Fault[] {
  const where = `packages/${pack.name}/${file}`;
  const text = readFileSync(join(pack.folder, file), "utf8");
  const allowed = new Set([...(mayImport[pack.name] ?? []), ...(isTestFile(file) ? testsMayImport : [])]);
  return importsOf(text).flatMap((specifier) => {
    const [, target, door] = /^@kubeless\/([^/]+)(?:\/(.*))?$/.exec(specifier) ?? [];
    if (target === undefined)
      return leavesPackage(file, specifier)
        ? [
            {
              where,
              what: `imports ${specifier}, which lies outside of its package: use the package's public door.`,
            },
          ]
        : [];
    return [
      ...(target !== pack.name && !allowed.has(target)
        ? [{ where, what: `imports ${specifier}: ${pack.name} may import ${list(allowed)}.` }]
        : []),
      ...(door !== undefined && !["testing", "package.json"].includes(door)
        ? [{ where, what: `imports ${specifier}: only "." and "./testing" are public doors.` }]
        : []),
      ...(door === "testing" && !isTestFile(file) && !file.includes("testing")
        ? [{ where, what: `imports ${specifier}: a testing door is for tests.` }]
        : []),
      ...(lazyOnly[pack.name]?.includes(target) && isStaticImport(text, specifier)
        ? [
            {
              where,
              what: `imports ${specifier} at load time: write await import("${specifier}") where the command needs it.`,
            },
          ]
        : []),
    ];
  });
}

function checkDependencies({ name: pack, manifest }: Package): readonly Fault[] {
  const shipped = new Set(mayImport[pack] ?? []);
  const tested = new Set([...shipped, ...testsMayImport]);
  const declared = {
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  };
  const where = `packages/${pack}/package.json`;
  return [
    ...strangers(declared, shipped).map((name) => ({
      where,
      what: `depends on ${name}: ${pack} may depend on ${list(shipped)} (what only tests need is a devDependency).`,
    })),
    ...strangers(manifest.devDependencies ?? {}, tested).map((name) => ({
      where,
      what: `depends on ${name}: ${pack} and its tests may depend on ${list(tested)}.`,
    })),
  ];
}

function strangers(declared: Readonly<Record<string, string>>, allowed: ReadonlySet<string>): string[] {
  return Object.keys(declared).filter(
    (name) => name.startsWith("@kubeless/") && !allowed.has(name.slice("@kubeless/".length)),
  );
}

/** True for `import … from` and `export … from`; between the two words stand names only, so an exported function that imports later is none. */
function isStaticImport(text: string, specifier: string): boolean {
  const quoted = specifier.replace(/[/.]/g, "\\$&");
  const names = "(?:[\\w$*,\\s]|\\{[^{}]*\\})*?";
  return new RegExp(`^\\s*(?:import|export)\\b(?!\\s+type\\s+[\\w{*])${names}["']${quoted}["']`, "m").test(
    withoutComments(text),
  );
}

function leavesPackage(file: string, specifier: string): boolean {
  if (!specifier.startsWith(".")) return false;
  return join(file, "..", specifier).startsWith("..");
}

function list(names: ReadonlySet<string>): string {
  return names.size === 0 ? "nothing of ours" : [...names].join(", ");
}
