import { kafkaKind, kafkaSource } from "@kubeless/kafka-trigger";
import { kinesisKind, kinesisSource } from "@kubeless/kinesis-trigger";
import { natsKind, natsSource } from "@kubeless/nats-trigger";
import {
  type BindingObserver,
  type EventSource,
  type Notes,
  type OpenParts,
  runBinding,
  systemClock,
  type TriggerKind,
  type TriggerSpec,
  toSettings,
} from "@kubeless/trigger-kit";

interface Work {
  /** Of the trigger, but for delivery. */
  readonly spec: Readonly<Record<string, unknown>>;
  readonly guarantee: "atMostOnce" | "atLeastOnce";
  readonly window: number;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
}

/** Our own way from a broker to a function, as a controller runs it, though without its status, metrics and Leases. */
export const bindNats = (work: Work) => bind(natsKind, natsSource, work);
export const bindKafka = (work: Work) => bind(kafkaKind, kafkaSource, work);
export const bindKinesis = (work: Work) => bind(kinesisKind, kinesisSource, work);

async function bind<Spec extends TriggerSpec, Config>(
  kind: TriggerKind<Spec>,
  source: EventSource<Spec, Config>,
  { spec, guarantee, window, port, environment }: Work,
): Promise<void> {
  const delivery = { guarantee, ordering: "none", maxInFlight: window };
  const { apiVersion, kind: name } = kind.resource;
  const metadata = { name: "bench" };
  const parsed = kind.parse({ apiVersion, kind: name, metadata, spec: { ...spec, delivery } });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const settings = toSettings(parsed.value.spec.delivery, 10);
  const connected = Promise.withResolvers<void>();
  const ignore = () => undefined;
  const observer: BindingObserver = {
    received: ignore,
    ended: ignore,
    attemptFailed: ignore,
    unreached: ignore,
    dropped: (count) => process.stderr.write(`${count} events were dropped\n`),
    held: ignore,
    committed: ignore,
    commitFailed: ignore,
    lag: ignore,
    rebuilt: (why) => process.stderr.write(`${why}\n`),
    positionLost: ignore,
    connection: (fault) => (fault ? process.stderr.write(`${fault.message}\n`) : connected.resolve()),
  };
  const binding = runBinding({
    source,
    capabilities: source.capabilities(parsed.value.spec),
    binding: {
      namespace: "default",
      trigger: "bench",
      function: "target",
      spec: parsed.value.spec,
      ...settings.delivery,
    },
    origin: { namespace: "default", trigger: "bench", plural: kind.resource.plural, source: kind.source },
    settings,
    filter: undefined,
    openParts: takeAllParts,
    services: {
      config: source.config.parse(environment) as Config,
      log: { info: ignore, warn: ignore, error: ignore },
      secret: () => Promise.reject(new Error("There are no Secrets here.")),
    },
    observer,
    clock: systemClock,
    random: Math.random,
  });
  binding.setEndpoints([{ host: "127.0.0.1", port }]);
  await connected.promise;
}

/** Each part is this process' from when it is named. */
function takeAllParts(): OpenParts {
  const written = new Map<string, Notes>();
  return {
    share(names, { taken }) {
      for (const name of names.filter((each) => !written.has(each))) {
        written.set(name, {});
        const write = async (notes: Notes) => void written.set(name, notes);
        taken({ name, notes: {}, isHeld: () => true, write });
      }
    },
    read: async (name) => written.get(name),
    close: async () => undefined,
  };
}
