import type { GoodObject } from "./bad-field.ts";
import { goodNetwork } from "./good-network.ts";
import { goodPod } from "./good-pod.ts";

/** An object of each kind with nothing wrong in it; NAMESPACE is the suite's own. */
export const goodObjects: Readonly<Record<string, GoodObject>> = {
  pods: { root: "/api/v1", object: goodPod },
  ...goodNetwork,
  configmaps: {
    root: "/api/v1",
    object: {
      metadata: {
        name: "one",
        labels: { app: "web" },
        annotations: { "example.com/a": "b" },
        finalizers: ["example.com/a"],
      },
      data: { a: "b" },
      binaryData: { c: "AA==" },
      immutable: false,
    },
  },
  namespaces: {
    root: "/api/v1",
    isClusterWide: true,
    object: {
      metadata: { name: "NAMESPACE-x", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: { finalizers: ["kubernetes"] },
    },
  },
  clusterrolebindings: {
    root: "/apis/rbac.authorization.k8s.io/v1",
    isClusterWide: true,
    object: {
      metadata: { name: "NAMESPACE", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "NAMESPACE" },
      subjects: [{ kind: "ServiceAccount", name: "a", namespace: "b" }],
    },
  },
  clusterroles: {
    root: "/apis/rbac.authorization.k8s.io/v1",
    isClusterWide: true,
    object: {
      metadata: { name: "NAMESPACE", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      rules: [
        { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
        { nonResourceURLs: ["/a/*"], verbs: ["get"] },
      ],
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
    },
  },
  cronjobs: {
    root: "/apis/batch/v1",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        schedule: "0 0 1 1 *",
        timeZone: "Etc/UTC",
        startingDeadlineSeconds: 5,
        concurrencyPolicy: "Forbid",
        suspend: true,
        successfulJobsHistoryLimit: 1,
        failedJobsHistoryLimit: 1,
        jobTemplate: {
          metadata: { labels: { app: "web" }, annotations: { a: "b" } },
          spec: {
            parallelism: 1,
            completions: 2,
            backoffLimit: 1,
            activeDeadlineSeconds: 5,
            ttlSecondsAfterFinished: 5,
            suspend: true,
            completionMode: "Indexed",
            podReplacementPolicy: "Failed",
            template: {
              metadata: { labels: { app: "web" }, annotations: { a: "b" } },
              spec: { restartPolicy: "Never", containers: [{ name: "main", image: "main" }] },
            },
          },
        },
      },
    },
  },
  deployments: {
    root: "/apis/apps/v1",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        replicas: 0,
        selector: {
          matchLabels: { app: "web" },
          matchExpressions: [{ key: "app", operator: "In", values: ["web"] }],
        },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "25%" } },
        minReadySeconds: 1,
        revisionHistoryLimit: 1,
        paused: true,
        progressDeadlineSeconds: 5,
        template: {
          metadata: { labels: { app: "web" }, annotations: { a: "b" } },
          spec: { restartPolicy: "Always", containers: [{ name: "main", image: "main" }] },
        },
      },
    },
  },
  events: {
    root: "/apis/events.k8s.io/v1",
    object: {
      metadata: { name: "two", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      eventTime: "2020-01-01T00:00:00.000000Z",
      regarding: { kind: "Pod", name: "a", namespace: "NAMESPACE" },
      reason: "A",
      note: "m",
      type: "Normal",
      action: "Do",
      reportingController: "example.com/c",
      reportingInstance: "i",
      series: { count: 2, lastObservedTime: "2020-01-01T00:00:00.000000Z" },
    },
  },
  jobs: {
    root: "/apis/batch/v1",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        parallelism: 1,
        completions: 2,
        backoffLimit: 1,
        activeDeadlineSeconds: 5,
        ttlSecondsAfterFinished: 5,
        suspend: true,
        completionMode: "Indexed",
        podReplacementPolicy: "Failed",
        template: {
          metadata: { labels: { app: "web" }, annotations: { a: "b" } },
          spec: { restartPolicy: "Never", containers: [{ name: "main", image: "main" }] },
        },
      },
    },
  },
  "manual jobs": {
    root: "/apis/batch/v1",
    object: {
      metadata: { name: "three" },
      spec: {
        suspend: true,
        manualSelector: true,
        selector: { matchLabels: { a: "b" } },
        template: {
          metadata: { labels: { a: "b" } },
          spec: { restartPolicy: "OnFailure", containers: [{ name: "main", image: "main" }] },
        },
      },
    },
  },
  nodes: {
    root: "/api/v1",
    isClusterWide: true,
    object: {
      metadata: { name: "NAMESPACE", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        podCIDR: "10.9.0.0/24",
        podCIDRs: ["10.9.0.0/24"],
        unschedulable: true,
        providerID: "a",
        taints: [{ key: "a", value: "b", effect: "NoSchedule" }],
      },
    },
  },
  rolebindings: {
    root: "/apis/rbac.authorization.k8s.io/v1",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "one" },
      subjects: [
        { kind: "ServiceAccount", name: "a", namespace: "b" },
        { kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" },
      ],
    },
  },
  horizontalpodautoscalers: {
    root: "/apis/autoscaling/v2",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        minReplicas: 1,
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "none" },
        metrics: [
          {
            type: "Resource",
            resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
          },
          {
            type: "Pods",
            pods: {
              metric: { name: "m", selector: { matchLabels: { a: "b" } } },
              target: { type: "AverageValue", averageValue: "5" },
            },
          },
          {
            type: "Object",
            object: {
              describedObject: { apiVersion: "v1", kind: "Service", name: "x" },
              metric: { name: "m" },
              target: { type: "Value", value: "5" },
            },
          },
          {
            type: "External",
            external: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "5" } },
          },
          {
            type: "ContainerResource",
            containerResource: {
              name: "cpu",
              container: "main",
              target: { type: "Utilization", averageUtilization: 5 },
            },
          },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: "Max",
            policies: [{ type: "Pods", value: 1, periodSeconds: 5 }],
          },
          scaleDown: {
            stabilizationWindowSeconds: 1,
            policies: [{ type: "Percent", value: 10, periodSeconds: 5 }],
          },
        },
      },
    },
  },
  customresourcedefinitions: {
    root: "/apis/apiextensions.k8s.io/v1",
    isClusterWide: true,
    object: {
      metadata: {
        name: "things.NAMESPACE.example.com",
        labels: { app: "web" },
        annotations: { "example.com/a": "b" },
      },
      spec: {
        group: "NAMESPACE.example.com",
        scope: "Namespaced",
        names: {
          plural: "things",
          singular: "thing",
          kind: "Thing",
          listKind: "ThingList",
          shortNames: ["th"],
          categories: ["all"],
        },
        conversion: { strategy: "None" },
        preserveUnknownFields: false,
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            deprecated: false,
            additionalPrinterColumns: [
              {
                name: "A",
                type: "string",
                jsonPath: ".spec.a",
                format: "date",
                description: "d",
                priority: 1,
              },
            ],
            selectableFields: [{ jsonPath: ".spec.a" }],
            subresources: {
              status: {},
              scale: {
                specReplicasPath: ".spec.replicas",
                statusReplicasPath: ".status.replicas",
                labelSelectorPath: ".status.selector",
              },
            },
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: {
                  spec: {
                    type: "object",
                    required: ["a"],
                    properties: {
                      a: {
                        type: "string",
                        pattern: "^a",
                        minLength: 1,
                        maxLength: 5,
                        enum: ["a"],
                        default: "a",
                      },
                      replicas: { type: "integer", format: "int32", minimum: 0, maximum: 5 },
                      list: {
                        type: "array",
                        maxItems: 5,
                        "x-kubernetes-list-type": "map",
                        "x-kubernetes-list-map-keys": ["k"],
                        items: { type: "object", required: ["k"], properties: { k: { type: "string" } } },
                      },
                      map: { type: "object", additionalProperties: { type: "string" } },
                      any: { "x-kubernetes-int-or-string": true },
                    },
                  },
                  status: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                },
              },
            },
          },
        ],
      },
    },
  },
};
