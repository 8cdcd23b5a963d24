import { z } from "zod";
import { conditionsSchema } from "./conditions.ts";
import { oldText, optionalText, passedOn, requiredText, wholeNumber } from "./fields.ts";
import { DEFAULT_REVISION_HISTORY_LIMIT, DEFAULT_TIMEOUT_SECONDS } from "./names.ts";
import { FUNCTION_NAME_PATTERN, MAX_FUNCTION_NAME_LENGTH, objectNameRule } from "./naming-rules.ts";
import { defineResource, type ObjectOf } from "./resource.ts";
import { onCreation, type Rule, withRules } from "./rule.ts";
import { observedGeneration } from "./trigger-status.ts";

/**
 * The source, in bytes: it travels in one ConfigMap (1 MiB) beside dependencies and the rest of the spec.
 * Source: https://kubernetes.io/docs/concepts/configuration/configmap/#motivation
 */
export const MAX_SOURCE_BYTES = 900_000;

/** The dependency file's text, in bytes. */
export const MAX_DEPS_BYTES = 100_000;

/** Above what etcd takes, so that our own rule, which names the size, speaks first. */
const MAX_TEXT_LENGTH = 3_145_728;

const archiveHint = "or serve an archive and write its address with function-content-type: url+zip";

const sizeRule = (maxBytes: number): Rule => ({
  rule: `size(bytes(self)) <= ${maxBytes}`,
  message: `write at most ${maxBytes} bytes, ${archiveHint}`,
  messageExpression: `'is SIZE bytes: write at most ${maxBytes}, ${archiveHint}'.replace('SIZE', string(size(bytes(self))))`,
});

const urlRule = onCreation({
  rule: "!has(self.function__dash__content__dash__type) || !self.function__dash__content__dash__type.matches('(^|[+])url([+]|$)') || (has(self.__function__) && self.__function__.matches('^https?://[^ ]+$'))",
  message: "write the source's http:// or https:// address, or another function-content-type",
  fieldPath: ".function",
});

const port = wholeNumber("A port, 1 to 65535.", 1, 65_535);

const service = passedOn(
  "Overrides of the function's Service: a ServiceSpec. Default: one port 8080, ClusterIP.",
  {
    ports: z
      .array(z.looseObject({ port: port.nullish() }).meta({ description: "A ServicePort." }))
      .max(250)
      .nullish()
      .meta({ description: "The Service's ports; the first one is the function's." }),
  },
);

const replicas = wholeNumber("How many pods.", 0).nullish();

const deployment = passedOn(
  "Overrides of the function's Deployment: merged over what the configuration gives.",
  {
    spec: z.looseObject({ replicas }).nullish().meta({ description: "A DeploymentSpec." }),
  },
);

const horizontalPodAutoscaler = passedOn(
  "The function's autoscaler; used when metadata.name and spec.scaleTargetRef.name are set.",
  {
    spec: withRules(
      z.looseObject({ minReplicas: replicas, maxReplicas: replicas }).meta({
        description: "A HorizontalPodAutoscalerSpec; metrics of autoscaling/v2beta1 are understood.",
      }),
      {
        rule: "!has(self.minReplicas) || !has(self.maxReplicas) || self.maxReplicas == 0 || self.minReplicas <= self.maxReplicas",
        message: "write a maxReplicas that is at least minReplicas",
        fieldPath: ".maxReplicas",
      },
    ).nullish(),
  },
);

