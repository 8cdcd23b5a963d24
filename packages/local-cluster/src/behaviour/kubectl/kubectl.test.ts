import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { defaultImages } from "../../bin-images.ts";
import { type RunningCluster, startCluster } from "../../start-cluster.ts";
import { allowedIn } from "../allowed-differences.ts";
import { chapters } from "./chapters/index.ts";
import { recordTranscript } from "./run.ts";
import { parseTranscript, renderEntry, toStep } from "./transcript.ts";

const real = process.env.KUBELESS_TEST_KUBECONFIG;
const kubectl = findKubectl();
const minutes = 60_000;

/** What a real Kubernetes of the announced version answered to kubectl of that version. */
const golden = parseTranscript(readFileSync(join(import.meta.dirname, "golden.txt"), "utf8"));

describe.skipIf(kubectl === undefined)("kubectl 1.34 meets what it meets on a real Kubernetes", () => {
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

  describe.each(chapters)("$title", (chapter) => {
    let expected: readonly string[];
    let seen: readonly string[];
    beforeAll(async () => {
      const record = async (kubeconfig: string) =>
        (await recordTranscript([chapter], kubectl ?? "", kubeconfig)).flatMap(({ entries }) =>
          entries.map(renderEntry),
        );
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

/** kubectl of the announced version on PATH: other versions word things otherwise. */
function findKubectl(): string | undefined {
  try {
    const said = execFileSync("kubectl", ["version", "--client", "-o", "json"], { encoding: "utf8" });
    return /"gitVersion": "v1\.34\./.test(said) ? "kubectl" : undefined;
  } catch {
    return undefined;
  }
}
