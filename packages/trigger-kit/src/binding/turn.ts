import type { OpenParts } from "../parts/open-parts.ts";
import type { Part } from "../parts/parts.ts";

/** A `single` binding is open on the one replica whose turn it is. */
export interface Turn {
  /** False from the end of its term on. Cheap. */
  isOurs(): boolean;
  /** Gives it back. */
  close(): Promise<void>;
}

export interface TurnHandlers {
  begin(): void;
  /** It is over, or about to be: another has it when this resolves. */
  end(): Promise<void>;
}

/** Takes the binding's turn whenever it can be had. */
export function takeTurns(parts: OpenParts, name: string, { begin, end }: TurnHandlers): Turn {
  let current: Part | undefined;
  parts.share([name], {
    taken(part) {
      current = part;
      begin();
    },
    async lost() {
      await end();
      current = undefined;
    },
  });
  return { isOurs: () => current?.isHeld() ?? false, close: parts.close };
}
