import { parse } from "node:querystring";
import { IncomingMessage } from "./node-http.ts";

const nothing = Buffer.alloc(0);

/** `event.extensions.request`: Node's own request (and so the raw stream), with the names functions know from express. */
export class FunctionRequest extends IncomingMessage {
  /** The bytes of the body; none for `multipart/*`, which is left in the stream for the function to read. */
  body: Buffer = nothing;
  #query: Readonly<Record<string, string | string[] | undefined>> | undefined;

  /** The request target up to its `?`. */
  get path(): string {
    const url = this.url ?? "/";
    const end = url.indexOf("?");
    return end === -1 ? url : url.slice(0, end);
  }

  /** What is behind the `?`; a name given twice has a list. */
  get query(): Readonly<Record<string, string | string[] | undefined>> {
    const url = this.url ?? "/";
    const start = url.indexOf("?");
    this.#query ??= start === -1 ? {} : parse(url.slice(start + 1));
    return this.#query;
  }

  /** The address of who is connected. */
  get ip(): string {
    return this.socket.remoteAddress ?? "";
  }

  /** A header by its name, in any case. */
  get(name: string): string | undefined {
    const value = this.headers[name.toLowerCase()];
    return Array.isArray(value) ? value.join(", ") : value;
  }
}
