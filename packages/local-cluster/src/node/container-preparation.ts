import { type ContainerLaunch, imageOf, prepareLaunch } from "./container-launch.ts";
import { ConfigError } from "./environment.ts";
import { unknownImageMessage } from "./images.ts";
import type { Container } from "./pod.ts";
import type { PodContext } from "./pod-context.ts";
import { MountError } from "./volume-files.ts";
import { wait } from "./wait.ts";

interface Preparation {
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  setWaiting(reason: string, message: string): void;
}

/**
 * Waits until the container's image can be run and everything it reads is there, and says what it waits for as the
 * kubelet does. Undefined when it was stopped before.
 */
export async function prepareContainer(
  context: PodContext,
  container: () => Container,
  preparation: Preparation,
): Promise<ContainerLaunch | undefined> {
  while (!preparation.signal.aborted) {
    const launch = await tryOnce(context, container, preparation);
    if (launch !== undefined) return launch;
  }
  return undefined;
}

/** Undefined after something has changed: it may go better now. */
async function tryOnce(
  context: PodContext,
  container: () => Container,
  preparation: Preparation,
): Promise<ContainerLaunch | undefined> {
  const now = container();
  const entry = imageOf(context, now);
  if (entry === undefined) {
    await waitForImage(context, container, preparation);
    return undefined;
  }
  context.record("Normal", "Pulled", `Container image "${now.image}" already present on machine`, now);
  try {
    return prepareLaunch(context, now, entry);
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof MountError)) throw error;
    preparation.setWaiting("CreateContainerConfigError", error.message);
    context.record("Warning", "Failed", `Error: ${error.message}`, now);
    await context.changed(preparation.signal);
    return undefined;
  }
}

/** Nothing pulls here: it waits for another image, in the two steps that a kubelet without it shows. */
async function waitForImage(
  context: PodContext,
  container: () => Container,
  { signal, setWaiting }: Preparation,
): Promise<void> {
  const now = container();
  const { image = "" } = now;
  const message = unknownImageMessage(context.images, image);
  context.record("Normal", "Pulling", `Pulling image "${image}"`, now);
  context.record("Warning", "Failed", `Failed to pull image "${image}": ${message}`, now);
  context.record("Warning", "Failed", "Error: ErrImagePull", now);
  setWaiting("ErrImagePull", message);
  const isSame = () => (container().image ?? "") === image;
  const change = untilChanged(context, signal, isSame);
  await Promise.race([change, wait(context.clock, 1_000, signal)]);
  if (signal.aborted || !isSame()) return;
  context.record("Normal", "BackOff", `Back-off pulling image "${image}"`, now);
  context.record("Warning", "Failed", "Error: ImagePullBackOff", now);
  setWaiting("ImagePullBackOff", `Back-off pulling image "${image}": ErrImagePull: ${message}`);
  await change;
}

async function untilChanged(context: PodContext, signal: AbortSignal, isSame: () => boolean): Promise<void> {
  while (!signal.aborted && isSame()) await context.changed(signal);
}
