export { forgetReplica } from "./testing/forget-replica.ts";
export { type FunctionCall, type ServedFunction, serveFunction } from "./testing/serve-function.ts";
export { type SourceCase, sourceCases } from "./testing/source-cases.ts";
export type {
  BrokerUnderTest,
  SourceUnderTest,
  TopicUnderTest,
} from "./testing/source-under-test.ts";
export {
  openTriggerCluster,
  readySlice,
  type TriggerCluster,
  type TriggerClusterOptions,
} from "./testing/trigger-cluster.ts";
export { type ConnectionWatch, watchConnections } from "./testing/watch-connections.ts";
