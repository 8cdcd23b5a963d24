import type { Duplex } from "node:stream";
import { badRequest } from "../errors.ts";

export function serveSpdyPortForward(
  _socket: Duplex,
  _head: Buffer,
  _dial: (port: number) => Promise<Duplex>,
): void {
  throw badRequest("SPDY is not served yet");
}
