import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { expect, onTestFinished, test, vi } from "vitest";
import { openClient } from "./kinesis-client.ts";

/** Answers every request alike until the test ends, and notes what came. */
async function serve(contentType: string, answer: string) {
  const seen: { authorization: string | undefined; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    seen.push({ authorization: request.headers.authorization, body });
    response.writeHead(200, { "content-type": contentType }).end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close().closeAllConnections());
  return { seen, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const startKinesis = () => serve("application/x-amz-json-1.1", '{"StreamNames":[],"HasMoreStreams":false}');
const noSecret = () => Promise.reject(new Error("no Secret is to be read"));

async function signedBy(address: string, secret: string, read: typeof noSecret | (() => Promise<object>)) {
  const client = await openClient(
    { "aws-region": "eu-central-1", endpoint: address, secret },
    { config: {}, secret: read as () => Promise<Record<string, Uint8Array>> },
  );
  await client.send(new ListStreamsCommand());
  client.destroy();
}

test("without a Secret, a ServiceAccount's role is taken on by its token (IRSA)", async () => {
  const sts = await serve(
    "text/xml",
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAOFTHEROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
  );
  const folder = mkdtempSync(join(tmpdir(), "token-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  onTestFinished(() => void vi.unstubAllEnvs());
  writeFileSync(join(folder, "token"), "the-token");
  vi.stubEnv("AWS_ACCESS_KEY_ID", undefined);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", undefined);
  vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", join(folder, "token"));
  vi.stubEnv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/reader");
  vi.stubEnv("AWS_ENDPOINT_URL_STS", sts.address);
  const kinesis = await startKinesis();
  await signedBy(kinesis.address, "", noSecret);
  expect(sts.seen[0]?.body).toContain("WebIdentityToken=the-token");
  expect(kinesis.seen[0]?.authorization).toContain("Credential=ASIAOFTHEROLE/");
});

test("a Secret's keys are taken without the line end that came with them", async () => {
  const kinesis = await startKinesis();
  await signedBy(kinesis.address, "keys", async () => ({
    aws_access_key_id: Buffer.from("AKIAOFTHESECRET\n"),
    aws_secret_access_key: Buffer.from("s\n"),
  }));
  expect(kinesis.seen[0]?.authorization).toContain("Credential=AKIAOFTHESECRET/");
});

test("a Secret without the keys is said", async () => {
  const reading = signedBy("http://127.0.0.1:1", "keys", async () => ({
    aws_access_key_id: Buffer.from("a"),
  }));
  await expect(reading).rejects.toThrow("needs the keys aws_access_key_id and aws_secret_access_key");
});
