import { type BindingObserver, type RunningBinding, runBinding } from "../binding/run-binding.ts";
import { systemClock } from "../delivery/clock.ts";
import { toSettings } from "../delivery/to-settings.ts";
import type { OpenParts } from "../parts/open-parts.ts";
import type { EventSource, Subscription } from "../source.ts";
import type { TriggerSpec } from "../trigger/trigger-kind.ts";
import { type FunctionCall, type ServedFunction, serveFunction } from "./serve-function.ts";
import type { BrokerUnderTest, SourceUnderTest, TopicUnderTest } from "./source-under-test.ts";

/** What a case works with; everything it opens is closed when the case ends. */
export interface Bench {
  readonly topic: TopicUnderTest;
  readonly patienceMs: number;
  serve(answer?: (call: FunctionCall) => number | Promise<number>): Promise<ServedFunction>;
  /** Opens a binding from the topic to a function, and resolves when it is connected. */
  bind(target: ServedFunction, options?: BindOptions): Promise<OpenBinding>;
  cutConnections(): void;
  countConnections(): number;
  close(): Promise<void>;
}

export interface BindOptions {
  /** Of `spec.delivery`. */
  readonly delivery?: Readonly<Record<string, unknown>>;
  readonly trigger?: string;
  /** Which replica opens it. Default `first`. */
  readonly replica?: string;
  /** Whether the function can be called from the start. Default true. */
  readonly ready?: boolean;
}

export interface OpenBinding extends RunningBinding {
  /** What the source was asked to commit and when the broker had it, among the calls. */
  readonly commits: { asked: number; taken: number };
  /** Ends as a process does that is killed: nothing more is committed. */
  crash(): Promise<void>;
}

export async function openBench<Spec extends TriggerSpec, Config>(
  subject: SourceUnderTest<Spec, Config>,
): Promise<Bench> {
  const { patienceMs = 20_000 } = subject;
  const broker = await subject.connect();
  const opened: { close(): Promise<void> }[] = [];
  const topic = await broker.newTopic();
  return {
    topic,
    patienceMs,
    async serve(answer) {
      const served = await serveFunction(answer, patienceMs);
      opened.push(served);
      return served;
    },
    async bind(target, options = {}) {
      const binding = await bind(subject, broker, topic, target, options);
      opened.push(binding);
      return binding;
    },
    cutConnections: broker.cutConnections,
    countConnections: broker.countConnections,
    async close() {
      await Promise.all(opened.map((each) => each.close()));
      await broker.close();
    },
  };
}

async function bind<Spec extends TriggerSpec, Config>(
  { source, kind, patienceMs = 20_000 }: SourceUnderTest<Spec, Config>,
  broker: BrokerUnderTest<Config>,
  topic: TopicUnderTest,
  target: ServedFunction,
  { delivery = {}, trigger = "under-test", replica = "first", ready = true }: BindOptions,
): Promise<OpenBinding> {
  const { apiVersion, kind: name } = kind.resource;
  const spec = { ...selectorOf(topic.spec), ...topic.spec, delivery };
  const parsed = kind.parse({ apiVersion, kind: name, metadata: { name: trigger }, spec });
  if (!parsed.ok) throw new Error(`The spec is not valid: ${JSON.stringify(parsed.faults)}`);
  const settings = toSettings(parsed.value.spec.delivery, 10);
  const watched = watchSource(source);
  const { observer, connected } = observe(patienceMs);
  const running = runBinding({
    source: watched.source,
    capabilities: source.capabilities(parsed.value.spec),
    binding: {
      namespace: "default",
      trigger,
      function: "hello",
      spec: parsed.value.spec,
      ...settings.delivery,
    },
    origin: { namespace: "default", trigger, plural: kind.resource.plural, source: kind.source },
    settings,
    filter: undefined,
    openParts: () => broker.openParts?.(replica) ?? noParts,
    services: { config: broker.config, log: silent, secret: broker.secret ?? noSecret },
    observer,
    clock: systemClock,
    random: Math.random,
  });
  if (ready) running.setEndpoints([target.endpoint]);
  await connected;
  return { ...running, commits: watched.commits, crash: () => watched.crash(running) };
}

/** Which function is meant does not matter here, but a spec has to say it. */
function selectorOf(spec: Readonly<Record<string, unknown>>): object {
  return "function-name" in spec ? {} : { functionSelector: { matchLabels: { function: "hello" } } };
}

/** The source, with what it commits counted, and a way to take it away as a crash does. */
function watchSource<Spec, Config>(source: EventSource<Spec, Config>) {
  const commits = { asked: 0, taken: 0 };
  const subscriptions = new Set<Subscription>();
  let crashed = false;
  const watched: EventSource<Spec, Config> = {
    ...source,
    async open(binding, deliver, context) {
      const subscription = await source.open(binding, (records) => crashed || deliver(records), context);
      subscriptions.add(subscription);
      return override(subscription, {
        async commit(positions) {
          if (crashed) throw new Error("The process is gone.");
          commits.asked += 1;
          await subscription.commit(positions);
          commits.taken += 1;
        },
        close: async () => (crashed ? undefined : subscription.close()),
      });
    },
  };
  return {
    source: watched,
    commits,
    async crash(running: RunningBinding) {
      crashed = true;
      running.setEndpoints([]);
      for (const subscription of subscriptions) await subscription.close();
    },
  };
}

/** The same object with some methods of its own; the others keep their `this`. */
function override(subscription: Subscription, own: Partial<Subscription>): Subscription {
  return new Proxy(subscription, {
    get(target, name) {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function observe(patienceMs: number): { observer: BindingObserver; connected: Promise<void> } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let last = "it was not opened";
  const timer = setTimeout(
    () => reject(new Error(`No connection within ${patienceMs} ms: ${last}`)),
    patienceMs,
  );
  const observer: BindingObserver = {
    received: ignore,
    ended: ignore,
    attemptFailed: ignore,
    unreached: ignore,
    dropped: ignore,
    held: ignore,
    committed: ignore,
    commitFailed: ignore,
    lag: ignore,
    rebuilt: ignore,
    positionLost: ignore,
    connection(fault) {
      if (fault !== undefined) last = fault.message;
      else {
        clearTimeout(timer);
        resolve();
      }
    },
  };
  return { observer, connected: promise };
}

const noParts: OpenParts = {
  share: () => undefined,
  read: async () => undefined,
  close: async () => undefined,
};
const ignore = () => undefined;
const silent = { info: ignore, warn: ignore, error: ignore };
const noSecret = () => Promise.reject(new Error("There are no Secrets here."));
