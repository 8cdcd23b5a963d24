/** A kind's spec, and the field that is refused of it; none where it is taken. */
export type Case = readonly [kind: string, field: string | undefined, spec: object];

const container = (rest: object = {}) => ({ name: "main", image: "main", ...rest });
const pod = (rest: object = {}, own: object = {}) => ({ containers: [container(own)], ...rest });
const labels = { app: "web" };
const selector = { matchLabels: labels };
const workload = (rest: object = {}, spec: object = pod()) => ({
  selector,
  template: { metadata: { labels }, spec },
  ...rest,
});
const job = (rest: object = {}) => ({ template: { spec: pod({ restartPolicy: "Never" }) }, ...rest });
const cron = (rest: object) => ({ schedule: "* * * * *", jobTemplate: { spec: job() }, ...rest });
const service = (rest: object = {}, port: object = {}) => ({ ports: [{ port: 80, ...port }], ...rest });
const backend = { service: { name: "web", port: { number: 80 } } };
const route = (path: object) => ({
  rules: [{ http: { paths: [{ path: "/", pathType: "Prefix", backend, ...path }] } }],
});
const autoscaler = (rest: object) => ({
  maxReplicas: 3,
  scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
  ...rest,
});
const metric = (target: object, name = "cpu") => ({
  metrics: [{ type: "Resource", resource: { name, target } }],
});
const policy = (rest: object) => ({
  behavior: { scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 5, ...rest }] } },
});
const http = { httpGet: { port: 80 } };

const c = "spec.containers[0]";
const v = "spec.volumes[0]";

const containers: readonly (readonly [string | undefined, object])[] = [
  [undefined, { ports: [{ containerPort: 80, name: "a-port" }], command: ["a"], args: ["$(B)"] }],
  [`${c}.ports[0].name`, { ports: [{ containerPort: 80, name: "UPPER" }] }],
  [`${c}.ports[0].name`, { ports: [{ containerPort: 80, name: "longer-than-that" }] }],
  [`${c}.ports[0].hostPort`, { ports: [{ containerPort: 80, hostPort: 99_999 }] }],
  [undefined, { env: [{ name: "a.b-c d", value: "" }, { name: "EMPTY" }] }],
  [`${c}.env[0].name`, { env: [{ name: "A=B" }] }],
  [undefined, { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } }] }],
  [undefined, { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } }] }],
  [undefined, { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } }] }],
  [undefined, { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: true } } }] }],
  [`${c}.env[0].valueFrom`, { env: [{ name: "A", valueFrom: {} }] }],
  [
    `${c}.env[0].valueFrom`,
    { env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] },
  ],
  [
    `${c}.env[0].valueFrom.fieldRef.fieldPath`,
    { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.nothing" } } }] },
  ],
  [
    `${c}.env[0].valueFrom.secretKeyRef.name`,
    { env: [{ name: "A", valueFrom: { secretKeyRef: { key: "k" } } }] },
  ],
  [undefined, { envFrom: [{ prefix: "P_", configMapRef: { name: "a" } }, { secretRef: { name: "b" } }] }],
  [`${c}.envFrom`, { envFrom: [{}] }],
  [`${c}.envFrom[0].configMapRef.name`, { envFrom: [{ configMapRef: { name: "" } }] }],
  [undefined, { resources: { limits: { cpu: "1", memory: "1Gi" }, requests: { cpu: "500m" } } }],
  [undefined, { resources: { limits: { "example.com/gpu": 1, "ephemeral-storage": "1Gi" } } }],
  [`${c}.resources.limits[cpu]`, { resources: { limits: { cpu: "-1" } } }],
  [`${c}.resources.limits[nothing]`, { resources: { limits: { nothing: "1" } } }],
  [`${c}.resources.requests`, { resources: { limits: { cpu: "1" }, requests: { cpu: "2" } } }],
  [undefined, { livenessProbe: { ...http, periodSeconds: 5 }, startupProbe: { exec: { command: ["a"] } } }],
  [undefined, { readinessProbe: { tcpSocket: { port: "web" }, successThreshold: 3 } }],
  [`${c}.livenessProbe`, { livenessProbe: {} }],
  [`${c}.livenessProbe.tcpSocket`, { livenessProbe: { ...http, tcpSocket: { port: 80 } } }],
  [`${c}.livenessProbe.periodSeconds`, { livenessProbe: { ...http, periodSeconds: -1 } }],
  [`${c}.livenessProbe.successThreshold`, { livenessProbe: { ...http, successThreshold: 2 } }],
  [`${c}.readinessProbe.httpGet.port`, { readinessProbe: { httpGet: { port: "" } } }],
  [`${c}.readinessProbe.exec.command`, { readinessProbe: { exec: { command: [] } } }],
  [
    `${c}.readinessProbe.terminationGracePeriodSeconds`,
    { readinessProbe: { ...http, terminationGracePeriodSeconds: 5 } },
  ],
  [undefined, { lifecycle: { preStop: { sleep: { seconds: 1 } }, postStart: { exec: { command: ["a"] } } } }],
  [`${c}.lifecycle.preStop`, { lifecycle: { preStop: {} } }],
  [`${c}.lifecycle.postStart.exec.command`, { lifecycle: { postStart: { exec: {} } } }],
  [
    undefined,
    { securityContext: { runAsUser: 0, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true } },
  ],
  [`${c}.securityContext.runAsUser`, { securityContext: { runAsUser: -1 } }],
  [`${c}.securityContext`, { securityContext: { privileged: true, allowPrivilegeEscalation: false } }],
];

