export {
  type BrokerAnswers,
  type BrokerMessageText,
  type BrokerOperation,
  type BrokerReply,
  type BrokerRequest,
  brokerRequestSchema,
} from "./broker-request.ts";
export {
  type Condition,
  type ConditionType,
  conditionSchema,
  conditionTypes,
  type Kind,
} from "./conditions.ts";
export type { CustomResourceDefinition } from "./crd.ts";
export {
  type CronJobTrigger,
  type CronJobTriggerSpec,
  type CronJobTriggerSpecInput,
  type CronJobTriggerStatus,
  concurrencyPolicies,
  cronJobTriggerResource,
} from "./cronjob-trigger.ts";
export { defaultConfigData, defaultProvisionImage, defaultRuntimes } from "./default-config.ts";
export {
  type Batch,
  type Delivery,
  type Guarantee,
  guarantees,
  type Ordering,
  orderings,
  type Retry,
} from "./delivery.ts";
export {
  BATCH_CONTENT_TYPE,
  cloudEventHeaders,
  DEADLINE_HEADER,
  type DeadLetterReason,
  deadLetterHeaders,
  deadLetterReasons,
  eventExtensionHeaders,
  eventHeaders,
  eventNamespaces,
  eventSource,
  eventType,
  TRACE_PARENT_HEADER,
} from "./event-headers.ts";
export {
  type FunctionObject,
  type FunctionSpec,
  type FunctionSpecInput,
  type FunctionStatus,
  functionResource,
  MAX_DEPS_BYTES,
  MAX_SOURCE_BYTES,
  timeoutSeconds,
} from "./function.ts";
export { generatedFiles } from "./generated-files.ts";
export {
  GATEWAY_API,
  type HTTPTrigger,
  type HTTPTriggerSpec,
  type HTTPTriggerSpecInput,
  type HTTPTriggerStatus,
  httpMethods,
  httpTriggerResource,
} from "./http-trigger.ts";
export {
  type KafkaTrigger,
  type KafkaTriggerSpec,
  type KafkaTriggerSpecInput,
  kafkaTriggerResource,
  saslMechanisms,
} from "./kafka-trigger.ts";
export {
  type KinesisTrigger,
  type KinesisTriggerSpec,
  type KinesisTriggerSpecInput,
  kinesisTriggerResource,
} from "./kinesis-trigger.ts";
export {
  findRuntime,
  type KubelessConfig,
  parseKubelessConfig,
  type RuntimeEntry,
  type RuntimeImage,
  type RuntimeVersion,
} from "./kubeless-config.ts";
export type { FunctionSelector } from "./label-selector.ts";
export {
  API_VERSION,
  annotations,
  CREATED_BY,
  CRONJOB_NAME_PREFIX,
  DEFAULT_CONFIG_NAME,
  DEFAULT_FUNCTION_PORT,
  DEFAULT_NAMESPACE,
  DEFAULT_REVISION_HISTORY_LIMIT,
  DEFAULT_TIMEOUT_SECONDS,
  FIELD_MANAGER,
  FUNCTION_PORT_NAME,
  GROUP,
  labels,
  legacyControllers,
  legacyFinalizers,
  secretKeys,
  VERSION,
} from "./names.ts";
export {
  deliverPolicies,
  type NATSTrigger,
  type NATSTriggerSpec,
  type NATSTriggerSpecInput,
  natsTriggerResource,
} from "./nats-trigger.ts";
export { type Fault, formatFaults, type ParseResult } from "./parse.ts";
export { type Reason, reasons } from "./reasons.ts";
export {
  type Column,
  defineResource,
  type ObjectMeta,
  type ObjectOf,
  type OwnerReference,
  type Resource,
  type ResourceDeclaration,
  type ResourceObject,
} from "./resource.ts";
export { crd, resources } from "./resources.ts";
export { parseRevision, REVISION_FIELDS, REVISION_KEYS, type RevisionSpec } from "./revision.ts";
export { compileRule, type Rule, ratcheted, withRules } from "./rule.ts";
export { checkSchedule, checkTimeZone, type ScheduleFault } from "./schedule.ts";
export { type StructuralSchema, toStructuralSchema } from "./structural-schema.ts";
export type { BindingStatus, EventTriggerStatus, ReplicaStatus } from "./trigger-status.ts";
