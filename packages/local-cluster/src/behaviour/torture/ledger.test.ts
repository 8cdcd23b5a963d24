import { expect, test } from "vitest";
import { createLedger } from "./ledger.ts";

test.each([
  ["what was acknowledged", "1", []],
  ["what was begun after it", "2", []],
  ["something older", "0", ["a holds 0, acknowledged was 1"]],
  ["nothing", undefined, ["a holds undefined, acknowledged was 1"]],
])("a key that holds %s is judged", (_what, value, faults) => {
  const ledger = createLedger();
  ledger.begin("a", "0");
  ledger.acknowledge("a");
  ledger.begin("a", "1");
  ledger.acknowledge("a");
  ledger.begin("a", "2");
  expect(ledger.audit(new Map(value === undefined ? [] : [["a", value]]))).toEqual(faults);
});

test("what comes back after its deletion was acknowledged, or was never written, is a fault", () => {
  const ledger = createLedger();
  ledger.begin("gone", "1");
  ledger.acknowledge("gone");
  ledger.begin("gone", undefined);
  ledger.acknowledge("gone");
  expect(
    ledger.audit(
      new Map([
        ["gone", "1"],
        ["strange", "1"],
      ]),
    ),
  ).toEqual(["gone holds 1, acknowledged was undefined", "strange holds 1, acknowledged was undefined"]);
});
