export type { Clock, ClusterApi, GroupResource, KubeObject, StoreEvent } from "./api/cluster-api.ts";
export { defaultImages } from "./bin-images.ts";
export { StatusError } from "./errors.ts";
export type { ImageEntry, NodeAgent } from "./node/node-agent.ts";
export type { Logger } from "./pipeline/cluster.ts";
export { type RunningCluster, type StartClusterOptions, startCluster } from "./start-cluster.ts";
