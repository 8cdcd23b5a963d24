import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultImages } from "../../bin-images.ts";
import { type RunningCluster, startCluster } from "../../start-cluster.ts";
import { allowedIn } from "../allowed-differences.ts";
import { chapters } from "./chapters/index.ts";
import { clientMinors, hasClients, loadClients } from "./clients.ts";
import { recordTranscript } from "./run.ts";
import { parseTranscript, type Transcript, toStep } from "./transcript.ts";

const real = process.env.KUBELESS_TEST_KUBECONFIG;
const minors = wantedMinors(process.env.KUBELESS_TEST_CLIENTS);
/** The minor whose clients are compared with the real cluster's answers of the day, if there is one. */
const announced = "1.34";
const cache = join(import.meta.dirname, "../../../node_modules/.cache/clients");
const minutes = 60_000;

describe.skipIf(minors.length === 0)("kubectl and helm (KUBELESS_TEST_CLIENTS)", () => {
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
      [expected, seen] = await Promise.all([
        real === undefined || minor !== announced ? goldenOf(minor) : record(real),
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

/** What a real Kubernetes 1.34 answered to the clients of this minor. */
function goldenOf(minor: string): Transcript {
  return parseTranscript(readFileSync(join(import.meta.dirname, `golden/${minor}.txt`), "utf8"));
}

/** `1.34`, `1.32,1.35` or `all`; none by default, as each is 35 MB to fetch and minutes to run. */
function wantedMinors(text = ""): readonly string[] {
  if (text === "" || !hasClients) return [];
  return text === "all" ? clientMinors : text.split(",");
}
