export type { Clock, ClusterApi, GroupResource, KubeObject, StoreEvent } from "./api/cluster-api.ts";
export type { ImageEntry, NodeAgent } from "./node/node-agent.ts";
