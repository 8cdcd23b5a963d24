/** The paths of keys that stand twice in one object of a JSON text (which JSON.parse has already accepted). */
export function findDuplicateKeys(text: string): string[] {
  const found: string[] = [];
  const open: { path: string; keys: Set<string> | undefined; index: number; key: string }[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;
  let expectsKey = false;
  for (let token = tokens.exec(text); token !== null; token = tokens.exec(text)) {
    const [symbol] = token;
    const top = open.at(-1);
    if (symbol === "{" || symbol === "[") {
      open.push({ path: here(top), keys: symbol === "{" ? new Set() : undefined, index: 0, key: "" });
      expectsKey = symbol === "{";
    } else if (symbol === "}" || symbol === "]") {
      open.pop();
      expectsKey = false;
    } else if (symbol === ",") {
      if (top !== undefined) top.index += 1;
      expectsKey = top?.keys !== undefined;
    } else if (symbol !== ":" && expectsKey && top?.keys !== undefined) {
      top.key = symbol.includes("\\") ? (JSON.parse(symbol) as string) : symbol.slice(1, -1);
      if (top.keys.has(top.key)) found.push(here(top));
      top.keys.add(top.key);
      expectsKey = false;
    }
  }
  return found;
}

function here(
  top: { path: string; keys: Set<string> | undefined; index: number; key: string } | undefined,
): string {
  if (top === undefined) return "";
  if (top.keys === undefined) return `${top.path}[${top.index}]`;
  return top.path === "" ? top.key : `${top.path}.${top.key}`;
}
