import type { KubeObject } from "../../api/cluster-api.ts";
import type { Pod } from "../../node/pod.ts";
import type { TestControllers } from "../controller-fixture.ts";
import type { Job } from "./job.ts";
import { isEnded } from "./job-pods.ts";

/** Drives jobs and plays the node: pods end as the test says. */
export interface JobSteps {
  /** Makes the job and waits until its controller has reacted. */
  start(name: string, spec?: object): Promise<Job>;
  job(name: string): Job;
  pods(name: string): readonly Pod[];
  /** Those of them that have not ended. */
  working(name: string): readonly Pod[];
  /** Gives pods this phase, and a moment to their controller. */
  play(pods: readonly Pod[], phase: "Running" | "Succeeded" | "Failed"): Promise<void>;
  /** Lets time pass, and what waited for it be done. */
  pass(ms: number): Promise<void>;
  events(name: string): readonly string[];
}

export function createJobSteps({ api, clock, settled }: TestControllers): JobSteps {
  const job = (name: string) => {
    const found = api.get<Job>("jobs.batch", "default", name);
    if (found === undefined) throw new Error(`there is no job ${name}`);
    return found;
  };
  const pods = (name: string) =>
    api
      .list<Pod>("pods", { namespace: "default" })
      .filter(({ metadata }) => metadata.ownerReferences?.some((owner) => owner.name === name));
  return {
    async start(name, spec = {}) {
      api.create("jobs.batch", renderJob(name, spec));
      await settled();
      return job(name);
    },
    job,
    pods,
    working: (name) => pods(name).filter((pod) => !isEnded(pod)),
    async play(pods, phase) {
      for (const pod of pods) api.updateStatus("pods", { ...pod, status: { ...pod.status, phase } });
      await settled();
    },
    async pass(ms) {
      clock.advance(ms);
      await settled();
    },
    events: (name) => eventsOf(api.list<Told>("events"), name),
  };
}

interface Told extends KubeObject {
  readonly involvedObject: { readonly name: string };
  readonly reason: string;
  readonly message: string;
}

/** `Reason: message` of all that was told of an object, the random ends of pods' names taken off. */
export function eventsOf(events: readonly Told[], name: string): string[] {
  return events
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message.replace(/(pod: .*)-[a-z0-9]{5}$/, "$1")}`);
}

export const podTemplate = (restartPolicy = "Never") => ({
  spec: { restartPolicy, containers: [{ name: "main", image: "busybox" }] },
});

export function renderJob(name: string, spec: object): object {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace: "default" },
    spec: { template: podTemplate(), ...spec },
  };
}
