/** Reads the values a simple JSONPath (`.a.b`, `['x']`, `[0]`, `[*]`, `[?(@.k=="v")]`) leads to. */
export function readPath(value: unknown, path: string): unknown[] {
  let values: unknown[] = [value];
  for (const step of parsePath(path)) values = values.flatMap((one) => follow(one, step));
  return values;
}

type Step =
  | { field: string }
  | { index: number }
  | { all: true }
  | { where: string[]; is: string; not: boolean };

/** Throws a SyntaxError for what is no such path. */
function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  const text = path.replace(/^\{(.*)\}$/s, "$1").replace(/^\$/, "");
  const pattern =
    /\.?\[\?\(\s*@\.([\w.-]+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\s*\)\]|\.?\[(?:'([^']*)'|"([^"]*)"|(-?\d+)|(\*))\]|\.((?:\\.|[^.[\]\\])+)/gy;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const found = pattern.exec(text);
    if (found === null) throw new SyntaxError(`cannot read JSONPath ${path} at position ${at}`);
    const [, where, operator, double, single, bare, quoted, quotedDouble, index, all, field] = found;
    if (where !== undefined)
      steps.push({ where: where.split("."), is: double ?? single ?? bare ?? "", not: operator === "!=" });
    else if (index !== undefined) steps.push({ index: Number(index) });
    else if (all !== undefined || field === "*") steps.push({ all: true });
    else steps.push({ field: quoted ?? quotedDouble ?? (field ?? "").replace(/\\(.)/g, "$1") });
  }
  return steps;
}

function follow(value: unknown, step: Step): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  if ("field" in step) {
    const child = (value as Record<string, unknown>)[step.field];
    return child === undefined ? [] : [child];
  }
  const list: unknown[] = Array.isArray(value) ? value : Object.values(value);
  if ("all" in step) return list;
  if ("index" in step) return list.at(step.index) === undefined ? [] : [list.at(step.index)];
  return list.filter((item) => {
    const found = step.where.reduce<unknown>(
      (one, name) => (one as Record<string, unknown> | undefined)?.[name],
      item,
    );
    return (String(found) === step.is) !== step.not;
  });
}
