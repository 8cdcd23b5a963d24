import type { GoodObject } from "./bad-field.ts";

/** What is about the network, with nothing wrong in it. */
export const goodNetwork: Readonly<Record<string, GoodObject>> = {
  services: {
    root: "/api/v1",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        type: "LoadBalancer",
        selector: { app: "web" },
        ports: [
          { name: "a", port: 80, targetPort: 8080, protocol: "TCP", nodePort: 31234, appProtocol: "http" },
          { name: "b", port: 81, targetPort: "web" },
        ],
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } },
        externalIPs: ["192.0.2.1"],
        loadBalancerSourceRanges: ["192.0.2.0/24"],
        externalTrafficPolicy: "Local",
        internalTrafficPolicy: "Cluster",
        publishNotReadyAddresses: true,
        ipFamilies: ["IPv4"],
        ipFamilyPolicy: "SingleStack",
        allocateLoadBalancerNodePorts: true,
        loadBalancerClass: "example.com/a",
        trafficDistribution: "PreferClose",
      },
    },
  },
  "external services": {
    root: "/api/v1",
    object: {
      metadata: { name: "four", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: { type: "ExternalName", externalName: "a.example.com" },
    },
  },
  "plain services": {
    root: "/api/v1",
    object: {
      metadata: { name: "two", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
    },
  },
  endpoints: {
    root: "/api/v1",
    object: {
      metadata: { name: "eps", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      subsets: [
        {
          addresses: [
            { ip: "192.0.2.1", hostname: "a", nodeName: "n", targetRef: { kind: "Pod", name: "a" } },
          ],
          notReadyAddresses: [{ ip: "192.0.2.2" }],
          ports: [{ port: 80, name: "a", protocol: "TCP", appProtocol: "http" }],
        },
      ],
    },
  },
  endpointslices: {
    root: "/apis/discovery.k8s.io/v1",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      addressType: "IPv4",
      endpoints: [
        {
          addresses: ["192.0.2.1"],
          conditions: { ready: true, serving: true, terminating: false },
          hostname: "a",
          nodeName: "n",
          zone: "z",
          hints: { forZones: [{ name: "z" }] },
          targetRef: { kind: "Pod", name: "a" },
        },
      ],
      ports: [{ name: "a", port: 80, protocol: "TCP", appProtocol: "http" }],
    },
  },
  ingressclasses: {
    root: "/apis/networking.k8s.io/v1",
    isClusterWide: true,
    object: {
      metadata: { name: "NAMESPACE", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        controller: "example.com/a",
        parameters: { apiGroup: "example.com", kind: "K", name: "n", scope: "Namespace", namespace: "a" },
      },
    },
  },
  ingresses: {
    root: "/apis/networking.k8s.io/v1",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        ingressClassName: "none",
        defaultBackend: { service: { name: "web", port: { number: 80 } } },
        tls: [{ hosts: ["a.example.com"], secretName: "s" }],
        rules: [
          {
            host: "a.example.com",
            http: {
              paths: [
                {
                  path: "/",
                  pathType: "Prefix",
                  backend: { service: { name: "web", port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      },
    },
  },
  networkpolicies: {
    root: "/apis/networking.k8s.io/v1",
    object: {
      metadata: { name: "one", labels: { app: "web" }, annotations: { "example.com/a": "b" } },
      spec: {
        podSelector: { matchLabels: { app: "web" } },
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [
              {
                podSelector: { matchLabels: { app: "web" } },
                namespaceSelector: { matchLabels: { app: "web" } },
              },
              { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } },
            ],
            ports: [{ port: 80, endPort: 90, protocol: "TCP" }],
          },
        ],
        egress: [{ to: [{ podSelector: {} }], ports: [{ port: "web" }] }],
      },
    },
  },
};
