const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

const PATTERN = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?)$/;

/**
 * The number a Kubernetes quantity (`500m`, `1Gi`, `2e3`, `1`) stands for; undefined when it is none.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function toAmount(quantity: unknown): number | undefined {
  if (typeof quantity === "number") return quantity;
  const match = typeof quantity === "string" ? PATTERN.exec(quantity) : null;
  if (match === null) return undefined;
  const [, digits, exponent, suffix = ""] = match;
  return exponent === undefined
    ? Number(digits) * (SUFFIXES[suffix] ?? Number.NaN)
    : Number(digits + exponent);
}

/** Whether two quantities are the same amount: `1` and `1000m`, `1Gi` and `1024Mi`. */
export function isSameQuantity(left: unknown, right: unknown): boolean {
  const [a, b] = [toAmount(left), toAmount(right)];
  if (a === undefined || b === undefined) return false;
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}

const QUANTITY_MAPS = new Set(["limits", "requests", "overhead", "hard", "capacity"]);
const QUANTITY_FIELDS = new Set(["sizeLimit", "divisor", "averageValue", "storage"]);

/** Whether the field at the end of this path holds a quantity, in any built-in kind we render. */
export function isQuantityPath(path: readonly string[]): boolean {
  const field = path.at(-1) ?? "";
  const parent = path.at(-2) ?? "";
  return (
    QUANTITY_FIELDS.has(field) || QUANTITY_MAPS.has(parent) || (field === "value" && parent === "target")
  );
}
