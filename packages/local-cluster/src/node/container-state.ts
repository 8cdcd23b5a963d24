import type { ContainerStatus } from "./pod.ts";

export type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;
type State = NonNullable<ContainerStatus["state"]>;

/** What a container's status is made of; changed by its runner only. */
export interface ContainerState {
  state: State;
  lastState: State;
  restartCount: number;
  started: boolean;
  ready: boolean;
  containerID: string | undefined;
}

export function createContainerState(waitingReason: string): ContainerState {
  return {
    state: { waiting: { reason: waitingReason } },
    lastState: {},
    restartCount: 0,
    started: false,
    ready: false,
    containerID: undefined,
  };
}

export function setWaiting(container: ContainerState, reason: string, message: string): void {
  keepTermination(container);
  container.state = { waiting: { reason, message } };
}

export function setTerminated(container: ContainerState, terminated: Terminated): void {
  keepTermination(container);
  container.state = { terminated };
  container.started = false;
  container.ready = false;
}

/** What the container ended with stays visible while it waits and runs again. */
export function keepTermination(container: ContainerState): void {
  if (container.state.terminated !== undefined) container.lastState = container.state;
}
