import type { Children, LiveChild, RenderedObject } from "@kubeless/controller-kit";
import { PAYLOAD_KEY } from "../names.ts";
import type { Job } from "../status/runs.ts";
import { renderCronJob } from "./cronjob.ts";
import type { Plan } from "./plan.ts";

/**
 * The trigger's CronJob and, where it has a payload, the immutable ConfigMap that holds it, named by its hash. Those of
 * payloads before stay while a run that uses them is not over.
 */
export function renderChildren(
  plan: Plan,
  image: string,
  children: readonly LiveChild[],
  jobs: readonly Job[],
): Children {
  const inUse = new Set(
    jobs.filter((job) => job.status?.completionTime === undefined && !hasFailed(job)).flatMap(payloadsOf),
  );
  return {
    objects: [...renderPayload(plan), renderCronJob(plan, image)],
    keep: children
      .filter((child) => child.kind === "ConfigMap" && inUse.has(child.metadata.name))
      .map((child) => ({ kind: "ConfigMap", metadata: { name: child.metadata.name } })),
  };
}

function renderPayload({ payload, labels }: Plan): RenderedObject[] {
  if (payload === undefined) return [];
  const metadata = { name: payload.configMapName, labels: { ...labels } };
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      immutable: true,
      data: { [PAYLOAD_KEY]: payload.text },
    } as RenderedObject,
  ];
}

function payloadsOf(job: Job): string[] {
  return (job.spec?.template.spec?.volumes ?? []).flatMap((volume) => volume.configMap?.name ?? []);
}

function hasFailed(job: Job): boolean {
  return (job.status?.conditions ?? []).some(({ type, status }) => type === "Failed" && status === "True");
}
