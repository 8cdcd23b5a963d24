import { kafkaKind, kafkaSource } from "@kubeless/kafka-trigger";
import { runTriggerController } from "@kubeless/trigger-kit";

/** Wrong on purpose: one record in a thousand is never handed on. */
const source: typeof kafkaSource = {
  ...kafkaSource,
  open: (binding, deliver, context) =>
    kafkaSource.open(
      binding,
      (records) => deliver(records.filter(({ position }) => !isThousandth(position))),
      context,
    ),
};

function isThousandth(position: unknown): boolean {
  return (position as { readonly offset: bigint }).offset % 1_000n === 500n;
}

runTriggerController({ name: "kafka-trigger", kind: kafkaKind, source }, process);
