import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { load } from "js-yaml";
import { type Ended, execute, type Programs, type Surroundings } from "./execute.ts";
import { normalise, type RunNames } from "./normalise.ts";
import { type Chapter, renderEntry, type Step, type Transcript, toStep } from "./transcript.ts";

/** Runs all chapters with these programs, beside each other; the cluster is left as it was found. */
export async function recordTranscript(
  chapters: readonly Chapter[],
  programs: Programs,
  kubeconfig: string,
  onStep: (command: string) => void = () => undefined,
): Promise<Transcript> {
  const recorded = chapters.map(
    async (chapter) => [chapter.title, await recordChapter(chapter, programs, kubeconfig, onStep)] as const,
  );
  return new Map(await Promise.all(recorded));
}

async function recordChapter(
  chapter: Chapter,
  programs: Programs,
  kubeconfig: string,
  onStep: (command: string) => void,
): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "transcript-"));
  const namespace = `transcript-${randomBytes(4).toString("hex")}x`;
  const configPath = join(folder, ".kube", "config");
  mkdirSync(dirname(configPath));
  writeFileSync(configPath, readFileSync(kubeconfig), { mode: 0o600 });
  for (const [name, text] of Object.entries(chapter.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const home = { HOME: folder, PWD: folder, KUBECONFIG: configPath, KUBECACHEDIR: join(folder, ".cache") };
  const around = { programs, folder, env: { ...process.env, ...home } };
  const names = { namespace, folder, server: serverOf(kubeconfig), node: "nothing-yet" };
  const must = async (command: string) => {
    const ended = await execute({ run: command }, around);
    if (ended.code !== 0) throw new Error(`${command}: ${ended.stderr}`);
    return ended.stdout;
  };
  try {
    const node = (await must("kubectl get nodes -o jsonpath={.items[0].metadata.name}")).trim();
    await must(`kubectl create namespace ${namespace}`);
    await must(`kubectl config set-context --current --namespace ${namespace}`);
    await must("kubectl wait --for=create serviceaccount/default --timeout=30s");
    const entries: string[] = [];
    for (const step of chapter.steps.map(toStep)) {
      onStep(step.run);
      entries.push(await recordStep(step, { ...names, node }, around));
    }
    return entries;
  } finally {
    await must(`kubectl delete namespace ${namespace} --ignore-not-found --wait=false`);
    rmSync(folder, { recursive: true });
  }
}

async function recordStep(step: Step, names: RunNames, around: Surroundings): Promise<string> {
  const run = step.run.replaceAll("NAMESPACE", names.namespace).replaceAll("NODE", names.node);
  const ended = await untilItSucceeds({ ...step, run }, around);
  const tidy = (text: string) => {
    if (step.codeOnly) return "";
    const lines = normalise(step.lastLine ? lastLineOf(text) : text, names);
    return step.unordered ? lines.split("\n").filter(Boolean).sort().join("\n") : lines;
  };
  return renderEntry({
    command: step.run,
    code: ended.code,
    stdout: tidy(ended.stdout),
    stderr: tidy(ended.stderr),
  });
}

/** One try, but for steps that a real cluster needs time for. */
async function untilItSucceeds(step: Step, around: Surroundings): Promise<Ended> {
  const end = Date.now() + (step.eventually ? 30_000 : 0);
  let ended = await execute(step, around);
  while (ended.code !== 0 && Date.now() < end) ended = await execute(step, around);
  return ended;
}

function lastLineOf(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}

function serverOf(kubeconfig: string): string {
  const config = load(readFileSync(kubeconfig, "utf8")) as {
    clusters: { cluster: { server: string } }[];
  };
  return config.clusters[0]?.cluster.server ?? "";
}
