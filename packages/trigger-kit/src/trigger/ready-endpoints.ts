import { FUNCTION_PORT_NAME } from "@kubeless/api-types";
import type { Live, Wire } from "@kubeless/controller-kit";
import type { V1EndpointSlice } from "@kubernetes/client-node";
import type { Endpoint } from "../invoker/invoker.ts";

/** The ready addresses of a function's Service: its port for functions, else its first. */
export function readyEndpoints(slices: readonly Live<Wire<V1EndpointSlice>>[]): Endpoint[] {
  return slices.flatMap((slice) => {
    const ports = slice.ports ?? [];
    const port = (ports.find(({ name }) => name === FUNCTION_PORT_NAME) ?? ports[0])?.port;
    if (port === undefined) return [];
    return (slice.endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false && conditions?.terminating !== true)
      .flatMap(({ addresses }) => addresses.map((host) => ({ host, port })));
  });
}
