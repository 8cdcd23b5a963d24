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
import { parseTranscript, toStep } from "./transcript.ts";

const real = process.env.KUBELESS_TEST_KUBECONFIG;
const minors = wantedMinors(process.env.KUBELESS_TEST_CLIENTS);
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
    let programs: Programs;
    beforeAll(async () => {
      programs = await loadClients(minor, join(import.meta.dirname, "../../../node_modules/.cache/clients"));
    }, 5 * minutes);
    const golden = parseTranscript(readFileSync(join(import.meta.dirname, `golden/${minor}.txt`), "utf8"));

    describe.each(chapters)("$title", (chapter) => {
      let expected: readonly string[];
      let seen: readonly string[];
      beforeAll(async () => {
        const record = async (kubeconfig: string) =>
          (await recordTranscript([chapter], programs, kubeconfig)).get(chapter.title) ?? [];
        [expected, seen] = await Promise.all([
          real === undefined ? (golden.get(chapter.title) ?? []) : record(real),
          record(kubeconfigPath),
        ]);
      }, 5 * minutes);

      test.each(chapter.steps.map((step, index) => [index, toStep(step).run] as const))(
        "%i: %s",
        (index, command) => {
          const allowed = allowedIn(chapter.title, command);
          expect(allowed(seen[index] ?? "")).toBe(allowed(expected[index] ?? "not in the golden transcript"));
        },
      );
    });
  });
});

/** `1.34`, `1.32,1.35` or `all`; none by default, as each is 35 MB to fetch and minutes to run. */
function wantedMinors(text = ""): readonly string[] {
  if (text === "" || !hasClients) return [];
  return text === "all" ? clientMinors : text.split(",");
}
