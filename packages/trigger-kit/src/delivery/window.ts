import type { Entry } from "./entry.ts";

/** How many records may be worked on at once, and how many are. */
export interface Window {
  /** Places that are free. */
  readonly room: number;
  occupy(entry: Entry): void;
  vacate(entry: Entry): void;
}

export function createWindow(size: number): Window {
  let open = 0;
  return {
    get room() {
      return size - open;
    },
    occupy(entry) {
      if (entry.open) return;
      entry.open = true;
      open += 1;
    },
    vacate(entry) {
      if (!entry.open) return;
      entry.open = false;
      open -= 1;
    },
  };
}
