/**
 * A set of paths in the `fieldsV1` form: `f:name`, `k:{"key":"value"}`, `v:value`. A node without children is a member;
 * one with children is a member when it also holds `.`.
 */
export interface FieldSet {
  [path: string]: FieldSet;
}

export function isEmpty(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

/** Whether the path that leads to this node is itself in the set. */
export function isMember(node: FieldSet): boolean {
  return isEmpty(node) || "." in node;
}

export function union(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = { ...left };
  for (const [path, node] of Object.entries(right)) {
    const old = result[path];
    result[path] = old === undefined ? node : unionNode(old, node);
  }
  return result;
}

export function difference(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [path, node] of Object.entries(left)) {
    const other = right[path];
    const rest = other === undefined ? node : differenceNode(node, other);
    if (rest !== undefined) result[path] = rest;
  }
  return result;
}

export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [path, node] of Object.entries(left)) {
    const other = right[path];
    const both = other === undefined ? undefined : intersectNode(node, other);
    if (both !== undefined) result[path] = both;
  }
  return result;
}

/** Every member, each as the list of its path elements. */
export function members(set: FieldSet, parent: readonly string[] = []): string[][] {
  const found: string[][] = [];
  for (const [path, node] of Object.entries(set)) {
    if (path === ".") continue;
    const here = [...parent, path];
    if (isMember(node)) found.push(here);
    found.push(...members(node, here));
  }
  return found;
}

/** `.spec.template.spec.containers[name="main"].image`, as conflicts are reported. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join("");
}

function elementText(element: string): string {
  const text = element.slice(2);
  if (element.startsWith("f:")) return `.${text}`;
  if (element.startsWith("v:")) return `[=${text}]`;
  const keys = Object.entries(JSON.parse(text) as Record<string, unknown>);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
}

function unionNode(left: FieldSet, right: FieldSet): FieldSet {
  return withMember(union(left, right), isMember(left) || isMember(right));
}

function differenceNode(left: FieldSet, right: FieldSet): FieldSet | undefined {
  return kept(difference(children(left), children(right)), isMember(left) && !isMember(right));
}

function intersectNode(left: FieldSet, right: FieldSet): FieldSet | undefined {
  return kept(intersection(children(left), children(right)), isMember(left) && isMember(right));
}

function kept(node: FieldSet, member: boolean): FieldSet | undefined {
  return isEmpty(node) && !member ? undefined : withMember(node, member);
}

function withMember(node: FieldSet, member: boolean): FieldSet {
  const inner = children(node);
  return member && !isEmpty(inner) ? { ".": {}, ...inner } : inner;
}

function children(node: FieldSet): FieldSet {
  if (!("." in node)) return node;
  const { ".": _self, ...inner } = node;
  return inner;
}
