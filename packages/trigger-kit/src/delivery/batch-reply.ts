/**
 * The ids of records that a batch's reply names as failed:
 * `{"batchItemFailures":[{"itemIdentifier":"<ce-id>"}]}`. Anything else names none.
 */
export function parseFailedItems(body: Uint8Array): ReadonlySet<string> {
  if (body.byteLength === 0) return new Set();
  try {
    const reply: unknown = JSON.parse(new TextDecoder().decode(body));
    const failures = isRecord(reply) && Array.isArray(reply.batchItemFailures) ? reply.batchItemFailures : [];
    return new Set(failures.filter(isRecord).map((failure) => String(failure.itemIdentifier)));
  } catch {
    return new Set();
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
