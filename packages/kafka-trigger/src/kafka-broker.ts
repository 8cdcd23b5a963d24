import { createBroker } from "@kubeless/trigger-kit";
import { kafkaAdmin } from "./kafka-admin.ts";
import { kafkaConfig } from "./kafka-config.ts";
import { kafkaKind } from "./kafka-kind.ts";

/** What answers `kubeless trigger kafka publish`, `dead-letters` and `kubeless topic`. */
export const kafkaBroker = createBroker({ kind: kafkaKind, config: kafkaConfig, admin: kafkaAdmin });
