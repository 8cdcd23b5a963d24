/**
 * Starts what is built in dist, as a process of its own, and prints what that took:
 *   node bench/start.ts api|cluster FILE   → a line of JSON once the first answer is there; the kubeconfig goes to FILE
 * It ends when its input does.
 */
import { writeFileSync } from "node:fs";
import { get } from "node:https";

const [what, file = ""] = process.argv.slice(2);
const door =
  what === "api" ? await import("@kubeless/local-cluster/testing") : await import("@kubeless/local-cluster");

const loaded = performance.now();
const cpuBefore = process.cpuUsage();
const cluster =
  "startApiServer" in door ? await door.startApiServer() : await door.startCluster({ images: [] });
const { server, "certificate-authority-data": authority } = JSON.parse(cluster.kubeconfig).clusters[0]
  .cluster;
const ca = Buffer.from(authority, "base64");
await new Promise<void>((resolve, reject) => {
  get(`${server}/version`, { ca }, (response) => response.resume().on("end", resolve)).on("error", reject);
});
const answered = performance.now();
writeFileSync(file, cluster.kubeconfig, { mode: 0o600 });
const { user, system } = process.cpuUsage(cpuBefore);
console.log(
  JSON.stringify({
    startMs: answered - loaded,
    cpuMs: (user + system) / 1000,
    sinceProcessStartMs: answered,
  }),
);
process.stdin.resume().on("end", () => cluster.stop().then(() => process.exit(0)));
