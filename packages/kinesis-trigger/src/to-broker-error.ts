import { BrokerError, SourceError } from "@kubeless/trigger-kit";
import { isMissing, isRefused, toSourceError } from "./kinesis-error.ts";

/** What a person reads of a request that failed. */
export function toBrokerError(error: unknown, stream: string): BrokerError | SourceError {
  if (error instanceof BrokerError || error instanceof SourceError) return error;
  if (isMissing(error))
    return new BrokerError(
      `There is no stream ${stream}: make it with kubeless trigger kinesis create-stream, or correct the name, the region or the endpoint.`,
    );
  if (isRefused(error)) return new BrokerError(`Kinesis refused it: ${(error as Error).message}`);
  return toSourceError(error, stream);
}
