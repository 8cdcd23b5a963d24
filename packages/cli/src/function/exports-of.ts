const identifier = "[A-Za-z_$][\\w$]*";
/** Where a statement begins. */
const start = "(?:^|[;}])\\s*";

/**
 * The names a JavaScript or TypeScript file seems to export, in the order of the file. Read from the text alone: good for
 * a suggestion, and wrong at most by a name that the runtime then says it cannot find.
 */
export function exportsOf(text: string): readonly string[] {
  const code = withoutComments(text);
  return [...new Set([...declared(code), ...listed(code), ...assigned(code)])];
}

function declared(code: string): readonly string[] {
  const named = code.matchAll(
    new RegExp(`${start}export\\s+(?:async\\s+)?(?:function\\s*\\*?|const|let|var)\\s*(${identifier})`, "gm"),
  );
  const isDefault = new RegExp(`${start}export\\s+default\\b`, "m").test(code);
  return [...[...named].map(([, name]) => name ?? ""), ...(isDefault ? ["default"] : [])];
}

/** `export { a, b as c }`, `module.exports = { a, b: …, c() {} }` */
function listed(code: string): readonly string[] {
  const esm = [...code.matchAll(new RegExp(`${start}export\\s*\\{([^}]*)\\}`, "gm"))].flatMap(
    ([, list = ""]) => list.split(",").map((item) => /(?:\bas\s+)?([\w$]+)\s*$/.exec(item.trim())?.[1] ?? ""),
  );
  const commonJs = /\bmodule\.exports\s*=\s*\{([^}]*)/.exec(code)?.[1] ?? "";
  const keys = commonJs
    .split(",")
    .map((item) => new RegExp(`^\\s*(?:async\\s+)?(${identifier})\\s*(?=[:(]|$)`).exec(item)?.[1] ?? "");
  return [...esm, ...keys].filter((name) => name !== "");
}

function assigned(code: string): readonly string[] {
  const found = code.matchAll(new RegExp(`${start}(?:module\\.)?exports\\.(${identifier})\\s*=(?!=)`, "gm"));
  return [...found].map(([, name]) => name ?? "");
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/[^\n]*/g, "$1");
}