const pods: readonly (readonly [string | undefined, object])[] = [
  ["spec.activeDeadlineSeconds", { activeDeadlineSeconds: 0 }],
  [undefined, { hostname: "a", subdomain: "b", nodeSelector: { "example.com/a": "b" } }],
  ["spec.hostname", { hostname: "A" }],
  ["spec.subdomain", { subdomain: "a.b" }],
  ["spec.nodeSelector", { nodeSelector: { "a b": "x" } }],
  ["spec.nodeName", { nodeName: "A_" }],
  [undefined, { tolerations: [{ operator: "Exists" }, { key: "a", value: "b", effect: "NoSchedule" }] }],
  ["spec.tolerations[0].operator", { tolerations: [{ operator: "Equal" }] }],
  ["spec.tolerations[0].operator", { tolerations: [{ key: "a", operator: "Exists", value: "b" }] }],
  [undefined, { hostAliases: [{ ip: "192.0.2.1", hostnames: ["a.example.com"] }] }],
  ["spec.hostAliases[0].ip", { hostAliases: [{ ip: "x" }] }],
  ["spec.readinessGates[0].conditionType", { readinessGates: [{ conditionType: "a b" }] }],
  ["spec.dnsConfig", { dnsPolicy: "None" }],
  [
    "spec.topologySpreadConstraints[0].maxSkew",
    { topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "a", whenUnsatisfiable: "DoNotSchedule" }] },
  ],
  [
    "spec.initContainers[0].livenessProbe",
    { initContainers: [{ name: "first", image: "main", livenessProbe: { tcpSocket: { port: 1 } } }] },
  ],
  [
    undefined,
    { initContainers: [{ name: "side", image: "main", restartPolicy: "Always", livenessProbe: http }] },
  ],
  [`${v}.secret`, { volumes: [{ name: "v", emptyDir: {}, secret: { secretName: "a" } }] }],
  [`${v}.name`, { volumes: [{ name: "V", emptyDir: {} }] }],
  [`${v}.secret.secretName`, { volumes: [{ name: "v", secret: {} }] }],
  [`${v}.configMap.name`, { volumes: [{ name: "v", configMap: {} }] }],
  [`${v}.secret.defaultMode`, { volumes: [{ name: "v", secret: { secretName: "a", defaultMode: 999 } }] }],
  [
    `${v}.configMap.items[0].path`,
    { volumes: [{ name: "v", configMap: { name: "a", items: [{ key: "k", path: "../x" }] } }] },
  ],
  [
    `${v}.configMap.items[0].path`,
    { volumes: [{ name: "v", configMap: { name: "a", items: [{ key: "k", path: "/x" }] } }] },
  ],
  [
    `${v}.downwardAPI.fieldRef.fieldPath`,
    {
      volumes: [
        { name: "v", downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "status.podIP" } }] } },
      ],
    },
  ],
  [`${v}.hostPath.path`, { volumes: [{ name: "v", hostPath: { path: "" } }] }],
  [
    undefined,
    {
      volumes: [
        { name: "a", emptyDir: { medium: "Memory", sizeLimit: "1Gi" } },
        {
          name: "b",
          configMap: { name: "m", optional: true, defaultMode: 0o400, items: [{ key: "k", path: "a/..b" }] },
        },
        { name: "c", projected: { sources: [{ secret: { name: "s" } }, { configMap: { name: "m" } }] } },
        {
          name: "d",
          downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
        },
        { name: "e", hostPath: { path: "/tmp" } },
        { name: "f", persistentVolumeClaim: { claimName: "x" } },
      ],
    },
  ],
];

