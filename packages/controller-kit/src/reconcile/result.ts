/** What became of one key. There is no fifth outcome; a thrown error is `error`. */
export type Result =
  /** Nothing more to do until something changes. */
  | { readonly outcome: "done" }
  /** Look again after so long, though nothing changed. */
  | { readonly outcome: "requeueAfter"; readonly delayMs: number }
  /** Try again, with growing delay and jitter, for ever. */
  | { readonly outcome: "error"; readonly error: unknown }
  /** Trying again cannot help: it was said in the status; wait for a change. */
  | { readonly outcome: "terminal"; readonly message: string };

export const done: Result = { outcome: "done" };

export function requeueAfter(delayMs: number): Result {
  return { outcome: "requeueAfter", delayMs };
}

export function failed(error: unknown): Result {
  return { outcome: "error", error };
}

export function terminal(message: string): Result {
  return { outcome: "terminal", message };
}
