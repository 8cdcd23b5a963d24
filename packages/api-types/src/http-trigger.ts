import { z } from "zod";
import { conditionsSchema } from "./conditions.ts";
import { oldFlag, oldText, optionalText, requiredText, textMap } from "./fields.ts";
import { functionNameRules, hostIsNoAddressRule, hostRule, objectNameRule } from "./naming-rules.ts";
import { defineResource, type ObjectOf } from "./resource.ts";
import { ratcheted, withRules } from "./rule.ts";
import { observedGeneration, suspendField } from "./trigger-status.ts";

export const httpMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** `gateway: gateway-api` publishes with an HTTPRoute; every other value with an Ingress. */
export const GATEWAY_API = "gateway-api";

const nonEmpty = (field: string) => `has(self.${field}) && self.${field} != ''`;
const onGatewayApi = `has(self.gateway) && self.gateway == '${GATEWAY_API}'`;

const parentRef = z
  .object({
    name: requiredText("Name of the Gateway.", {
      maxLength: 253,
      rules: [
        objectNameRule("a Gateway"),
        { rule: "self != ''", message: "write the name of the Gateway that serves the route" },
      ],
    }),
    namespace: optionalText("Namespace of the Gateway. Default: the trigger's.", {
      maxLength: 63,
      rules: [objectNameRule("a namespace")],
    }),
    sectionName: optionalText("Name of the Gateway's listener. Default: all that fit.", {
      maxLength: 253,
      rules: [objectNameRule("a listener")],
    }),
  })
  .meta({ description: "The Gateway that serves the route; with gateway: gateway-api." });

export const httpTriggerSpec = withRules(
  z
    .object({
      "function-name": requiredText("The Function that answers.", {
        maxLength: 253,
        examples: ["hello"],
        rules: functionNameRules(),
      }),
      "host-name": oldText("Host the function answers on. Empty: any.", {
        maxLength: 253,
        examples: ["hello.example.com", "*.example.com"],
        rules: [hostRule, hostIsNoAddressRule],
      }),
      path: oldText("Path below which the function answers, without a leading /. Empty: everything.", {
        examples: ["api/hello"],
        rules: [
          {
            rule: "self.matches('^[^ ?#]*$') && !self.matches('(^|/)[.][.]?(/|$)')",
            message: "write a path without spaces, ?, #, . and .. segments, e.g. api/hello",
          },
        ],
      }),
      tls: oldFlag("Ask cert-manager (or another ACME client) for a certificate."),
      "tls-secret": oldText("Secret with tls.crt and tls.key for the host.", {
        maxLength: 253,
        rules: [objectNameRule("a Secret")],
      }),
      "basic-auth-secret": oldText(
        "Secret whose key auth is an htpasswd file: asks callers for a password.",
        {
          maxLength: 253,
          rules: [objectNameRule("a Secret")],
        },
      ),
      gateway: oldText(
        "What serves the route: nginx, traefik, kong, another Ingress class, or gateway-api.",
        {
          maxLength: 253,
          examples: ["nginx", "traefik", "kong", GATEWAY_API],
          rules: [objectNameRule("an Ingress class, or gateway-api")],
        },
      ),
      "cors-enable": oldFlag("Let browsers call the function from other origins."),
      methods: z.array(z.enum(httpMethods)).min(1).max(httpMethods.length).optional().meta({
        description: "Methods that reach the function. Default: all.",
        "x-kubernetes-list-type": "set",
      }),
      className: optionalText("The IngressClass, instead of the one that gateway stands for.", {
        maxLength: 253,
        rules: [objectNameRule("an IngressClass")],
      }),
      annotations: textMap({ maxLength: 65_536, maxProperties: 64 })
        .default({})
        .meta({ description: "Annotations of the Ingress or HTTPRoute." }),
      parentRef: parentRef.optional(),
      suspend: suspendField("The route is withdrawn."),
    })
    .meta({ description: "Where the function answers." }),
  ...ratcheted({
    rule: `!(has(self.tls) && self.tls) || !(${nonEmpty("tls__dash__secret")})`,
    message: "write either tls: true (a certificate is asked for) or tls-secret (you have one), not both",
    fieldPath: ".tls",
  }),
  ...ratcheted({
    rule: `!(has(self.tls) && self.tls) || (${nonEmpty("host__dash__name")}) || (${onGatewayApi})`,
    message: "write the host-name that the certificate is for",
    fieldPath: ".host-name",
  }),
  ...ratcheted({
    rule: `!(${nonEmpty("basic__dash__auth__dash__secret")}) || !has(self.gateway) || !(self.gateway in ['kong', '${GATEWAY_API}'])`,
    message:
      "remove basic-auth-secret, or write gateway: nginx or traefik: kong and gateway-api have no basic auth",
    fieldPath: ".basic-auth-secret",
  }),
  ...ratcheted({
    rule: `has(self.parentRef) == (${onGatewayApi})`,
    message: "write gateway: gateway-api and parentRef together: a route needs the Gateway that serves it",
    fieldPath: ".parentRef",
  }),
  ...ratcheted({
    rule: `!(${onGatewayApi}) || (!(has(self.tls) && self.tls) && !(${nonEmpty("tls__dash__secret")}))`,
    message: "remove tls and tls-secret: with gateway-api the Gateway's listener holds the certificate",
    fieldPath: ".tls",
  }),
  ...ratcheted({
    rule: `!(${onGatewayApi}) || !has(self.className)`,
    message: "remove className: gateway-api has no Ingress",
    fieldPath: ".className",
  }),
);

export const httpTriggerStatus = z
  .object({
    observedGeneration,
    conditions: conditionsSchema,
    url: z.string().optional().meta({ description: "Where the function answers." }),
    addresses: z.array(z.string()).optional().meta({
      description: "Addresses and host names that the cluster published the route on.",
      "x-kubernetes-list-type": "atomic",
    }),
  })
  .meta({ description: "Does it work, and if not why." });

export const httpTriggerResource = defineResource({
  kind: "HTTPTrigger",
  plural: "httptriggers",
  shortNames: ["ht"],
  description: "Publishes a function at a host and path, by an Ingress or an HTTPRoute.",
  spec: httpTriggerSpec,
  status: httpTriggerStatus,
  nameRules: [
    {
      rule: "size(self.metadata.name) <= 249",
      fieldPath: ".metadata.name",
      message: "write at most 249 characters: the certificate's Secret is named after it",
    },
  ],
  columns: [
    { name: "Function", jsonPath: ".spec.function-name" },
    { name: "URL", jsonPath: ".status.url" },
  ],
});

export type HTTPTriggerSpec = z.output<typeof httpTriggerSpec>;
export type HTTPTriggerSpecInput = z.input<typeof httpTriggerSpec>;
export type HTTPTriggerStatus = z.output<typeof httpTriggerStatus>;
export type HTTPTrigger = ObjectOf<typeof httpTriggerResource>;