export const functionSpec = withRules(
  z
    .object({
      handler: oldText("Which function of which module: module.function. The module names the file.", {
        maxLength: 317,
        examples: ["hello.handler"],
        rules: [
          {
            rule: "self == '' || self.matches('^[-_a-zA-Z0-9]{1,253}[.][^./ ]+$')",
            message:
              "write <module>.<function> with exactly one dot, the module in letters, digits, - and _, e.g. hello.handler",
          },
        ],
      }),
      function: oldText("The source: text, base64, or an address, as function-content-type says.", {
        maxLength: MAX_TEXT_LENGTH,
        rules: [sizeRule(MAX_SOURCE_BYTES)],
      }),
      "function-content-type": oldText(
        "What function holds: text (default), base64 or url; +zip or +compressedtar for archives, +deps when the archive holds its dependency file.",
        {
          maxLength: 64,
          examples: ["text", "base64+zip", "url+zip", "url+compressedtar+deps"],
          rules: [
            {
              rule: "self == '' || self.matches('^((zip|compressedtar|deps)[+])*(text|base64|url)([+](zip|compressedtar|deps))*$')",
              message:
                "write text, base64 or url, and after it +zip, +compressedtar or +deps, e.g. base64+zip",
            },
          ],
        },
      ),
      checksum: oldText("SHA-256 of the source before base64: sha256:<64 hex digits>. Empty: not checked.", {
        maxLength: 128,
        rules: [
          {
            rule: "self == '' || self.matches('^sha256:[0-9a-fA-F]{64}$')",
            message: "write sha256: and the 64 hex digits that sha256sum prints, or nothing",
          },
        ],
      }),
      runtime: oldText("Which runtime of the catalogue, with its version. Empty with an image of your own.", {
        maxLength: 63,
        examples: ["nodejs24", "typescript24"],
        rules: [
          {
            rule: "self == '' || self.matches('^[a-zA-Z_-]+[0-9.]*$')",
            message: "write a runtime's name and version, e.g. nodejs24",
          },
        ],
      }),
      timeout: oldText(`Seconds a call may take, as text. Default ${DEFAULT_TIMEOUT_SECONDS}.`, {
        default: String(DEFAULT_TIMEOUT_SECONDS),
        maxLength: 9,
        examples: ["30"],
        rules: [
          {
            rule: "self == '' || self.matches('^0*[1-9][0-9]*$')",
            message: 'write whole seconds, at least 1, in quotes, e.g. "30"',
          },
        ],
      }),
      deps: oldText("The dependency file's text: for nodejs a package.json.", {
        maxLength: MAX_TEXT_LENGTH,
        rules: [sizeRule(MAX_DEPS_BYTES)],
      }),
      deployment: deployment
        .nullish()
        .transform((value) => value ?? {})
        .meta(deployment.meta() ?? {}),
      service: service
        .nullish()
        .transform((value) => value ?? {})
        .meta(service.meta() ?? {}),
      horizontalPodAutoscaler: horizontalPodAutoscaler
        .nullish()
        .transform((value) => value ?? {})
        .meta(horizontalPodAutoscaler.meta() ?? {}),
      type: oldText("Kept for objects of early Kubeless releases; not read."),
      topic: oldText("Kept for objects of early Kubeless releases; not read."),
      replicas: wholeNumber("How many pods, unless an autoscaler decides.", 0).optional(),
      revisionHistoryLimit: wholeNumber(
        `How many old revisions are kept for rollback. Default ${DEFAULT_REVISION_HISTORY_LIMIT}.`,
        0,
        1_000,
      ).default(DEFAULT_REVISION_HISTORY_LIMIT),
      imagePullSecrets: z
        .array(
          z
            .object({
              name: requiredText("Name of a Secret of type kubernetes.io/dockerconfigjson.", {
                maxLength: 253,
                rules: [
                  objectNameRule("a Secret"),
                  { rule: "self != ''", message: "write the name of a Secret, or remove the entry" },
                ],
              }),
            })
            .meta({ description: "Names a Secret." }),
        )
        .max(32)
        .default([])
        .meta({ description: "Secrets for pulling the function's images." }),
      npmrcSecret: optionalText("Secret whose key .npmrc npm reads when dependencies are installed.", {
        maxLength: 253,
        rules: [objectNameRule("a Secret")],
      }),
    })
    .meta({ description: "What the function is." }),
  urlRule,
);

export const functionStatus = z
  .object({
    observedGeneration,
    conditions: conditionsSchema,
    replicas: z.int().min(0).optional().meta({ description: "Pods that exist.", format: "int32" }),
    readyReplicas: z.int().min(0).optional().meta({ description: "Pods that take calls.", format: "int32" }),
    selector: z.string().optional().meta({ description: "Label selector of the pods, for autoscalers." }),
    revision: z.string().optional().meta({ description: "Name of the revision that the spec asks for." }),
    servingRevision: z
      .string()
      .optional()
      .meta({ description: "Name of the revision that every ready pod runs." }),
    address: z.string().optional().meta({
      description: "Where the function is called inside the cluster: http://<name>.<namespace>.svc:<port>.",
    }),
    sourceDigest: z
      .string()
      .optional()
      .meta({ description: "sha256: of the source that was fetched from an address." }),
  })
  .meta({ description: "Does it work, and if not why." });

export const functionResource = defineResource({
  kind: "Function",
  plural: "functions",
  shortNames: ["fn", "fns"],
  description: "A function: source, handler and runtime, which become a Deployment and a Service.",
  spec: functionSpec,
  status: functionStatus,
  nameRules: [
    {
      rule: `self.metadata.name.matches('${FUNCTION_NAME_PATTERN}')`,
      fieldPath: ".metadata.name",
      message:
        "write lower-case letters, digits and -, beginning with a letter: the function's Service has the same name",
    },
    {
      rule: `size(self.metadata.name) <= ${MAX_FUNCTION_NAME_LENGTH}`,
      fieldPath: ".metadata.name",
      message: `write at most ${MAX_FUNCTION_NAME_LENGTH} characters: the function's Service has the same name`,
    },
  ],
  columns: [
    { name: "Handler", jsonPath: ".spec.handler" },
    { name: "Runtime", jsonPath: ".spec.runtime" },
    { name: "Pods", type: "integer", jsonPath: ".status.readyReplicas" },
  ],
  scale: true,
});

export type FunctionSpec = z.output<typeof functionSpec>;
export type FunctionSpecInput = z.input<typeof functionSpec>;
export type FunctionStatus = z.output<typeof functionStatus>;
export type FunctionObject = ObjectOf<typeof functionResource>;

/** Seconds a call of the function may take. */
export function timeoutSeconds({ timeout }: Pick<FunctionSpec, "timeout">): number {
  return Number(timeout) || DEFAULT_TIMEOUT_SECONDS;
}
