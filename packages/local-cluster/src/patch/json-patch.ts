import { badRequest, StatusError } from "../errors.ts";

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/** Applies an RFC 6902 patch to a copy of `document`. */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw badRequest("a JSON patch is a list of operations");
  const holder = { "": structuredClone(document) };
  for (const operation of patch as Operation[]) applyOperation(holder, operation);
  return holder[""];
}

function applyOperation(holder: Record<string, unknown>, operation: Operation): void {
  const { op, path } = operation;
  if (typeof path !== "string") throw badRequest(`a JSON patch operation needs a "path"`);
  switch (op) {
    case "add":
      insert(holder, path, structuredClone(operation.value));
      return;
    case "remove":
      remove(holder, path);
      return;
    case "replace":
      if (read(holder, path) === undefined) throw missing("replace", path);
      replace(holder, path, structuredClone(operation.value));
      return;
    case "move":
      insert(holder, path, remove(holder, operation.from ?? ""));
      return;
    case "copy":
      insert(holder, path, structuredClone(read(holder, operation.from ?? "")));
      return;
    case "test":
      if (!isEqual(read(holder, path), operation.value)) {
        throw unprocessable(`testing value ${path} failed: test failed`);
      }
      return;
    default:
      throw badRequest(`Unexpected kind: ${op}`);
  }
}

function steps(path: string): string[] {
  return path === "" ? [""] : path.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(holder: Record<string, unknown>, path: string): unknown {
  return steps(path).reduce<unknown>((value, step) => {
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }, holder);
}

function parentOf(holder: Record<string, unknown>, path: string, op: string): [Container, string] {
  const all = steps(path);
  const last = all.pop() ?? "";
  const parent = all.reduce<unknown>(
    (value, step) => (value as Record<string, unknown> | undefined)?.[step],
    holder,
  );
  if (typeof parent !== "object" || parent === null) throw missing(op, path);
  return [parent as Container, last];
}

function insert(holder: Record<string, unknown>, path: string, value: unknown): void {
  const [parent, last] = parentOf(holder, path, "add");
  if (!Array.isArray(parent)) parent[last] = value;
  else parent.splice(last === "-" ? parent.length : index(parent, last, parent.length, path), 0, value);
}

function replace(holder: Record<string, unknown>, path: string, value: unknown): void {
  const [parent, last] = parentOf(holder, path, "replace");
  (parent as Record<string, unknown>)[last] = value;
}

function remove(holder: Record<string, unknown>, path: string): unknown {
  const [parent, last] = parentOf(holder, path, "remove");
  if (Array.isArray(parent)) return parent.splice(index(parent, last, parent.length - 1, path), 1)[0];
  if (!(last in parent)) throw missing("remove", path);
  const value = parent[last];
  delete parent[last];
  return value;
}

function index(list: unknown[], step: string, highest: number, path: string): number {
  const at = Number(step);
  if (!Number.isInteger(at) || at < -list.length || at > highest) throw missing("index", path);
  return at;
}

function missing(op: string, path: string): StatusError {
  return unprocessable(`${op} operation does not apply: doc is missing path: ${path}: missing value`);
}

function unprocessable(message: string): StatusError {
  return new StatusError(
    "Invalid",
    `the server rejected our request due to an error in our request: ${message}`,
  );
}

export function isEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const keys = Object.keys(left);
  if (keys.length !== Object.keys(right).length) return false;
  return keys.every(
    (key) => key in right && isEqual((left as Container)[key as never], (right as Container)[key as never]),
  );
}
