import { badRequest } from "../errors.ts";
import { apiVersionOf, splitApiVersion } from "../kinds/resource.ts";
import { zeroMeansAbsent } from "../schema/omit-empty.ts";
import table from "./protobuf.generated.json" with { type: "json" };

export const protobufType = "application/vnd.kubernetes.protobuf";

type Field = [number, string, string, string?];
type Fields = Record<string, unknown>;

const messages = table as unknown as Readonly<Record<string, Field[]>>;
const magic = Buffer.from("k8s\0");
const meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

/** Decodes Kubernetes' protobuf envelope into the JSON form of the object inside. Throws BadRequest. */
export function decodeProtobuf(bytes: Buffer): unknown {
  if (!bytes.subarray(0, 4).equals(magic)) throw badRequest("the request's body is not Kubernetes protobuf");
  const envelope: { apiVersion: string; kind: string; raw: Buffer } = {
    apiVersion: "",
    kind: "",
    raw: Buffer.alloc(0),
  };
  for (const { number, value } of wire(bytes.subarray(4))) {
    if (number === 1) {
      for (const { number: field, value: text } of wire(value as Buffer)) {
        if (field === 1) envelope.apiVersion = String(text);
        else if (field === 2) envelope.kind = String(text);
      }
    } else if (number === 2) envelope.raw = value as Buffer;
  }
  const type = messageOf(envelope.apiVersion, envelope.kind);
  const { apiVersion, kind } = envelope;
  return { apiVersion, kind, ...decodeMessage(envelope.raw, type) };
}

function messageOf(apiVersion: string, kind: string): string {
  if (kind === "DeleteOptions") return `${meta}.DeleteOptions`;
  const { group, version } = splitApiVersion(apiVersion);
  const known = Object.keys(messages);
  const folder = group === "" ? "core" : (group.split(".")[0] ?? "");
  const name = known.find((one) => one.endsWith(`.${folder}.${version}.${kind}`));
  if (name === undefined)
    throw badRequest(`no kind ${kind} of ${apiVersionOf(group, version)} is known in protobuf; send JSON`);
  return name;
}

interface WireField {
  readonly number: number;
  readonly value: bigint | number | Buffer;
}

function* wire(bytes: Buffer): Generator<WireField> {
  let at = 0;
  const varint = (): bigint => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = bytes[at];
      if (byte === undefined || shift > 63n) throw badRequest("the request's protobuf body is cut off");
      at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7n;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw badRequest("the request's protobuf body is cut off");
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const [number, kind] = [tag >>> 3, tag & 7];
    if (kind === 0) yield { number, value: BigInt.asIntN(64, varint()) };
    else if (kind === 1) yield { number, value: take(8).readDoubleLE() };
    else if (kind === 2) yield { number, value: take(Number(varint())) };
    else if (kind === 5) yield { number, value: take(4).readFloatLE() };
    else throw badRequest(`protobuf wire type ${kind} is not used by Kubernetes`);
  }
}

function decodeMessage(bytes: Buffer, type: string): Fields {
  const fields = new Map((messages[type] ?? []).map((field) => [field[0], field]));
  const object: Fields = {};
  for (const { number, value } of wire(bytes)) {
    const field = fields.get(number);
    if (field !== undefined) put(object, field, value);
  }
  return object;
}

function put(object: Fields, [, rawName, type, mark]: Field, value: WireField["value"]): void {
  const name = jsonName(rawName);
  if (mark === "^") {
    Object.assign(object, decodeMessage(value as Buffer, type));
  } else if (mark === "{}") {
    const [key, item] = mapEntry(value as Buffer, type);
    const map = (object[name] ?? {}) as Fields;
    map[key] = item;
    object[name] = map;
  } else if (mark === "*") {
    const list = (object[name] ?? []) as unknown[];
    list.push(decodeValue(value, type));
    object[name] = list;
  } else {
    const decoded = decodeValue(value, type);
    const isNothing =
      decoded === undefined ||
      decoded === "" ||
      ((decoded === 0 || decoded === false) && zeroMeansAbsent.has(name));
    if (!isNothing) object[name] = decoded;
  }
}

/** Protobuf has no dashes and no leading `$`. */
function jsonName(name: string): string {
  if (name.startsWith("xKubernetes"))
    return `x-kubernetes-${name
      .slice(11)
      .replace(/(?!^)[A-Z]/g, (letter) => `-${letter}`)
      .toLowerCase()}`;
  return name === "ref" ? "$ref" : name === "schema" ? "schema" : name;
}

function mapEntry(bytes: Buffer, type: string): [string, unknown] {
  let [key, item]: [string, unknown] = ["", type === "string" ? "" : undefined];
  for (const { number, value } of wire(bytes)) {
    if (number === 1) key = String(value);
    else item = decodeValue(value, type);
  }
  return [key, item];
}

function decodeValue(value: WireField["value"], type: string): unknown {
  switch (type) {
    case "string":
      return String(value);
    case "bytes":
      return (value as Buffer).toString("base64");
    case "bool":
      return value !== 0n;
    case "int32":
    case "int64":
    case "uint32":
    case "uint64":
    case "double":
    case "float":
      return Number(value);
    default:
      return (
        special[type]?.(value as Buffer) ??
        (type in special ? undefined : decodeMessage(value as Buffer, type))
      );
  }
}

/** Wrappers whose JSON form is a plain value. */
const special: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
  [`${meta}.Time`]: (bytes) => timeText(bytes, 0),
  [`${meta}.MicroTime`]: (bytes) => timeText(bytes, 6),
  "io.k8s.apimachinery.pkg.api.resource.Quantity": (bytes) => textAt(bytes, 1) ?? "0",
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": (bytes) => {
    const parts = new Map([...wire(bytes)].map(({ number, value }) => [number, value]));
    return parts.get(1) === 1n ? String(parts.get(3) ?? "") : Number(parts.get(2) ?? 0);
  },
  [`${meta}.FieldsV1`]: (bytes) => JSON.parse(textAt(bytes, 1) ?? "{}") as unknown,
  "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON": (bytes) =>
    JSON.parse(textAt(bytes, 1) ?? "null") as unknown,
  "io.k8s.api.authorization.v1.ExtraValue": (bytes) => [...wire(bytes)].map(({ value }) => String(value)),
  "io.k8s.api.authentication.v1.ExtraValue": (bytes) => [...wire(bytes)].map(({ value }) => String(value)),
  "io.k8s.apimachinery.pkg.runtime.RawExtension": (bytes) =>
    JSON.parse(textAt(bytes, 1) ?? "null") as unknown,
};

function textAt(bytes: Buffer, at: number): string | undefined {
  const field = [...wire(bytes)].find(({ number }) => number === at);
  return field === undefined ? undefined : String(field.value);
}

function timeText(bytes: Buffer, digits: number): string | undefined {
  const parts = new Map([...wire(bytes)].map(({ number, value }) => [number, value]));
  const seconds = Number(parts.get(1) ?? 0n);
  if (seconds <= 0) return undefined;
  const base = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(parts.get(2) ?? 0n)
    .padStart(9, "0")
    .slice(0, digits);
  return digits === 0 ? `${base}Z` : `${base}.${fraction}Z`;
}
