import { type ClusterClient, type Logger, loadConfig, type Manager } from "@kubeless/controller-kit";
import { kafkaKind, kafkaSource } from "@kubeless/kafka-trigger";
import { kinesisKind, kinesisSource } from "@kubeless/kinesis-trigger";
import { natsKind, natsSource } from "@kubeless/nats-trigger";
import { createTriggerManager, type TriggerProgram, type TriggerSpec } from "@kubeless/trigger-kit";

export interface EventTriggersOptions {
  readonly client: ClusterClient;
  /** The brokers of triggers that name none, by the variables of each controller. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
}

/**
 * The controllers of triggers that read a broker. Each is as in a cluster, but for the edges: it is the only replica, and
 * nobody probes it.
 */
export function createEventTriggers(options: EventTriggersOptions): readonly Manager[] {
  return [
    toManager({ name: "kafka-trigger", kind: kafkaKind, source: kafkaSource }, options),
    toManager({ name: "kinesis-trigger", kind: kinesisKind, source: kinesisSource }, options),
    toManager({ name: "nats-trigger", kind: natsKind, source: natsSource }, options),
  ];
}

function toManager<Spec extends TriggerSpec, Config>(
  program: TriggerProgram<Spec, Config>,
  { client, environment, logger }: EventTriggersOptions,
): Manager {
  const config = loadConfig(program.source.config, environment) as Config;
  return createTriggerManager({
    ...program,
    identity: "local",
    config,
    client,
    logger: logger.child({ controller: program.name }),
  });
}
