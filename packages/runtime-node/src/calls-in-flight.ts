import type { Call } from "./call.ts";
import type { DeadlineBoard } from "./deadline-board.ts";
import { createRunningCall } from "./running-call.ts";

/** setTimeout's longest wait. */
const longestWaitMs = 2 ** 31 - 1;

/** How long what a loop held up may still come, once the loop was ended. */
const graceMs = 20;

/** How long an answer may take, on a machine that does much else, before it is taken for another loop. */
const answerMs = 250;

/**
 * The calls not yet answered, the one that must end first at the head. One timer serves them all, so that a call which
 * ends in time costs a few links and no timer: calls mostly have the same timeout, so a new one mostly goes to the tail.
 */
export class CallsInFlight {
  readonly #board: DeadlineBoard;
  readonly #expire: (call: Call) => void;
  #head: Call | undefined;
  #tail: Call | undefined;
  #size = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #running = createRunningCall();
  #suspect: Call | undefined;
  #graceUntil = 0;
  #armedFor = Number.POSITIVE_INFINITY;

  /** `expire` is called for a call whose deadline has passed, and must answer it. */
  constructor(board: DeadlineBoard, expire: (call: Call) => void) {
    this.#board = board;
    this.#expire = expire;
  }

  get size(): number {
    return this.#size;
  }

  add(call: Call): void {
    let earlier = this.#tail;
    while (earlier !== undefined && earlier.deadline > call.deadline) earlier = earlier.earlier;
    const later = earlier === undefined ? this.#head : earlier.later;
    call.earlier = earlier;
    call.later = later;
    if (earlier === undefined) this.#head = call;
    else earlier.later = call;
    if (later === undefined) this.#tail = call;
    else later.earlier = call;
    this.#size++;
    call.response.expectBy(call.deadline, this.#board);
    if (earlier === undefined) this.#headChanged(call.startedAt);
  }

  remove(call: Call): void {
    if (!this.#isIn(call)) return;
    if (call.earlier === undefined) this.#head = call.later;
    else call.earlier.later = call.later;
    if (call.later === undefined) this.#tail = call.earlier;
    else call.later.earlier = call.earlier;
    if (call.earlier === undefined) this.#publish();
    call.earlier = undefined;
    call.later = undefined;
    this.#size--;
    call.response.expectNoMore();
  }

  /** Whoever's answer has not begun is asked by it to connect anew. */
  endConnections(): void {
    for (let call = this.#head; call !== undefined; call = call.later) call.response.shouldKeepAlive = false;
  }

  /** Calls the call's function; its synchronous part is noted on the board. */
  run<Result>(call: Call, work: () => Result): Result {
    this.#board.running = call.deadline;
    const result = this.#running.run(call, work);
    this.#board.running = 0;
    return result;
  }

  /**
   * Until when that which runs just now may go on, having held somebody up beyond a deadline: until its own call's. What
   * belongs to no call, or to one that was answered, must end, but for the answering itself.
   */
  judge(): number {
    if (this.#board.answering > performance.now()) return this.#board.answering;
    const call = this.#running.current();
    this.#suspect = call !== undefined && this.#isIn(call) ? call : undefined;
    return this.#suspect?.deadline ?? 0;
  }

  /**
   * To be called after a loop was ended. The call whose loop it was, if that is known, has its answer now; what the loop
   * held up (timers and replies that are long due) comes next, and only then are others judged by their deadlines.
   */
  afterTermination(): void {
    const culprit = this.#suspect;
    this.#board.running = 0;
    this.#board.answering = 0;
    if (culprit !== undefined && this.#isIn(culprit)) this.#end(culprit);
    clearTimeout(this.#timer);
    this.#graceUntil = performance.now() + graceMs;
    this.#armedFor = this.#graceUntil;
    this.#publish();
    this.#timer = setTimeout(() => this.#sweep(), graceMs);
    this.#board.acknowledgeTermination();
  }

  /** Ends what is overdue. */
  #sweep(): void {
    clearTimeout(this.#timer);
    this.#armedFor = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (let call = this.#head; call !== undefined && call.deadline <= now; call = this.#head)
      this.#end(call);
    this.#arm(now);
  }

  /** Removed last: should a termination strike here, the call is not lost. */
  #end(call: Call): void {
    this.#board.answering = performance.now() + answerMs;
    this.#expire(call);
    this.remove(call);
    this.#board.answering = 0;
  }

  #isIn(call: Call): boolean {
    return call.earlier !== undefined || this.#head === call;
  }

  #headChanged(now: number): void {
    this.#publish();
    this.#arm(now);
  }

  #publish(): void {
    this.#board.earliest = Math.max(this.#head?.deadline ?? Number.POSITIVE_INFINITY, this.#graceUntil);
  }

  #arm(now: number): void {
    const due = this.#head?.deadline ?? Number.POSITIVE_INFINITY;
    if (due >= this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = due;
    this.#timer = setTimeout(() => this.#sweep(), Math.max(1, Math.min(Math.ceil(due - now), longestWaitMs)));
    this.#timer.unref();
  }
}
