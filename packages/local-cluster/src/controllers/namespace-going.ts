import { StatusError } from "../errors.ts";

/** Whether something could not be made as its namespace is on its way out: nothing to tell, nothing to try again. */
export function isNamespaceGoing(error: unknown): boolean {
  return (
    error instanceof StatusError &&
    error.details?.causes?.some(({ reason }) => reason === "NamespaceTerminating") === true
  );
}
