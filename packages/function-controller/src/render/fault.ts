import type { Reason } from "@kubeless/api-types";
import type { Fault as FaultWith } from "@kubeless/controller-kit";

export type Fault = FaultWith<Reason>;

/** States why a Function cannot be rendered; `message` is a sentence that says what to do. */
export function fault(reason: Reason, message: string): Fault {
  return { fault: true, reason, message: `${message.charAt(0).toUpperCase()}${message.slice(1)}` };
}

export function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "fault" in value;
}
