import { EVENTS, OBJECTS } from "./size.ts";

/** What a subject reports while it is measured. */
export interface Notes {
  note(isAdded: boolean, version: string | undefined): void;
  /** Resolves when every object of the list was noted. */
  listed(): Promise<void>;
}

/** Starts an informer in this process, which has nothing else, and sends what it took to the parent process. */
export async function measure(start: (base: string, notes: Notes) => Promise<void>): Promise<void> {
  const base = `http://127.0.0.1:${process.argv[2]}`;
  const seen = { added: 0, modified: 0, last: "" };
  const before = process.cpuUsage();
  await start(base, {
    note(isAdded, version = "") {
      if (isAdded) seen.added += 1;
      else seen.modified += 1;
      seen.last = version;
    },
    listed: () => until(() => seen.added >= OBJECTS),
  });
  const sync = process.cpuUsage(before);
  global.gc?.();
  const rssMb = process.memoryUsage().rss / 2 ** 20;

  const began = performance.now();
  await fetch(`${base}/events`);
  await until(() => seen.modified >= EVENTS);
  const eventsPerSecond = EVENTS / ((performance.now() - began) / 1000);

  process.send?.({
    cpuMs: (sync.user + sync.system) / 1000,
    rssMb,
    eventsPerSecond,
    ...(await cut(base, seen)),
  });
  process.exit(0);
}

/** Bar C4: from a reset of the connection to the next change seen, and how many lists that took; -1 when it never is. */
async function cut(base: string, seen: { last: string }) {
  const before = await counts(base);
  const cutAt = performance.now();
  await fetch(`${base}/cut`);
  while (seen.last !== "10000001" && performance.now() - cutAt < 3_000) {
    await fetch(`${base}/last`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const resumeMs = seen.last === "10000001" ? performance.now() - cutAt : -1;
  return { resumeMs, listsAfterCut: (await counts(base)).lists - before.lists };
}

async function counts(base: string): Promise<{ lists: number }> {
  return (await (await fetch(`${base}/counts`)).json()) as { lists: number };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((resolve) => setTimeout(resolve, 1));
}
