const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const decimal = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const pattern = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]?|[eE][+-]?\d+)$/;

/**
 * The number a quantity stands for (`"100m"` → 0.1, `"64Mi"` → 67108864); undefined for what is none.
 * Rule: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function parseQuantity(quantity: string | number | undefined): number | undefined {
  const exact = toNano(String(quantity ?? ""));
  return exact === undefined ? undefined : Number(exact) / 1e9;
}

/** A quantity in the spelling Kubernetes stores: `1000m` is `1`, `0.5Gi` is `512Mi`. What is no quantity stays. */
export function canonicalQuantity(value: unknown): unknown {
  const text = String(value);
  const parts = pattern.exec(text);
  const nano = toNano(text);
  if (parts === null || nano === undefined) return value;
  const suffix = parts[3] ?? "";
  if (nano === 0n) return "0";
  if (suffix.endsWith("i")) return inBinary(nano) ?? inDecimal(nano);
  return /^[eE]/.test(suffix) ? inExponent(nano) : inDecimal(nano);
}

function toNano(text: string): bigint | undefined {
  const parts = pattern.exec(text);
  if (parts === null) return undefined;
  const [, sign, digits = "0", suffix = ""] = parts;
  const [whole = "0", fraction = ""] = digits.split(".");
  const scale = /^[eE]/.test(suffix) ? Number(suffix.slice(1)) : (decimal.indexOf(suffix) - 3) * 3;
  const isBinary = suffix.endsWith("i");
  const shift = 9 + (isBinary ? 0 : scale) - fraction.length;
  let value = BigInt(`${whole || "0"}${fraction}`);
  if (isBinary) value *= 1024n ** BigInt(binary.indexOf(suffix));
  const ten = 10n ** BigInt(Math.abs(shift));
  value = shift >= 0 ? value * ten : (value + ten - 1n) / ten;
  return sign === "-" ? -value : value;
}

function inBinary(nano: bigint): string | undefined {
  if (nano % 1_000_000_000n !== 0n) return undefined;
  let value = nano / 1_000_000_000n;
  let step = 0;
  while (step < binary.length - 1 && value % 1024n === 0n) {
    value /= 1024n;
    step += 1;
  }
  return `${value}${binary[step]}`;
}

function inDecimal(nano: bigint): string {
  let value = nano;
  let step = 0;
  while (step < decimal.length - 1 && value % 1000n === 0n) {
    value /= 1000n;
    step += 1;
  }
  return `${value}${decimal[step]}`;
}

function inExponent(nano: bigint): string {
  const text = inDecimal(nano);
  const step = decimal.indexOf(/[a-zA-Z]?$/.exec(text)?.[0] ?? "");
  const exponent = (step - 3) * 3;
  return exponent === 0 ? text : `${text.replace(/[a-zA-Z]$/, "")}e${exponent}`;
}
