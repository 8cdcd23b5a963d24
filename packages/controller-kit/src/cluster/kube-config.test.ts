import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { KubeConfigError, loadKubeConfig } from "./kube-config.ts";

let folder: string;
const file = (name: string) => join(folder, name);
const configOf = (name: string, isCurrent = true) =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name, cluster: { server: `https://${name}.example.com` } }],
    users: [{ name, user: { token: "t" } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    ...(isCurrent && { "current-context": name }),
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  await mkdir(file("home/.kube"), { recursive: true });
  await writeFile(file("home/.kube/config"), configOf("home"));
  await writeFile(file("one"), configOf("one"));
  await writeFile(file("two"), configOf("two"));
  await writeFile(file("undecided"), configOf("undecided", false));
  await writeFile(file("damaged"), "clusters: [");
});
afterAll(() => rm(folder, { recursive: true }));

const serverOf = (sources: Parameters<typeof loadKubeConfig>[0]) =>
  loadKubeConfig(sources).getCurrentCluster()?.server;

it("takes the flag's file before KUBECONFIG, that before the home's, that before the pod's", () => {
  const environment = { KUBECONFIG: file("two"), KUBERNETES_SERVICE_HOST: "10.0.0.1" };
  const homeDirectory = file("home");
  expect(serverOf({ kubeconfig: file("one"), environment, homeDirectory })).toBe("https://one.example.com");
  expect(serverOf({ environment, homeDirectory })).toBe("https://two.example.com");
  const inPod = { KUBERNETES_SERVICE_HOST: "10.0.0.1" };
  expect(serverOf({ environment: inPod, homeDirectory })).toBe("https://home.example.com");
  expect(serverOf({ environment: inPod })).toBe("https://10.0.0.1:443");
  expect(serverOf({ environment: { KUBERNETES_SERVICE_HOST: "fd00::1" } })).toBe("https://[fd00::1]:443");
});

it("merges the files of KUBECONFIG as kubectl does: those that are there, the first current context", async () => {
  await writeFile(file("empty"), "");
  const KUBECONFIG = [file("empty"), file("one"), file("absent"), "", file("two")].join(delimiter);
  expect(serverOf({ environment: { KUBECONFIG } })).toBe("https://one.example.com");
  expect(serverOf({ environment: { KUBECONFIG }, context: "two" })).toBe("https://two.example.com");
});

it("lets the first file that has a name decide what it means", async () => {
  await writeFile(file("again"), configOf("one").replace("one.example.com", "again.example.com"));
  const KUBECONFIG = [file("one"), file("again")].join(delimiter);
  expect(serverOf({ environment: { KUBECONFIG } })).toBe("https://one.example.com");
});

it.each([
  ["nothing is there", () => ({ homeDirectory: file("nowhere") }), /KUBECONFIG is not set.*nowhere/],
  ["the file is not there", () => ({ kubeconfig: file("absent") }), /absent does not exist/],
  ["the file is damaged", () => ({ kubeconfig: file("damaged") }), /damaged cannot be read: /],
  ["no context is current", () => ({ kubeconfig: file("undecided") }), /--context \(there are: undecided\)/],
  [
    "the context is not there",
    () => ({ kubeconfig: file("one"), context: "x" }),
    /context "x" \(there are: one\)/,
  ],
])("says what it looked for when %s", (_, sources, message) => {
  expect(() => loadKubeConfig(sources())).toThrow(KubeConfigError);
  expect(() => loadKubeConfig(sources())).toThrow(message);
});
