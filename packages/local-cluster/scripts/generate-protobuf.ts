/**
 * Writes src/negotiation/protobuf.generated.json: field number, name and type of every message that a request body of a
 * built-in kind can hold. Reads the `generated.proto` files of k8s.io/api and k8s.io/apimachinery (their module zips,
 * unpacked): `node scripts/generate-protobuf.ts FOLDER`.
 *
 * A field is `[number, name, type, mark]`; the mark is `*` for repeated, `{}` for a map, `^` for a struct whose fields
 * stand in its parent's JSON. Types are scalar names or schema names.
 */
import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Field = [number, string, string, string?];

const folder = process.argv[2];
if (folder === undefined) throw new Error("usage: generate-protobuf.ts FOLDER-WITH-GENERATED-PROTO-FILES");
const root = join(import.meta.dirname, "..", "src");
const schemas = JSON.parse(readFileSync(join(root, "kinds/schemas.generated.json"), "utf8")) as Record<
  string,
  { properties?: Record<string, unknown> }
>;
const messages = new Map<string, Field[]>();
for (const file of globSync(`${folder}/**/generated.proto`)) readProto(readFileSync(file, "utf8"));

const wanted = new Map<string, Field[]>();
for (const name of Object.keys(schemas)) collect(name);
const lines = [...wanted]
  .sort()
  .map(([name, fields]) => `${JSON.stringify(name)}: ${JSON.stringify(fields)}`);
writeFileSync(join(root, "negotiation/protobuf.generated.json"), `{\n${lines.join(",\n")}\n}\n`);

function readProto(text: string): void {
  const packageName = /^package ([\w.]+);/m.exec(text)?.[1] ?? "";
  for (const [, message, body] of text.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)) {
    const fields: Field[] = [];
    const pattern = /^ {2}(?:(optional|repeated) )?(map<\w+, *[\w.]+>|\.?[\w.]+) (\w+) = (\d+);/gm;
    for (const [, label, type = "", name = "", number] of (body ?? "").matchAll(pattern)) {
      const map = /^map<\w+, *([\w.]+)>$/.exec(type)?.[1];
      const mark = map !== undefined ? "{}" : label === "repeated" ? "*" : "";
      fields.push([Number(number), name, schemaName(map ?? type, packageName), mark]);
    }
    messages.set(schemaName(message ?? "", packageName), fields);
  }
}

function schemaName(type: string, packageName: string): string {
  const scalars = ["string", "bytes", "bool", "int32", "int64", "uint32", "uint64", "double", "float"];
  if (scalars.includes(type)) return type;
  const full = type.startsWith(".") ? type.slice(1) : type.includes(".") ? type : `${packageName}.${type}`;
  return full
    .replace(/^k8s\.io\./, "io.k8s.")
    .replace("io.k8s.apiextensions_apiserver", "io.k8s.apiextensions-apiserver");
}

function collect(name: string): void {
  const fields = messages.get(name);
  if (fields === undefined || wanted.has(name)) return;
  const properties = schemas[name]?.properties;
  wanted.set(
    name,
    fields.map(([number, field, type, mark]): Field => {
      const inlined = properties !== undefined && !(field in properties) && messages.has(type);
      const sign = inlined && mark === "" ? "^" : mark;
      return sign ? [number, field, type, sign] : [number, field, type];
    }),
  );
  for (const [, , type] of fields) collect(type);
}
