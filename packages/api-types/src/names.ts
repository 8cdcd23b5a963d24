/** The API group of every Kubeless kind. */
export const GROUP = "kubeless.io";

/** The one version of every Kubeless kind. */
export const VERSION = "v1beta1";

/** `apiVersion` of every Kubeless object. */
export const API_VERSION = `${GROUP}/${VERSION}`;

/** The field manager of every server-side apply that a controller or the CLI sends. */
export const FIELD_MANAGER = "kubeless";

/** Where Kubeless 1.0.x keeps its configuration; both can be set by `KUBELESS_NAMESPACE` and `KUBELESS_CONFIG`. */
export const DEFAULT_NAMESPACE = "kubeless";
export const DEFAULT_CONFIG_NAME = "kubeless-config";

/** Labels on the objects that Kubeless makes. */
export const labels = {
  /** `created-by=kubeless`, on everything we made. */
  createdBy: "created-by",
  /** `function=<name>`, on everything that belongs to one function; Services select by it. */
  function: "function",
  /** `kubeless.io/revision=<hash>`, on the pods of one revision. */
  revision: "kubeless.io/revision",
  /** `kubeless.io/trigger=<name>`, on Leases that keep a trigger's position. */
  trigger: "kubeless.io/trigger",
  /** `kubeless.io/trigger-kind=<plural>`, beside it: triggers of two kinds may have one name. */
  triggerKind: "kubeless.io/trigger-kind",
  /** `kubeless.io/replica-of=<controller>`, on the Lease by which a controller's replica says that it lives. */
  replicaOf: "kubeless.io/replica-of",
} as const;

/** The value of the label `created-by`. */
export const CREATED_BY = "kubeless";

/** Annotations we write or read. */
export const annotations = {
  /** On the Lease of a part of a trigger's work: the part's name, which the Lease's own holds only as a hash. */
  part: "kubeless.io/part",
  /** Hash of the child as it was last rendered and applied. */
  applied: "kubeless.io/applied",
  /** On a function's Deployment: hash of what the catalogue gave it; a change of that rolls out few functions at a time. */
  platform: "kubeless.io/platform",
  /** On the CRD `functions.kubeless.io`: namespace of the configuration, for Kubeless 1.0.x's clients. */
  configNamespace: "kubeless.io/namespace",
  /** On the CRD `functions.kubeless.io`: name of the configuration, for Kubeless 1.0.x's clients. */
  configName: "kubeless.io/config",
  /** `true`, `/metrics` and the port, on function pods: found by Prometheus' usual pod discovery. */
  prometheusScrape: "prometheus.io/scrape",
  prometheusPath: "prometheus.io/path",
  prometheusPort: "prometheus.io/port",
} as const;

/**
 * What Kubeless 1.0.x put on objects. We add none of our own, and remove these from every object we see, or its deletion
 * would wait for a controller that is gone. (`kenisis` is the original's spelling.)
 */
export const legacyFinalizers = {
  Function: "kubeless.io/function",
  HTTPTrigger: "kubeless.io/httptrigger",
  CronJobTrigger: "kubeless.io/cronjobtrigger",
  KafkaTrigger: "kubeless.io/kafkatrigger",
  NATSTrigger: "kubeless.io/natstrigger",
  KinesisTrigger: "kubeless.io/kenisistrigger",
} as const;

/**
 * Where the controllers of Kubeless 1.0.x run: as containers of one Deployment with these labels, in the configuration's
 * namespace (`kubeless.yaml` of 1.0.8).
 */
export const legacyControllers = {
  labels: { kubeless: "controller" },
  containers: {
    Function: "kubeless-function-controller",
    HTTPTrigger: "http-trigger-controller",
    CronJobTrigger: "cronjob-trigger-controller",
  },
} as const;

/** The CronJob of a trigger is `trigger-<trigger>`. (Kubeless 1.0.x named it after the function, so that two triggers met.) */
export const CRONJOB_NAME_PREFIX = "trigger-";

/** The name of the first port of every function's Service; the prefix is what Istio tells the protocol by. */
export const FUNCTION_PORT_NAME = "http-function-port";

/** The port a function serves on unless its `service` says otherwise. */
export const DEFAULT_FUNCTION_PORT = 8080;

/** Seconds a call may take when the Function's `timeout` is empty. */
export const DEFAULT_TIMEOUT_SECONDS = 180;

/** Revisions kept for rollback when `revisionHistoryLimit` is absent. */
export const DEFAULT_REVISION_HISTORY_LIMIT = 10;

/** Keys of the Secrets that objects name: those Kubernetes has, and the brokers' own where it has none. */
export const secretKeys = {
  tlsCertificate: "tls.crt",
  tlsKey: "tls.key",
  certificateAuthority: "ca.crt",
  username: "username",
  password: "password",
  token: "token",
  nkeySeed: "nkey.seed",
  natsCredentials: "nats.creds",
  npmrc: ".npmrc",
  /** In the Secret that a KinesisTrigger names, as Kubeless 1.0.x has them. */
  awsAccessKeyId: "aws_access_key_id",
  awsSecretAccessKey: "aws_secret_access_key",
  awsSessionToken: "aws_session_token",
  /** htpasswd file, in the Secret that `basic-auth-secret` names. */
  basicAuth: "auth",
} as const;
