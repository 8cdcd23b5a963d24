import type { ContainerStatus } from "./pod.ts";

export type Terminated = NonNullable<NonNullable<ContainerStatus["state"]>["terminated"]>;
export type State = NonNullable<ContainerStatus["state"]>;

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
