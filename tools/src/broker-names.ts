import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Fault, loadPackages, type Package, shippedSources } from "./workspace.ts";

/**
 * The kit of event sources knows no broker: neither code nor comment of what it ships has the name of one. Whose names these
 * are is read from the packages that are built on it.
 */
export function checkBrokerNames(root: string): readonly Fault[] {
  const packages = loadPackages(root);
  const kit = packages.find(({ name }) => name === "trigger-kit");
  const brokers = packages.flatMap(brokerOf);
  if (kit === undefined || brokers.length === 0) return [];
  const named = new RegExp(`(?<![a-z])(?:${brokers.join("|")})`, "i");
  return shippedSources(kit).flatMap((file) =>
    readFileSync(join(kit.folder, file), "utf8")
      .split("\n")
      .flatMap((line, index) => {
        const [name] = named.exec(line) ?? [];
        if (name === undefined) return [];
        const where = `packages/trigger-kit/${file}:${index + 1}`;
        return [{ where, what: `says ${name}: what only one broker needs belongs to its own package.` }];
      }),
  );
}

/** `kafka` of `kafka-trigger`, where that is built on the kit. */
function brokerOf({ name, manifest }: Package): readonly string[] {
  const kind = /^(.+)-trigger$/.exec(name)?.[1];
  return kind === undefined || manifest.dependencies?.["@kubeless/trigger-kit"] === undefined ? [] : [kind];
}
