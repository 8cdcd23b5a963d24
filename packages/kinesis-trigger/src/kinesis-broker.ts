import { createBroker } from "@kubeless/trigger-kit";
import { kinesisAdmin } from "./kinesis-admin.ts";
import { kinesisConfig } from "./kinesis-config.ts";
import { kinesisKind } from "./kinesis-kind.ts";

/** What answers `kubeless trigger kinesis publish`, `create-stream` and `dead-letters`. */
export const kinesisBroker = createBroker({ kind: kinesisKind, config: kinesisConfig, admin: kinesisAdmin });
