import { eventNamespaces, eventSource, eventType } from "@kubeless/api-types";
import type { RenderedObject } from "@kubeless/controller-kit";
import { CONTAINER_NAME, PAYLOAD_KEY, PAYLOAD_PATH, TERMINATION_MESSAGE_PATH } from "../names.ts";
import type { Plan } from "./plan.ts";

/** A tick that could not be started for so long (the function was not there, say) is not made up. */
const DEFAULT_STARTING_DEADLINE_SECONDS = 100;

/** What a pod may take beyond the function's timeout: to be scheduled, to pull its image, to start and to end. */
const SLACK_SECONDS = 60;

/** Kubernetes waits 10 s before a Job's first retry and twice as long before each further one, up to 6 min. */
const FIRST_RETRY_SECONDS = 10;
const LONGEST_RETRY_SECONDS = 360;

/** A trigger without its function. Suspended, so that no run fails for want of it. */
const NO_TARGET: NonNullable<Plan["target"]> = { url: "http://no-such-function/", timeoutSeconds: 180 };

/** The CronJob that calls the function when it is time. */
export function renderCronJob(plan: Plan, image: string): RenderedObject {
  const { spec, target } = plan;
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: plan.cronJobName, labels: { ...plan.labels }, annotations: { ...plan.annotations } },
    spec: {
      schedule: spec.schedule,
      ...(spec.timeZone ? { timeZone: spec.timeZone } : {}),
      suspend: spec.suspend || target === undefined,
      concurrencyPolicy: spec.concurrencyPolicy,
      startingDeadlineSeconds: spec.startingDeadlineSeconds ?? DEFAULT_STARTING_DEADLINE_SECONDS,
      successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit,
      failedJobsHistoryLimit: spec.failedJobsHistoryLimit,
      jobTemplate: { metadata: { labels: { ...plan.labels } }, spec: renderJobSpec(plan, image) },
    },
  } as RenderedObject;
}

function renderJobSpec(plan: Plan, image: string): object {
  const { backoffLimit } = plan.spec;
  const { timeoutSeconds } = plan.target ?? NO_TARGET;
  return {
    backoffLimit,
    activeDeadlineSeconds: (timeoutSeconds + SLACK_SECONDS) * (backoffLimit + 1) + sumOfWaits(backoffLimit),
    template: {
      metadata: { labels: { ...plan.podLabels } },
      spec: {
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        terminationGracePeriodSeconds: 5,
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 1000,
          runAsGroup: 1000,
          seccompProfile: { type: "RuntimeDefault" },
        },
        containers: [renderContainer(plan, image)],
        ...(plan.payload === undefined
          ? {}
          : { volumes: [{ name: "payload", configMap: { name: plan.payload.configMapName } }] }),
      },
    },
  };
}

/** Without counting one by one: a person may write two thousand million. */
function sumOfWaits(retries: number): number {
  const growing = Math.min(retries, Math.ceil(Math.log2(LONGEST_RETRY_SECONDS / FIRST_RETRY_SECONDS)));
  return FIRST_RETRY_SECONDS * (2 ** growing - 1) + LONGEST_RETRY_SECONDS * (retries - growing);
}

/** Arguments only: no shell reads what a user wrote, and a payload of any size is a file. */
function renderContainer(plan: Plan, image: string): object {
  const { url, timeoutSeconds } = plan.target ?? NO_TARGET;
  return {
    name: CONTAINER_NAME,
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["kubeless-call"],
    args: [
      ...["--url", url],
      ...["--timeout-seconds", String(timeoutSeconds)],
      ...["--job", "$(JOB_NAME)"],
      ...["--event-namespace", eventNamespaces.cronjob],
      ...["--source", eventSource(plan.namespace, "cronjobtriggers", plan.name)],
      ...["--type", eventType("cronjob")],
      ...(plan.payload === undefined ? [] : ["--payload", `${PAYLOAD_PATH}/${PAYLOAD_KEY}`]),
      ...["--last-words", TERMINATION_MESSAGE_PATH],
    ],
    env: [
      {
        name: "JOB_NAME",
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['batch.kubernetes.io/job-name']" } },
      },
    ],
    resources: { requests: { cpu: "10m", memory: "48Mi" }, limits: { memory: "128Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    terminationMessagePath: TERMINATION_MESSAGE_PATH,
    terminationMessagePolicy: "FallbackToLogsOnError",
    ...(plan.payload === undefined
      ? {}
      : { volumeMounts: [{ name: "payload", mountPath: PAYLOAD_PATH, readOnly: true }] }),
  };
}
