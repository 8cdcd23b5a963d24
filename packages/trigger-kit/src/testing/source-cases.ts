import type { TriggerSpec } from "../trigger/trigger-kind.ts";
import { deliveryCases } from "./delivery-cases.ts";
import { lifecycleCases } from "./lifecycle-cases.ts";
import { type Bench, openBench } from "./open-bench.ts";
import type { SourceUnderTest } from "./source-under-test.ts";

/** A sentence that holds for every source, and how it is tried. `run` rejects when it does not hold. */
export interface SourceCase {
  readonly name: string;
  run(): Promise<void>;
}

/** A case as it is written down: whom it concerns, and what is done. */
export interface CaseDefinition {
  readonly name: string;
  readonly concerns?: (capabilities: SourceUnderTest<TriggerSpec, unknown>["capabilities"]) => boolean;
  readonly run: (bench: Bench) => Promise<void>;
}

/**
 * What every event source must pass, against its real broker. It needs no test runner of its own:
 * `for (const { name, run } of sourceCases(subject)) test(name, run);`
 */
export function sourceCases<Spec extends TriggerSpec, Config>(
  subject: SourceUnderTest<Spec, Config>,
): readonly SourceCase[] {
  const cases = [...deliveryCases, ...lifecycleCases]
    .filter(({ concerns = () => true }) => concerns(subject.capabilities))
    .map(({ name, run }) => ({ name, run: () => withBench(subject, run) }));
  return [...cases, configCase(subject)];
}

async function withBench<Spec extends TriggerSpec, Config>(
  subject: SourceUnderTest<Spec, Config>,
  run: CaseDefinition["run"],
): Promise<void> {
  const bench = await openBench(subject);
  try {
    await run(bench);
  } finally {
    await bench.close();
  }
}

function configCase<Spec extends TriggerSpec, Config>({
  source,
  badConfig: { environment, faults },
}: SourceUnderTest<Spec, Config>): SourceCase {
  return {
    name: "a bad configuration lists every fault",
    async run() {
      const parsed = source.config.safeParse(environment);
      const told = parsed.success ? [] : parsed.error.issues.map(({ path }) => String(path[0]));
      const missing = faults.filter((fault) => !told.includes(fault));
      if (parsed.success || missing.length > 0)
        throw new Error(`The configuration is wrong in ${missing.join(", ")}, which nobody says.`);
    },
  };
}
