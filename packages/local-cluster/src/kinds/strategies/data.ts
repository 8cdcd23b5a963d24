import type { Fault } from "../../errors.ts";
import { isEqual } from "../../patch/json-patch.ts";
import { denied, required, wrong } from "../../pipeline/metadata.ts";
import type { Draft } from "../resource.ts";
import type { Strategy } from "../strategy.ts";
import { keepAuthority } from "./namespaces.ts";

type Data = Record<string, string>;

const limitBytes = 1024 * 1024;

export const configMapStrategy: Strategy = {
  validate: (draft) => [
    ...keyFaults(draft, "data"),
    ...keyFaults(draft, "binaryData"),
    ...sharedFaults(draft),
    ...sizeFaults(draft),
  ],
  validateUpdate: (draft, before) => immutableFaults(draft, before, ["data", "binaryData"]),
  committed: keepAuthority,
  deleted: keepAuthority,
};

export const secretStrategy: Strategy = {
  prepareCreate: encode,
  prepareUpdate: encode,
  validate: (draft) => [...keyFaults(draft, "data"), ...sizeFaults(draft), ...typeFaults(draft)],
  validateUpdate: (draft, before) => [
    ...(draft.type === before.type ? [] : [wrong("type", draft.type, "field is immutable")]),
    ...immutableFaults(draft, before, ["data"]),
  ],
};

/** `stringData` is for writing only. */
function encode(draft: Draft): void {
  const text = draft.stringData as Data | undefined;
  delete draft.stringData;
  if (text === undefined) return;
  const data = Object.entries(text).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  draft.data = { ...(draft.data as Data | undefined), ...Object.fromEntries(data) };
}

function keyFaults(draft: Draft, field: "data" | "binaryData"): Fault[] {
  const words =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
  return Object.keys((draft[field] ?? {}) as Data)
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key === "." || key === "..")
    .map((key) => wrong(`${field}[${key}]`, key, words));
}

function sharedFaults({ data, binaryData }: Draft): Fault[] {
  const binary = new Set(Object.keys((binaryData ?? {}) as Data));
  return Object.keys((data ?? {}) as Data)
    .filter((key) => binary.has(key))
    .map((key) => wrong(`data[${key}]`, key, "duplicate of key present in binaryData"));
}

function sizeFaults(draft: Draft): Fault[] {
  const values = [
    ...Object.values((draft.data ?? {}) as Data),
    ...Object.values((draft.binaryData ?? {}) as Data),
  ];
  const size = values.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
  const limit = draft.kind === "Secret" ? (limitBytes * 4) / 3 : limitBytes;
  if (size <= limit) return [];
  const field = draft.kind === "Secret" ? "data" : "";
  return [
    { reason: "FieldValueTooLong", field, message: `Too long: may not be more than ${limitBytes} bytes` },
  ];
}

const keysOfType: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

function typeFaults(draft: Draft): Fault[] {
  const data = (draft.data ?? {}) as Data;
  const missing = (keysOfType[String(draft.type)] ?? [])
    .filter((key) => (key === "ssh-privatekey" ? !data[key] : !(key in data)))
    .map((key) => required(`data[${key}]`));
  if (draft.type === "kubernetes.io/basic-auth" && !("username" in data) && !("password" in data))
    return ["username", "password"].map((key) => required(`data[${key}]`));
  const [json] = draft.type?.toString().startsWith("kubernetes.io/dockerc")
    ? (keysOfType[String(draft.type)] ?? [])
    : [];
  if (json !== undefined && missing.length === 0) return jsonFaults(data, json);
  const account = "kubernetes.io/service-account.name";
  if (draft.type === "kubernetes.io/service-account-token" && !draft.metadata.annotations?.[account])
    return [required(`metadata.annotations[${account}]`)];
  return missing;
}

function jsonFaults(data: Data, key: string): Fault[] {
  try {
    JSON.parse(Buffer.from(data[key] ?? "", "base64").toString());
    return [];
  } catch (error) {
    return [wrong(`data[${key}]`, "<secret contents redacted>", (error as Error).message)];
  }
}

function immutableFaults(draft: Draft, before: Draft, fields: readonly string[]): Fault[] {
  if (before.immutable !== true) return [];
  const changed = ["immutable", ...fields].filter((field) => !isEqual(draft[field], before[field]));
  return changed.map((field) => denied(field, "field is immutable when `immutable` is set"));
}
