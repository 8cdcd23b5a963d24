/**
 * Writes what a real Kubernetes answers to the commands of src/behaviour/kubectl/chapters, as the tests compare it:
 *   node scripts/record-transcript.ts KUBECONFIG MINOR [CHAPTER]   → src/behaviour/kubectl/golden/MINOR.txt
 * With the clients of that minor, and of that chapter only if one is named. With `local` for KUBECONFIG it prints what
 * local-cluster answers, to look at.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chapters } from "../src/behaviour/kubectl/chapters/index.ts";
import { loadClients } from "../src/behaviour/kubectl/clients.ts";
import { recordTranscript } from "../src/behaviour/kubectl/run.ts";
import { parseTranscript, renderTranscript } from "../src/behaviour/kubectl/transcript.ts";
import { defaultImages } from "../src/bin-images.ts";
import { startCluster } from "../src/start-cluster.ts";

const [kubeconfig = "", minor = "", only] = process.argv.slice(2);
const wanted = chapters.filter(({ title }) => only === undefined || title === only);
const programs = await loadClients(minor, join(import.meta.dirname, "../node_modules/.cache/clients"));

const folder = mkdtempSync(join(tmpdir(), "transcript-"));
const kubeconfigPath = join(folder, "kubeconfig");
const isLocal = kubeconfig === "local";
const local = isLocal ? await startCluster({ images: defaultImages(), kubeconfigPath }) : undefined;
const transcript = await recordTranscript(
  wanted,
  programs,
  isLocal ? kubeconfigPath : kubeconfig,
  (command) => process.stderr.write(`${command}\n`),
);
await local?.stop();
rmSync(folder, { recursive: true });

const golden = join(import.meta.dirname, `../src/behaviour/kubectl/golden/${minor}.txt`);
if (isLocal) console.log(renderTranscript(transcript));
else {
  const known = only === undefined ? new Map() : parseTranscript(readFileSync(golden, "utf8"));
  writeFileSync(golden, renderTranscript(new Map([...known, ...transcript])));
}
