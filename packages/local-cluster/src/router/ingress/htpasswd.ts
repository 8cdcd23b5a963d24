import { createHash, timingSafeEqual } from "node:crypto";
import { compare } from "bcryptjs";

/**
 * Whether an htpasswd file lets this user in: bcrypt (`$2y$`), Apache's MD5 (`$apr1$`), SHA-1 (`{SHA}`) and plain
 * (`{PLAIN}`) entries. https://httpd.apache.org/docs/2.4/misc/password_encryptions.html
 */
export async function isAllowed(file: string, user: string, password: string): Promise<boolean> {
  const line = file.split(/\r?\n/).find((entry) => entry.startsWith(`${user}:`));
  const hash = line?.slice(user.length + 1).trim();
  return hash !== undefined && user !== "" && verify(hash, password);
}

/** The user and password of an `Authorization: Basic` header. */
export function readCredentials(header: string | undefined): { user: string; password: string } | undefined {
  const encoded = /^basic +(\S+)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

async function verify(hash: string, password: string): Promise<boolean> {
  if (/^\$2[aby]\$/.test(hash)) return compare(password, hash.replace(/^\$2y/, "$2b"));
  if (hash.startsWith("$apr1$")) return isEqual(apr1(password, hash.split("$")[2] ?? ""), hash);
  if (hash.startsWith("{SHA}"))
    return isEqual(`{SHA}${createHash("sha1").update(password).digest("base64")}`, hash);
  if (hash.startsWith("{PLAIN}")) return isEqual(`{PLAIN}${password}`, hash);
  return false;
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Apache's variant of the MD5-based crypt: a thousand rounds over password and salt. */
function apr1(password: string, salt: string): string {
  const secret = Buffer.from(password);
  let digest = firstDigest(secret, salt);
  for (let round = 0; round < 1000; round += 1) {
    const hash = createHash("md5");
    hash.update(round % 2 === 1 ? secret : digest);
    if (round % 3 !== 0) hash.update(salt);
    if (round % 7 !== 0) hash.update(secret);
    hash.update(round % 2 === 1 ? digest : secret);
    digest = hash.digest();
  }
  return `$apr1$${salt}$${encode(digest)}`;
}

function firstDigest(secret: Buffer, salt: string): Buffer {
  const inner = createHash("md5").update(secret).update(salt).update(secret).digest();
  const hash = createHash("md5").update(secret).update("$apr1$").update(salt);
  for (let left = secret.length; left > 0; left -= 16) hash.update(inner.subarray(0, Math.min(16, left)));
  for (let bits = secret.length; bits > 0; bits >>= 1) {
    hash.update(bits & 1 ? Buffer.from([0]) : secret.subarray(0, 1));
  }
  return hash.digest();
}

const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Triples of bytes in the order that crypt has given them, six bits a letter, the lowest first. */
function encode(digest: Buffer): string {
  const at = (index: number) => digest[index] ?? 0;
  const triple = (a: number, b: number, c: number) => letters((at(a) << 16) | (at(b) << 8) | at(c), 4);
  const triples = [triple(0, 6, 12), triple(1, 7, 13), triple(2, 8, 14), triple(3, 9, 15), triple(4, 10, 5)];
  return triples.join("") + letters(at(11), 2);
}

function letters(value: number, count: number): string {
  let rest = value;
  let text = "";
  for (let index = 0; index < count; index += 1) {
    text += alphabet[rest & 63];
    rest >>= 6;
  }
  return text;
}
