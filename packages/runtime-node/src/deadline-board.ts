import type { Socket } from "node:net";

const slots = 512;
/** Where the pairs begin. */
export const firstSlot = 5;
/** The place of a call for which there was no slot. */
export const noSlot = -1;

/**
 * Memory that the main thread writes and the watchdog's thread reads: place 0 is the earliest deadline of all calls,
 * place 1 that of what runs synchronously just now (0: nothing), place 2 when the watchdog ended something that the main
 * thread has not heard of yet (0: nothing), place 3 what the main thread says, when asked, of what runs: until when it may
 * (0: no longer), place 4 until when the main thread answers who is overdue, which is not to be ended, then pairs of a
 * socket's descriptor and its call's deadline, for those who can still be told something should the process have to end.
 */
export class DeadlineBoard {
  readonly memory = new Float64Array(
    new SharedArrayBuffer((firstSlot + 2 * slots) * Float64Array.BYTES_PER_ELEMENT),
  );
  readonly #free = Array.from({ length: slots }, (_, slot) => firstSlot + 2 * (slots - 1 - slot));

  constructor() {
    this.earliest = Number.POSITIVE_INFINITY;
  }

  set earliest(deadline: number) {
    this.memory[0] = deadline;
  }

  /** What runs from now on must come back by then; 0 says that nothing runs. */
  set running(deadline: number) {
    this.memory[1] = deadline;
  }

  /** Until when that which runs just now may go on, if the watchdog asks; 0 ends it. */
  set verdict(deadline: number) {
    this.memory[3] = deadline;
  }

  /** Until when the main thread is left to answer who is overdue; 0: it does not. What strikes it would lose an answer. */
  set answering(until: number) {
    this.memory[4] = until;
  }

  get answering(): number {
    return this.memory[4] as number;
  }

  /** The main thread has heard that something was ended, and has done what follows from it. */
  acknowledgeTermination(): void {
    this.memory[2] = 0;
  }

  /** Notes who waits for an answer; returns the slot to give to `release` once the answer begins. */
  claim(socket: Socket, deadline: number): number {
    const descriptor = descriptorOf(socket);
    const slot = descriptor === undefined ? undefined : this.#free.pop();
    if (slot === undefined || descriptor === undefined) return noSlot;
    this.memory[slot] = descriptor;
    this.memory[slot + 1] = deadline;
    return slot;
  }

  release(slot: number): void {
    if (slot === noSlot) return;
    this.memory[slot] = 0;
    this.#free.push(slot);
  }
}

/** Node has no public name for it; a socket without one (TLS, Windows) is just not told. */
function descriptorOf(socket: Socket): number | undefined {
  const descriptor = (socket as { _handle?: { fd?: number } })._handle?.fd;
  return descriptor !== undefined && descriptor > 0 ? descriptor : undefined;
}