/** Objects of built-in kinds and the field that Kubernetes 1.34 refuses of them. */
export const badObjects: readonly Case[] = [
  ...containers.map(([field, own]): Case => ["pods", field, pod({}, own)]),
  ...pods.map(([field, rest]): Case => ["pods", field, pod(rest)]),
  ["deployments", undefined, workload({ strategy: { type: "Recreate" }, minReadySeconds: 5, paused: true })],
  [
    "deployments",
    undefined,
    workload({ strategy: { rollingUpdate: { maxSurge: "200%", maxUnavailable: 0 } } }),
  ],
  [
    "deployments",
    "spec.strategy.rollingUpdate",
    workload({ strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
  ],
  [
    "deployments",
    "spec.strategy.rollingUpdate.maxUnavailable",
    workload({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
  ],
  [
    "deployments",
    "spec.strategy.rollingUpdate.maxUnavailable",
    workload({ strategy: { rollingUpdate: { maxUnavailable: "101%" } } }),
  ],
  [
    "deployments",
    "spec.strategy.rollingUpdate.maxSurge",
    workload({ strategy: { rollingUpdate: { maxSurge: "x" } } }),
  ],
  [
    "deployments",
    "spec.strategy.rollingUpdate.maxSurge",
    workload({ strategy: { rollingUpdate: { maxSurge: -1 } } }),
  ],
  ["deployments", "spec.minReadySeconds", workload({ minReadySeconds: -1 })],
  ["deployments", "spec.revisionHistoryLimit", workload({ revisionHistoryLimit: -1 })],
  [
    "deployments",
    "spec.progressDeadlineSeconds",
    workload({ progressDeadlineSeconds: 5, minReadySeconds: 10 }),
  ],
  ["deployments", "spec.template.spec.restartPolicy", workload({}, pod({ restartPolicy: "Never" }))],
  [
    "deployments",
    "spec.template.spec.activeDeadlineSeconds",
    workload({}, pod({ activeDeadlineSeconds: 5 })),
  ],
  [
    "deployments",
    "spec.template.spec.containers[0].env[0].name",
    workload({}, pod({}, { env: [{ name: "A=B" }] })),
  ],
  [
    "deployments",
    "spec.selector.matchExpressions[0].operator",
    workload({ selector: { matchExpressions: [{ key: "app", operator: "X" }] } }),
  ],
  [
    "deployments",
    "spec.selector.matchExpressions[0].values",
    workload({ selector: { matchExpressions: [{ key: "app", operator: "In" }] } }),
  ],
  ["replicasets", "spec.minReadySeconds", workload({ minReadySeconds: -1 })],
  ["jobs", undefined, job({ completions: 2, parallelism: 0, ttlSecondsAfterFinished: 0, suspend: true })],
  ["jobs", "spec.managedBy", job({ managedBy: "a" })],
  ["jobs", "spec.selector", job({ manualSelector: true })],
  ...["@daily", "@every 5m", "0 0 1 JAN mon", "? ? ? ? ?", "*/5,7 1-5/2 1,2 * 0-6", "* * 31 2 *"].map(
    (schedule): Case => ["cronjobs", undefined, cron({ schedule })],
  ),
  ...[
    "60 * * * *",
    "*/0 * * * *",
    "1-70 * * * *",
    "* * L * *",
    "0 0 * * 7",
    "5-3 * * * *",
    "* * 0 * *",
    "1-2-3 * * * *",
    "* * * x *",
    "@never",
    "@every x",
    "* * * *",
  ].map((schedule): Case => ["cronjobs", "spec.schedule", cron({ schedule })]),
  ["cronjobs", undefined, cron({ timeZone: "America/Port-au-Prince" })],
  ["cronjobs", "spec.timeZone", cron({ timeZone: "europe/berlin" })],
  ["cronjobs", "spec.startingDeadlineSeconds", cron({ startingDeadlineSeconds: -1 })],
  ["cronjobs", "spec.successfulJobsHistoryLimit", cron({ successfulJobsHistoryLimit: -1 })],
  ["cronjobs", "spec.jobTemplate.spec.selector", cron({ jobTemplate: { spec: job({ selector }) } })],
  [
    "cronjobs",
    "spec.jobTemplate.spec.manualSelector",
    cron({ jobTemplate: { spec: job({ manualSelector: true }) } }),
  ],
  [
    "services",
    undefined,
    service({ selector: labels, sessionAffinity: "None" }, { targetPort: "web", name: "http" }),
  ],
  ["services", undefined, service({}, { targetPort: 0 })],
  ["services", undefined, { clusterIP: "None", selector: labels }],
  ["services", undefined, { type: "ExternalName", externalName: "a.example.com" }],
  ["services", "spec.ports[0].targetPort", service({}, { targetPort: "UPPER" })],
  ["services", "spec.ports[0].name", service({}, { name: "A" })],
  ["services", "spec.ports[0].nodePort", service({}, { nodePort: 30_001 })],
  ["services", "spec.externalName", { type: "ExternalName", externalName: "A b" }],
  ["services", "spec.clusterIPs[0]", service({ clusterIP: "None", type: "NodePort" })],
  ["services", "spec.clusterIPs[0]", service({ clusterIP: "x" })],
  ["services", "spec.clusterIPs", service({ clusterIP: "192.0.2.1" })],
  ["services", "spec.selector", service({ selector: { "a b": "c" } })],
  ["services", "spec.externalIPs[0]", service({ externalIPs: ["x"] })],
  ["services", "spec.externalTrafficPolicy", service({ externalTrafficPolicy: "Local" })],
  ["services", "spec.trafficDistribution", service({ trafficDistribution: "X" })],
  [
    "ingresses",
    undefined,
    { defaultBackend: backend, rules: [{ host: "*.example.com" }, {}], tls: [{ hosts: ["a.example.com"] }] },
  ],
  ["ingresses", undefined, route({ path: "/a(/|$)(.*)//", pathType: "ImplementationSpecific" })],
  ...["*", "a.*.b", "A.example.com", "192.0.2.1", "a:80"].map(
    (host): Case => ["ingresses", "spec.rules[0].host", { rules: [{ host }] }],
  ),
  ["ingresses", "spec.rules[0].http.paths", { rules: [{ http: { paths: [] } }] }],
  ["ingresses", "spec.rules[0].http.paths[0].path", route({ path: "/a//b" })],
  ["ingresses", "spec.rules[0].http.paths[0].path", route({ path: "/a/../b" })],
  ["ingresses", "spec.rules[0].http.paths[0].backend", route({ backend: {} })],
  [
    "ingresses",
    "spec.rules[0].http.paths[0].backend",
    route({ backend: { service: { name: "a", port: {} } } }),
  ],
  [
    "ingresses",
    "spec.rules[0].http.paths[0].backend",
    route({ backend: { service: { name: "a", port: { number: 80, name: "x" } } } }),
  ],
  [
    "ingresses",
    "spec.rules[0].http.paths[0].backend.service.name",
    route({ backend: { service: { name: "A", port: { number: 80 } } } }),
  ],
  ["ingresses", "spec.defaultBackend", { defaultBackend: {} }],
  ["ingresses", "spec.tls[0].hosts[0]", { defaultBackend: backend, tls: [{ hosts: ["*"] }] }],
  ["ingresses", "spec.tls[0].secretName", { defaultBackend: backend, tls: [{ secretName: "A" }] }],
  ["ingresses", "spec.ingressClassName", { defaultBackend: backend, ingressClassName: "A" }],
  [
    "horizontalpodautoscalers",
    undefined,
    autoscaler({ ...metric({ type: "Utilization", averageUtilization: 50 }), ...policy({}) }),
  ],
  [
    "horizontalpodautoscalers",
    undefined,
    autoscaler(metric({ type: "AverageValue", averageValue: "100Mi" }, "memory")),
  ],
  ["horizontalpodautoscalers", "spec.metrics[0].type", autoscaler({ metrics: [{ type: "X" }] })],
  ["horizontalpodautoscalers", "spec.metrics[0].resource", autoscaler({ metrics: [{ type: "Resource" }] })],
  [
    "horizontalpodautoscalers",
    "spec.metrics[0].resource.target.averageUtilization",
    autoscaler(metric({ type: "Utilization" })),
  ],
  [
    "horizontalpodautoscalers",
    "spec.metrics[0].resource.target.averageUtilization",
    autoscaler(metric({ type: "Utilization", averageUtilization: 0 })),
  ],
  [
    "horizontalpodautoscalers",
    "spec.metrics[0].resource.target.averageValue",
    autoscaler(metric({ type: "AverageValue", averageValue: "-1" })),
  ],
  [
    "horizontalpodautoscalers",
    "spec.metrics[0].resource.target.type",
    autoscaler(metric({ type: "X", averageUtilization: 5 })),
  ],
  [
    "horizontalpodautoscalers",
    "spec.metrics[0].resource.name",
    autoscaler(metric({ type: "Utilization", averageUtilization: 5 }, "")),
  ],
  [
    "horizontalpodautoscalers",
    "spec.behavior.scaleDown.stabilizationWindowSeconds",
    autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 3601 } } }),
  ],
  [
    "horizontalpodautoscalers",
    "spec.behavior.scaleUp.policies",
    autoscaler({ behavior: { scaleUp: { policies: [] } } }),
  ],
  ["horizontalpodautoscalers", "spec.behavior.scaleUp.policies[0].type", autoscaler(policy({ type: "X" }))],
  ["horizontalpodautoscalers", "spec.behavior.scaleUp.policies[0].value", autoscaler(policy({ value: 0 }))],
  [
    "horizontalpodautoscalers",
    "spec.behavior.scaleUp.policies[0].periodSeconds",
    autoscaler(policy({ periodSeconds: 1801 })),
  ],
  [
    "horizontalpodautoscalers",
    "spec.behavior.scaleUp.selectPolicy",
    autoscaler({ behavior: { scaleUp: { selectPolicy: "X" } } }),
  ],
  ["poddisruptionbudgets", undefined, { maxUnavailable: "50%", selector }],
  ["poddisruptionbudgets", "spec.minAvailable", { minAvailable: -1, selector }],
  ["poddisruptionbudgets", "spec.minAvailable", { minAvailable: "101%", selector }],
  [
    "leases",
    undefined,
    { holderIdentity: "me", leaseDurationSeconds: 15, renewTime: "2020-01-01T00:00:00.000000Z" },
  ],
  ["leases", "spec.leaseDurationSeconds", { holderIdentity: "me", leaseDurationSeconds: 0 }],
  [
    "networkpolicies",
    undefined,
    {
      podSelector: {},
      ingress: [
        { from: [{ podSelector: {} }, { ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ port: "web" }] },
      ],
    },
  ],
  [
    "networkpolicies",
    "spec.ingress[0].ports[0].port",
    { podSelector: {}, ingress: [{ ports: [{ port: 99_999 }] }] },
  ],
  [
    "networkpolicies",
    "spec.ingress[0].from[0].ipBlock.cidr",
    { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: "x" } }] }] },
  ],
  ["networkpolicies", "spec.ingress[0].from[0]", { podSelector: {}, ingress: [{ from: [{}] }] }],
];
