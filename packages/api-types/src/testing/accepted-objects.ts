import { API_VERSION } from "../names.ts";

const make = <Spec extends object>(kind: string, spec: Spec) => ({
  apiVersion: API_VERSION,
  kind,
  metadata: { name: "hello", namespace: "default" },
  spec,
});

const select = { functionSelector: { matchLabels: { function: "hello" } } };
const delivery = (deadLetter: object) => ({
  guarantee: "atLeastOnce",
  maxInFlight: 8,
  timeoutSeconds: 20,
  ordering: "none",
  retry: { maxAttempts: 3, minBackoffMs: 100, maxBackoffMs: 1000, maxAgeSeconds: 600 },
  deadLetter,
  batch: { maxSize: 10, maxWaitMs: 100 },
});

/** One accepted object per shape; every row of the table of bad objects changes one thing in one of these. */
export const acceptedObjects = {
  function: make("Function", {
    handler: "hello.handler",
    runtime: "nodejs24",
    function: "exports.handler = () => 'hello';\n",
    "function-content-type": "text",
    checksum: `sha256:${"0a".repeat(32)}`,
    timeout: "30",
    deps: "{}",
    deployment: { spec: { replicas: 1, template: { spec: { containers: [{ name: "" }] } } } },
    service: { type: "ClusterIP", ports: [{ name: "http-function-port", port: 8080, targetPort: 8080 }] },
    horizontalPodAutoscaler: {
      metadata: { name: "hello" },
      spec: { minReplicas: 1, maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "hello" } },
    },
    replicas: 2,
    revisionHistoryLimit: 5,
    imagePullSecrets: [{ name: "registry" }],
    npmrcSecret: "npm",
  }),
  address: make("Function", {
    handler: "hello.handler",
    runtime: "nodejs24",
    function: "https://example.com/hello.zip",
    "function-content-type": "url+zip",
  }),
  http: make("HTTPTrigger", {
    "function-name": "hello",
    "host-name": "hello.example.com",
    path: "api/hello",
    tls: false,
    "tls-secret": "hello-tls",
    "basic-auth-secret": "passwords",
    gateway: "nginx",
    "cors-enable": true,
    methods: ["GET", "POST"],
    className: "internal",
    annotations: { "example.com/team": "a" },
  }),
  certificate: make("HTTPTrigger", { "function-name": "hello", "host-name": "hello.example.com", tls: true }),
  route: make("HTTPTrigger", {
    "function-name": "hello",
    "host-name": "hello.example.com",
    gateway: "gateway-api",
    parentRef: { name: "gateway", namespace: "infra", sectionName: "https" },
  }),
  cron: make("CronJobTrigger", {
    "function-name": "hello",
    schedule: "*/5 8-18 * jan-jun mon,WED",
    payload: { a: 1 },
    timeZone: "Europe/Berlin",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 60,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 1,
    backoffLimit: 0,
    suspend: false,
  }),
  kafka: make("KafkaTrigger", {
    topic: "orders",
    functionSelector: {
      matchLabels: { function: "hello" },
      matchExpressions: [{ key: "team", operator: "In", values: ["a"] }],
    },
    connection: {
      brokers: ["kafka-0.kafka:9092", "10.0.0.1:9093", "[::1]:9092"],
      tls: { secretName: "kafka-tls", insecureSkipVerify: false },
      sasl: { mechanism: "SCRAM-SHA-512", secretName: "kafka-user" },
    },
    startPosition: "earliest",
    delivery: delivery({ topic: "orders.dead" }),
    filter: "data.total > 100",
    suspend: true,
  }),
  nats: make("NATSTrigger", {
    topic: "orders.*.created",
    ...select,
    connection: { servers: ["nats://nats:4222"], secretName: "nats-user", tls: {} },
    jetStream: { stream: "ORDERS", durable: "billing", deliverPolicy: "all" },
    delivery: delivery({ subject: "dead.orders" }),
  }),
  natsFromTime: make("NATSTrigger", {
    topic: "orders.>",
    ...select,
    jetStream: { stream: "ORDERS", deliverPolicy: "byStartTime", startTime: "2026-01-31T12:00:00Z" },
  }),
  natsFromSequence: make("NATSTrigger", {
    topic: ">",
    ...select,
    jetStream: { stream: "ORDERS", deliverPolicy: "byStartSequence", startSequence: 7 },
  }),
  kinesis: make("KinesisTrigger", {
    "function-name": "hello",
    "aws-region": "eu-central-1",
    stream: "orders",
    shard: "shardId-000000000000",
    secret: "aws",
    endpoint: "http://kinesis:4567",
    startPosition: "trimHorizon",
    delivery: delivery({ stream: "orders-dead" }),
  }),
} as const;

export type AcceptedObject = keyof typeof acceptedObjects;
