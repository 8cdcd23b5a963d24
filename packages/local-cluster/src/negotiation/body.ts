import type { IncomingMessage } from "node:http";
import { load } from "js-yaml";
import { badRequest, StatusError } from "../errors.ts";
import { duplicateKeys } from "../pipeline/decode.ts";
import { findDuplicateKeys } from "./duplicate-keys.ts";
import { decodeProtobuf, protobufType } from "./protobuf.ts";

/** As kube-apiserver: what is larger is refused unread. */
const limitBytes = 3 * 1024 * 1024;

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The rest is read and dropped by who answers: a connection that is torn off loses the answer.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += (chunk as Buffer).length;
    if (size > limitBytes) {
      throw new StatusError("RequestEntityTooLarge", `Request entity too large: limit is ${limitBytes}`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** The body as plain JSON, whatever it was written in; undefined when there is none. Throws BadRequest. */
export async function readBody(request: IncomingMessage, contentType: string): Promise<unknown> {
  const bytes = await readBytes(request);
  if (bytes.length === 0) return undefined;
  if (/patch/.test(contentType) && request.method !== "PATCH") throw unknownFormat();
  switch (contentType) {
    case protobufType:
      return decodeProtobuf(bytes);
    case "application/yaml":
    case "application/apply-patch+yaml":
      return fromYaml(bytes.toString());
    case "":
    case "application/json":
    case "application/json-patch+json":
    case "application/merge-patch+json":
    case "application/strategic-merge-patch+json":
    case "application/x-www-form-urlencoded":
      return fromJson(bytes.toString());
    default:
      throw unknownFormat();
  }
}

function unknownFormat(): StatusError {
  return new StatusError(
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, ${protobufType}`,
  );
}

function fromJson(text: string): unknown {
  try {
    const value = JSON.parse(text) as unknown;
    if (typeof value === "object" && value !== null) {
      const found = findDuplicateKeys(text);
      if (found.length > 0) Object.defineProperty(value, duplicateKeys, { value: found });
    }
    return value;
  } catch (error) {
    throw badRequest(`the request's body is not JSON: ${(error as Error).message}`);
  }
}

function fromYaml(text: string): unknown {
  try {
    return text.trimStart().startsWith("{") ? fromJson(text) : load(text, { json: true } as object);
  } catch (error) {
    if (error instanceof StatusError) throw error;
    throw badRequest(`error decoding YAML: ${(error as Error).message}`);
  }
}
