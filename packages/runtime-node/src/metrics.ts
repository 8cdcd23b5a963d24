import { monitorEventLoopDelay } from "node:perf_hooks";

const bucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

type EventLoopDelay = ReturnType<typeof monitorEventLoopDelay>;

/** What is counted for one value of the label `method`. */
interface Counts {
  calls: number;
  failures: number;
  sumSeconds: number;
  /** Calls whose duration falls into the bucket and into no smaller one; the last is beyond all. */
  readonly durations: number[];
}

/** Plain numbers, counted at each call and rendered when somebody scrapes. */
export class Metrics {
  /** How long the function took to load and initialise, set once. */
  loadSeconds = 0;
  readonly #module: string;
  readonly #methods = new Map<string, Counts>();
  readonly #eventLoopDelay: EventLoopDelay = monitorEventLoopDelay({ resolution: 20 });

  /** The label is `<module>-<HTTP method>`, as in Kubeless' Node runtime. */
  constructor(module: string) {
    this.#module = module;
  }

  /** Begins to watch the event loop; returns how to stop. */
  watchEventLoop(): () => void {
    this.#eventLoopDelay.enable();
    return () => this.#eventLoopDelay.disable();
  }

  called(method: string): void {
    this.#of(method).calls++;
  }

  failed(method: string): void {
    this.#of(method).failures++;
  }

  ended(method: string, durationMs: number): void {
    const counts = this.#of(method);
    const seconds = durationMs / 1000;
    counts.sumSeconds += seconds;
    let bucket = 0;
    while (bucket < bucketsSeconds.length && seconds > (bucketsSeconds[bucket] as number)) bucket++;
    (counts.durations[bucket] as number)++;
  }

  /** The Prometheus text format, version 0.0.4. */
  render(inFlight: number): string {
    return [...this.#renderFunction(inFlight), ...this.#renderProcess(), ""].join("\n");
  }

  #of(method: string): Counts {
    let counts = this.#methods.get(method);
    if (counts === undefined) {
      counts = {
        calls: 0,
        failures: 0,
        sumSeconds: 0,
        durations: new Array(bucketsSeconds.length + 1).fill(0),
      };
      this.#methods.set(method, counts);
    }
    return counts;
  }

  #renderFunction(inFlight: number): readonly string[] {
    const series = [...this.#methods].map(([method, counts]) => ({
      label: `method="${escapeLabel(`${this.#module}-${method}`)}"`,
      counts,
    }));
    return [
      ...head("function_duration_seconds", "histogram", "Duration of user function in seconds"),
      ...series.flatMap(({ label, counts }) => renderHistogram(label, counts)),
      ...head("function_calls_total", "counter", "Number of calls to user function"),
      ...series.map(({ label, counts }) => `function_calls_total{${label}} ${counts.calls}`),
      ...head("function_failures_total", "counter", "Number of failed calls"),
      ...series.map(({ label, counts }) => `function_failures_total{${label}} ${counts.failures}`),
      ...single("function_calls_in_flight", "gauge", "Calls that are not answered yet", inFlight),
      ...single(
        "function_load_seconds",
        "gauge",
        "Time it took to load and initialise the function",
        this.loadSeconds,
      ),
    ];
  }

  #renderProcess(): readonly string[] {
    const { user, system } = process.cpuUsage();
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
    const delay = this.#eventLoopDelay;
    const lag = [
      ["nodejs_eventloop_lag_mean_seconds", "Mean event loop lag since the last scrape", delay.mean],
      [
        "nodejs_eventloop_lag_p99_seconds",
        "99th percentile of event loop lag since the last scrape",
        delay.percentile(99),
      ],
      ["nodejs_eventloop_lag_max_seconds", "Largest event loop lag since the last scrape", delay.max],
    ] as const;
    const lines = [
      ...lag.flatMap(([name, help, nanoseconds]) =>
        single(name, "gauge", help, lagSeconds(delay, nanoseconds)),
      ),
      ...single("process_cpu_user_seconds_total", "counter", "User CPU time", user / 1e6),
      ...single("process_cpu_system_seconds_total", "counter", "System CPU time", system / 1e6),
      ...single("process_cpu_seconds_total", "counter", "User and system CPU time", (user + system) / 1e6),
      ...single(
        "process_start_time_seconds",
        "gauge",
        "Start of the process, Unix time",
        performance.timeOrigin / 1000,
      ),
      ...single("process_resident_memory_bytes", "gauge", "Resident memory", rss),
      ...single("nodejs_heap_size_total_bytes", "gauge", "Heap that V8 holds", heapTotal),
      ...single("nodejs_heap_size_used_bytes", "gauge", "Heap in use", heapUsed),
      ...single("nodejs_external_memory_bytes", "gauge", "Memory of buffers and of native objects", external),
      ...head("nodejs_version_info", "gauge", "Node's version"),
      `nodejs_version_info{version="${process.version}"} 1`,
    ];
    delay.reset();
    return lines;
  }
}

function renderHistogram(label: string, { durations, sumSeconds }: Counts): readonly string[] {
  let below = 0;
  const buckets = [...bucketsSeconds, "+Inf"].map((bound, index) => {
    below += durations[index] ?? 0;
    return `function_duration_seconds_bucket{le="${bound}",${label}} ${below}`;
  });
  return [
    ...buckets,
    `function_duration_seconds_sum{${label}} ${sumSeconds}`,
    `function_duration_seconds_count{${label}} ${below}`,
  ];
}

/** The histogram counts the whole interval between its ticks: what is beyond its resolution is lag. */
function lagSeconds(delay: EventLoopDelay, nanoseconds: number): number {
  return delay.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - 0.02);
}

function head(name: string, type: string, help: string): readonly string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function single(name: string, type: string, help: string, value: number): readonly string[] {
  return [...head(name, type, help), `${name} ${value}`];
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
