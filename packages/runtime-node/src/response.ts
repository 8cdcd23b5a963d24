import type { OutgoingHttpHeader, OutgoingHttpHeaders } from "node:http";
import { type DeadlineBoard, noSlot } from "./deadline-board.ts";
import { ServerResponse } from "./node-http.ts";
import type { FunctionRequest } from "./request.ts";

const mediaTypes: Readonly<Record<string, string>> = {
  bin: "application/octet-stream",
  css: "text/css; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  form: "application/x-www-form-urlencoded",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  pdf: "application/pdf",
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  svg: "image/svg+xml",
  text: "text/plain; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  xml: "application/xml",
};

/** `event.extensions.response`: Node's own response (so it can be written to and piped to), with the names functions know from express. */
export class FunctionResponse extends ServerResponse<FunctionRequest> {
  #board: DeadlineBoard | undefined;
  #slot = noSlot;

  /** Notes that somebody waits for this answer, until it begins. */
  expectBy(deadline: number, board: DeadlineBoard): void {
    this.#board = board;
    this.#slot = board.claim(this.req.socket, deadline);
  }

  /** From here on only the main thread may write to this connection. */
  expectNoMore(): void {
    this.#board?.release(this.#slot);
    this.#slot = noSlot;
  }

  status(code: number): this {
    this.statusCode = code;
    return this;
  }

  set(
    name: string | Readonly<Record<string, string | number | readonly string[]>>,
    value?: string | number | readonly string[],
  ): this {
    if (typeof name !== "string") for (const [each, its] of Object.entries(name)) this.setHeader(each, its);
    else if (value !== undefined) this.setHeader(name, value);
    return this;
  }

  /** A media type, or a short name for one: `html`, `json`, `text`, `png`, … */
  type(type: string): this {
    return this.set(
      "content-type",
      type.includes("/") ? type : (mediaTypes[type.replace(/^\./, "")] ?? mediaTypes.bin ?? ""),
    );
  }

  /** @throws Error when the response was already sent. */
  json(value: unknown): this {
    this.#assertOpen();
    const text = JSON.stringify(value);
    if (!this.hasHeader("content-type")) this.type("json");
    return this.end(text);
  }

  /** Text is HTML, bytes are bytes, all else is JSON, unless a content type was set. */
  send(body?: unknown): this {
    if (typeof body === "string") return this.#sendAs("html", body);
    if (body instanceof Uint8Array) return this.#sendAs("bin", body);
    return body === undefined ? this.end() : this.json(body);
  }

  redirect(url: string): this;
  redirect(status: number, url: string): this;
  redirect(first: number | string, second?: string): this {
    const [status, url] = typeof first === "number" ? [first, second ?? "/"] : [302, first];
    return this.status(status)
      .set("location", url.replace(/[^\x21-\x7e]/gu, encodeURIComponent))
      .end();
  }

  /** Every answer may be read by any page, as in Kubeless, unless the function says otherwise. */
  override writeHead(status: number, ...rest: unknown[]): this {
    if (!Array.isArray(rest[0]) && !this.hasHeader("access-control-allow-origin"))
      this.setHeader("access-control-allow-origin", "*");
    this.expectNoMore();
    return super.writeHead(status, ...(rest as [(OutgoingHttpHeaders | OutgoingHttpHeader[])?]));
  }

  #assertOpen(): void {
    if (this.writableEnded) throw new Error("The response was already sent: a call has one answer.");
  }

  #sendAs(type: string, body: string | Uint8Array): this {
    this.#assertOpen();
    if (!this.hasHeader("content-type")) this.type(type);
    return this.end(body);
  }
}
