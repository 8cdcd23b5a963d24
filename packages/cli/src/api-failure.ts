import type { ApiError } from "@kubeless/controller-kit";
import { type CliError, toError } from "./errors.ts";

/** Says what the API server's refusal means for the person, and what to do about it. */
export function toFailure(error: ApiError): CliError {
  const { status, reason, message } = error;
  if (status === 0) return toError("Unreachable", { cause: message }, { cause: error });
  const what = `${verbs[error.method] ?? error.method} ${error.path.replace(/^\/apis?\//, "")}`;
  const refuse = (cause: string, advice: string) =>
    toError("Refused", { what, cause, advice }, { cause: error });
  switch (status) {
    case 401:
      return refuse(
        message,
        "Log in to the cluster again, or choose another user or context in the kubeconfig.",
      );
    case 403:
      return refuse(
        message,
        "Ask the cluster's administrator for the right that is named, or use another namespace with -n.",
      );
    case 404:
      return isKindMissing(error)
        ? toError("KindNotServed", { path: error.path }, { cause: error })
        : refuse(message, "Check the name and the namespace (-n).");
    case 409:
      return refuse(message, "Somebody changed it at the same time: look at it, and try again.");
    case 422:
    case 400:
      return refuse(listCauses(error), "Correct the flags these fields come from.");
    case 413:
      return refuse(message, "Make it smaller: deploy the source from a URL (--from-file https://…).");
    default:
      return refuse(`${message} (${reason})`, "Try again; if it stays, the API server's own log says more.");
  }
}

/** A path that the API server does not know at all, rather than an object that is not there. */
export function isKindMissing({ status, details }: ApiError): boolean {
  return status === 404 && (details?.name ?? "") === "";
}

const verbs: Readonly<Record<string, string>> = {
  GET: "to read",
  POST: "to create in",
  PUT: "to change",
  PATCH: "to change",
  DELETE: "to delete",
};

function listCauses({ causes, message }: ApiError): string {
  if (causes.length === 0) return message;
  return causes.map(({ field, message: said }) => `\n  ${field ? `${field}: ` : ""}${said ?? ""}`).join("");
}
