import { CustomObjectsApi, KubeConfig, makeInformer } from "@kubernetes/client-node";
import { measure } from "./measure.ts";

await measure(async (server, { note, listed }) => {
  const config = new KubeConfig();
  config.loadFromClusterAndUser({ name: "bench", server, skipTLSVerify: true }, { name: "nobody" });
  const things = { group: "bench.example.com", version: "v1", plural: "things", resourcePlural: "things" };
  const list = () => config.makeApiClient(CustomObjectsApi).listCustomObjectForAllNamespaces(things);
  const informer = makeInformer(config, "/apis/bench.example.com/v1/things", list as never);
  informer.on("add", (object) => note(true, object.metadata?.resourceVersion));
  informer.on("update", (object) => note(false, object.metadata?.resourceVersion));
  await informer.start();
  await listed();
});
