export { natsBroker } from "./nats-broker.ts";
export { type NatsConfig, natsConfig } from "./nats-config.ts";
export { natsKind } from "./nats-kind.ts";
export { natsSource } from "./nats-source.ts";
