import type { SourceContext, SourceError } from "@kubeless/trigger-kit";

/** What does not work at present, of several things that are tried side by side; one of them is told. */
export interface FaultList {
  /** Undefined: it works. */
  set(what: string, fault: SourceError | undefined): void;
}

export function createFaultList(connection: SourceContext<unknown>["connection"]): FaultList {
  const faults = new Map<string, SourceError>();
  return {
    set(what, fault) {
      if (fault !== undefined) faults.set(what, fault);
      else if (!faults.delete(what)) return;
      const [first] = faults.values();
      connection(first && { reason: first.reason, message: first.message });
    },
  };
}
