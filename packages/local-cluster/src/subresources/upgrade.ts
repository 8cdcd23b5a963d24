import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { StatusError } from "../errors.ts";
import type { Identity } from "../request/authentication.ts";
import type { Service } from "../request/context.ts";
import type { RequestInfo } from "../request/request-info.ts";
import { servePortForward } from "./port-forward.ts";
import { proxyUpgrade } from "./proxy-upgrade.ts";
import { serveRemoteCommand } from "./remote-command.ts";

/** A request that wants to become another protocol. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly info: RequestInfo;
  readonly identity: Identity;
}

/** exec, attach, port-forward and proxied upgrades. Throws what cannot be served. */
export async function handleUpgrade(service: Service, upgrade: Upgrade): Promise<void> {
  const { info } = upgrade;
  const served = service.registry.byPath(info.group, info.version, info.plural);
  switch (`${served?.resource.id}/${info.subresource}`) {
    case "pods/exec":
    case "pods/attach":
      return serveRemoteCommand(service, upgrade);
    case "pods/portforward":
      return servePortForward(service, upgrade);
    case "pods/proxy":
    case "services/proxy":
      if (served !== undefined) return proxyUpgrade(service, upgrade, served);
  }
  throw new StatusError("BadRequest", "this resource does not speak any other protocol than HTTP");
}
