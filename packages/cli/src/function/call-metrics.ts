/** What a function's pods counted for one method. */
export interface CallMetrics {
  readonly method: string;
  readonly calls: number;
  readonly failures: number;
  readonly durationSeconds: number;
}

const names: Readonly<Record<string, "calls" | "failures" | "durationSeconds">> = {
  function_calls_total: "calls",
  function_failures_total: "failures",
  function_duration_seconds_sum: "durationSeconds",
};

/**
 * Adds up the three `function_*` metrics of several pods' `/metrics` texts, per method, ordered by method; empty when
 * none of them has any. Format: https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function sumMetrics(texts: readonly string[]): readonly CallMetrics[] {
  const sums = new Map<string, CallMetrics>();
  for (const line of texts.flatMap((text) => text.split("\n"))) {
    const sample = parseSample(line);
    if (sample === undefined) continue;
    const before = sums.get(sample.method) ?? {
      method: sample.method,
      calls: 0,
      failures: 0,
      durationSeconds: 0,
    };
    sums.set(sample.method, { ...before, [sample.field]: before[sample.field] + sample.value });
  }
  return [...sums.values()].toSorted((a, b) => (a.method < b.method ? -1 : 1));
}

function parseSample(line: string) {
  const [, name = "", labels = "", number] = /^([a-z_]+)(?:\{(.*)\})?\s+(\S+)/.exec(line) ?? [];
  const field = names[name];
  const value = Number(number);
  if (field === undefined || !Number.isFinite(value)) return undefined;
  const method = /(?:^|,)\s*method="((?:[^"\\]|\\.)*)"/.exec(labels)?.[1] ?? "";
  return { field, method, value };
}
