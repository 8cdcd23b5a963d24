import {
  createClusterClient,
  createInformer,
  type KubernetesObject,
  type Resource,
} from "@kubeless/controller-kit";
import { KubeConfig } from "@kubernetes/client-node";
import { measure } from "./measure.ts";

const things: Resource<KubernetesObject> = {
  apiVersion: "bench.example.com/v1",
  kind: "Thing",
  plural: "things",
  namespaced: true,
};

await measure(async (server, { note, listed }) => {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser({ name: "bench", server, skipTLSVerify: true }, { name: "nobody" });
  const informer = createInformer({ client: createClusterClient({ kubeConfig }), resource: things });
  informer.onChange(({ type, object }) => note(type === "added", object.metadata.resourceVersion));
  informer.start();
  await listed();
});
