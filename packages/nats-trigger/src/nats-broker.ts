import { createBroker } from "@kubeless/trigger-kit";
import { natsAdmin } from "./nats-admin.ts";
import { natsConfig } from "./nats-config.ts";
import { natsKind } from "./nats-kind.ts";

/** What answers `kubeless trigger nats publish` and `dead-letters`. */
export const natsBroker = createBroker({ kind: natsKind, config: natsConfig, admin: natsAdmin });
