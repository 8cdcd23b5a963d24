/**
 * Writes what a real Kubernetes answers to the commands of src/behaviour/kubectl/chapters, as the tests compare it:
 *   node scripts/record-transcript.ts KUBECONFIG [KUBECTL]   → src/behaviour/kubectl/golden.txt
 * With `local` for KUBECONFIG, and a file as third argument: what local-cluster answers, to look at.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chapters } from "../src/behaviour/kubectl/chapters/index.ts";
import { recordTranscript } from "../src/behaviour/kubectl/run.ts";
import { renderTranscript } from "../src/behaviour/kubectl/transcript.ts";
import { defaultImages } from "../src/bin-images.ts";
import { startCluster } from "../src/start-cluster.ts";

const [kubeconfig = "", kubectl = "kubectl", target, only] = process.argv.slice(2);
const golden = join(import.meta.dirname, "../src/behaviour/kubectl/golden.txt");
const wanted = chapters.filter(({ title }) => only === undefined || title === only);

const folder = mkdtempSync(join(tmpdir(), "transcript-"));
const kubeconfigPath = join(folder, "kubeconfig");
const local =
  kubeconfig === "local" ? await startCluster({ images: defaultImages(), kubeconfigPath }) : undefined;
const transcript = await recordTranscript(
  wanted,
  kubectl,
  local === undefined ? kubeconfig : kubeconfigPath,
  (command) => process.stderr.write(`${command}\n`),
);
writeFileSync(target ?? golden, renderTranscript(transcript));
await local?.stop();
rmSync(folder, { recursive: true });
