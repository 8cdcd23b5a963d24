import { badRequest, type Fault, invalid, StatusError } from "../errors.ts";
import { readBody } from "../negotiation/body.ts";
import { wrong } from "../pipeline/metadata.ts";
import { type Identity, serviceAccount } from "../request/authentication.ts";
import { type Exchange, type Service, sendText } from "../request/context.ts";
import { contentType } from "../request/options.ts";
import { isJson } from "../schema/prune.ts";

type Spec = Record<string, unknown>;
type Answer = (service: Service, exchange: Exchange, spec: Spec) => object;

const reason = "this local cluster keeps roles and bindings but enforces none";
const anything = { verbs: ["*"], apiGroups: ["*"], resources: ["*"] };
const anywhere = { verbs: ["*"], nonResourceURLs: ["*"] };

/** Kinds that are questions: what a POST gets back as status. Everybody may do everything here. */
const answers: Readonly<Record<string, { kind: string; status: Answer }>> = {
  "authorization.k8s.io/selfsubjectaccessreviews": {
    kind: "SelfSubjectAccessReview",
    status: () => ({ allowed: true, reason }),
  },
  "authorization.k8s.io/subjectaccessreviews": {
    kind: "SubjectAccessReview",
    status: () => ({ allowed: true, reason }),
  },
  "authorization.k8s.io/localsubjectaccessreviews": {
    kind: "LocalSubjectAccessReview",
    status: () => ({ allowed: true, reason }),
  },
  "authorization.k8s.io/selfsubjectrulesreviews": {
    kind: "SelfSubjectRulesReview",
    status: () => ({ resourceRules: [anything], nonResourceRules: [anywhere], incomplete: false }),
  },
  "authentication.k8s.io/selfsubjectreviews": {
    kind: "SelfSubjectReview",
    status: (_service, { identity }) => ({ userInfo: identity }),
  },
  "authentication.k8s.io/tokenreviews": {
    kind: "TokenReview",
    status: (service, _exchange, spec) => tokenStatus(service, spec),
  },
};

/** Answers a review; false when the request is about something else. */
export async function handleReview(service: Service, exchange: Exchange): Promise<boolean> {
  const { info, request, response } = exchange;
  const answer = answers[`${info.group}/${info.plural}`];
  if (answer === undefined || info.version !== "v1") return false;
  if (info.method !== "POST") throw new StatusError("MethodNotAllowed", "a review can only be created");
  const body = (await readBody(request, contentType(exchange))) as
    | { metadata?: object; spec?: Spec }
    | undefined;
  const spec = body?.spec ?? {};
  assertAsked(info.plural, spec, info.namespace);
  const status = answer.status(service, exchange, spec);
  const shown = info.plural === "selfsubjectreviews" ? {} : { spec };
  sendText(
    response,
    201,
    JSON.stringify({
      kind: answer.kind,
      apiVersion: `${info.group}/v1`,
      metadata: body?.metadata ?? {},
      ...shown,
      status,
    }),
  );
  return true;
}

const access = /accessreviews$/;

/** Throws for a review that asks nothing. */
function assertAsked(plural: string, spec: Spec, namespace: string | undefined): void {
  if (plural === "tokenreviews" && !spec.token)
    throw badRequest("token is required for TokenReview in authentication");
  if (plural === "selfsubjectrulesreviews" && !spec.namespace) throw badRequest("no namespace on request");
  if (!access.test(plural)) return;
  const { resourceAttributes: resource, nonResourceAttributes: path, user, groups } = spec;
  const faults: Fault[] = [];
  if ((resource === undefined) === (path === undefined)) {
    const words =
      resource === undefined
        ? "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        : "cannot be specified in combination with resourceAttributes";
    const field = resource === undefined ? "spec.resourceAttributes" : "spec.nonResourceAttributes";
    faults.push(wrong(field, path ?? null, words));
  }
  if (!plural.startsWith("self") && !user && !(Array.isArray(groups) && groups.length > 0))
    faults.push(wrong("spec.user", "", "at least one of user or group must be specified"));
  const asked = isJson(resource) ? resource.namespace : undefined;
  if (plural.startsWith("local") && asked !== namespace)
    faults.push(wrong("spec.resourceAttributes.namespace", asked ?? "", "must match metadata.namespace"));
  if (faults.length > 0) throw invalid({ group: "authorization.k8s.io", kind: "", plural }, "", faults);
}

function tokenStatus(service: Service, spec: Spec): object {
  const user: Identity | undefined = serviceAccount(String(spec.token ?? ""), service.cluster);
  return user === undefined
    ? { user: {}, error: "invalid bearer token" }
    : { authenticated: true, user, audiences: spec.audiences ?? [] };
}
