import type { World } from "../world.ts";
import { createStyle } from "./style.ts";

/** What is going on, on stderr: a spinner for a person, nothing of it in a pipe; lines that stay for both. */
export interface Progress {
  /** What is being waited for; replaces what was shown before and is gone at the end. */
  readonly show: (text: string) => void;
  /** A line that stays. */
  readonly line: (text: string) => Promise<void>;
  /** Takes the spinner away. */
  readonly end: () => void;
}

const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const clearLine = "\r\u001b[K";

/** Begins on the first `show`; call `end` whatever happens. */
export function createProgress({ stderr, environment }: Pick<World, "stderr" | "environment">): Progress {
  const style = createStyle(stderr, environment);
  let text = "";
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  function draw(): void {
    const room = Math.max(10, stderr.columns - 3);
    const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
    void stderr.write(`${clearLine}${style.cyan(frames[frame++ % frames.length] ?? "")} ${shown}`);
  }

  function end(): void {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    void stderr.write(clearLine);
  }

  return {
    show: (next) => {
      text = next.replaceAll(/\s+/g, " ");
      if (!stderr.isTTY) return;
      timer ??= setInterval(draw, 80);
      draw();
    },
    line: async (line) => {
      const wasShowing = timer !== undefined;
      end();
      await stderr.write(`${line}\n`);
      if (wasShowing) {
        timer = setInterval(draw, 80);
        draw();
      }
    },
    end,
  };
}
