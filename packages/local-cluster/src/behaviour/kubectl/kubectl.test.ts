import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultImages } from "../../bin-images.ts";
import { type RunningCluster, startCluster } from "../../start-cluster.ts";
import { allowedIn } from "../allowed-differences.ts";
import { chapters } from "./chapters/index.ts";
import { clientMinors, hasClients, loadClients } from "./clients.ts";
import type { Programs } from "./execute.ts";
import { recordTranscript } from "./run.ts";
import { parseTranscript, type Transcript, toStep } from "./transcript.ts";

const real = process.env.KUBELESS_TEST_KUBECONFIG;
/** The minor whose clients are compared with the answers of the day of a real cluster of that minor, if there is one. */
const announced = "1.34";
const minors = wantedMinors(process.env.KUBELESS_TEST_CLIENTS ?? (real === undefined ? "" : announced));
const cache = join(import.meta.dirname, "../../../node_modules/.cache/clients");
const minutes = 60_000;

const needs = "KUBELESS_TEST_KUBECONFIG or KUBELESS_TEST_CLIENTS; Linux on amd64";
describe.skipIf(minors.length === 0)(`kubectl and helm (${needs})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "kubectl-"));
  const kubeconfigPath = join(folder, "kubeconfig");
  let cluster: RunningCluster;
  beforeAll(async () => {
    cluster = await startCluster({ images: defaultImages(), kubeconfigPath });
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(folder, { recursive: true });
  });

  describe.each(minors)("of Kubernetes %s meet what they meet on a real cluster", (minor) => {
    let expected: Transcript;
    let seen: Transcript;
    beforeAll(async () => {
      const programs = await loadClients(minor, cache);
      const record = (path: string) => recordTranscript(chapters, programs, path);
      const isAnnounced = minor === announced && minorOf(programs, real) === announced;
      [expected, seen] = await Promise.all([
        real !== undefined && isAnnounced ? record(real) : goldenOf(minor),
        record(kubeconfigPath),
      ]);
    }, 10 * minutes);

    describe.each(chapters)("$title", (chapter) => {
      test.each(chapter.steps.map((step, index) => [index, toStep(step).run] as const))(
        "%i: %s",
        (index, command) => {
          const allowed = allowedIn(chapter.title, command);
          const entryOf = (transcript: Transcript) => transcript.get(chapter.title)?.[index];
          expect(allowed(entryOf(seen) ?? "")).toBe(allowed(entryOf(expected) ?? "not recorded"));
        },
      );
    });
  });
});

/** Of the real cluster's API server; undefined where there is none. */
function minorOf({ kubectl }: Programs, kubeconfig: string | undefined): string | undefined {
  if (kubeconfig === undefined) return undefined;
  const argv = ["version", "--output", "json", "--kubeconfig", kubeconfig];
  const { serverVersion } = JSON.parse(execFileSync(kubectl, argv, { encoding: "utf8" })) as Versions;
  return `${serverVersion.major}.${serverVersion.minor}`;
}

interface Versions {
  readonly serverVersion: { readonly major: string; readonly minor: string };
}

/** What a real Kubernetes 1.34 answered to the clients of this minor. */
function goldenOf(minor: string): Transcript {
  return parseTranscript(readFileSync(join(import.meta.dirname, `golden/${minor}.txt`), "utf8"));
}

/** `1.34`, `1.32,1.35` or `all`; each is 35 MB to fetch and minutes to run. */
function wantedMinors(text: string): readonly string[] {
  if (text === "" || !hasClients) return [];
  return text === "all" ? clientMinors : text.split(",");
}
