/** What a run puts into outputs and a comparison must not see. */
export interface RunNames {
  readonly namespace: string;
  readonly node: string;
  readonly server: string;
  readonly folder: string;
}

/** Takes ids, times, addresses and column widths out of an output; everything else stays and is compared. */
export function normalise(output: string, names: RunNames): string {
  const named = output
    .replaceAll(names.namespace, "NAMESPACE")
    .replaceAll(names.server, "SERVER")
    .replaceAll(names.server.replace("https://", ""), "SERVER")
    .replaceAll(`${names.folder}/`, "")
    .replace(new RegExp(`(?<![\\w.-])${names.node}(?![\\w-])`, "g"), "NODE");
  return rules.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), named);
}

/** The letters of generated names: no vowels, no look-alikes. */
const letters = "bcdfghjklmnpqrstvwxz2456789";
const age = "(?:\\d+y)?(?:\\d+d)?(?:\\d+h)?(?:\\d+m)?(?:\\d+s)?";

const rules: readonly (readonly [RegExp, string])[] = [
  // The client's own notes on how its requests went.
  [/^[IW]\d{4} \d\d:\d\d:\d\d\.\d+ .*\n?/gm, ""],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "UID"],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "TOKEN"],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "TIME"],
  [/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "TIME"],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000(?: UTC)?/g, "TIME"],
  [/\b[A-Z][a-z]{2} [A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d \d{4}/g, "TIME"],
  [/(Resource Version: +)\d+/g, "$1REVISION"],
  [/(X509SHA256=)[0-9a-f]+/g, "$1DIGEST"],
  [/(resourceVersion"?: ?)"\d+"/g, '$1"REVISION"'],
  [/(uid: )UID/g, "$1UID"],
  [new RegExp(`-[${letters}0-9]{6,10}(?=-[${letters}]{5}\\b)`, "g"), "-HASH"],
  [new RegExp(`-HASH-[${letters}]{5}\\b`, "g"), "-HASH-ID"],
  [new RegExp(`(?<=[a-z0-9])-(?=[a-z]*\\d)[${letters}0-9]{8,10}\\b`, "g"), "-HASH"],
  [new RegExp(`(pod-template-hash"?[=:] ?"?)[${letters}0-9]{8,10}`, "g"), "$1HASH"],
  [new RegExp(`(?<=[a-z0-9]-)(?=[a-z0-9]*[${letters}])[${letters}]{5}(?=[\\s",/:)]|$)`, "gm"), "ID"],
  [/\b(?:10|127|172|192)\.\d+\.\d+\.\d+\b/g, "IP"],
  [/(Forwarding from (?:IP|\[::1\])):\d+/g, "$1:PORT"],
  [/\/tmp\/(?:LIVE|MERGED)-\d+/g, "FOLDER"],
  [new RegExp(`\\((?=\\d)${age} ago\\)`, "g"), "(AGE ago)"],
  [new RegExp(`(?<=(?:^|\\s))(?=\\d)${age}(?: \\(x\\d+ over ${age}\\))?(?=\\s|$)`, "gm"), "AGE"],
  [/\t+/g, "  "],
  [/(?<=\S) {2,}(?=\S)/g, "  "],
  [/[ \t]+$/gm, ""],
];
