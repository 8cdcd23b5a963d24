/** Where local-cluster is meant to differ from a real Kubernetes, and why. Behaviour tests name nothing else. */
export const allowedDifferences = {
  quantitiesInApply:
    "server-side apply compares quantities by value here; a real API server calls 1000m and 1 a conflict",
  jsonPatchErrors:
    "a JSON patch that does not apply is answered with the operation that failed; upstream says only that it was rejected",
  celCost:
    "a rule's cost is estimated a little lower here where upstream's count of a function is not known, and at run time only the rounds of macros are counted, each at its least: nothing is refused that upstream takes, and what is just above a limit may be taken",
  celWords:
    "what is wrong with an expression is said in the evaluator's own words, without the line that points at it; of several errors the first",
  celFunctions:
    "rules with macros of two variables, format, optMap or the libraries of URLs, addresses, quantities, sets, semantic versions and named formats are refused here; lists and maps of mixed types, an index on an object and an optional field that is none are not found out",
  authorization: "roles and bindings are kept and enforce nothing: every review says allowed",
  notServed:
    "block devices, dynamic resources, runtime classes and priority classes beside the system's, and what a job says of its failed pods and indexes are refused here; upstream takes them",
  ownErrors:
    "a deletion's options and an applied configuration of wrong types are BadRequest here; upstream answers them with 500",
  status:
    "numbers of a status are kept as they are; upstream refuses negative ones and those that contradict each other",
  emptyLists: "an EndpointSlice without endpoints or ports has empty lists here; upstream writes null",
} as const;

/** Lines of kubectl's output that one cluster may show and the other not; each must occur. */
export const allowedLines: readonly {
  readonly chapter: string;
  readonly command: RegExp;
  readonly lines: RegExp;
  readonly reason: string;
}[] = [
  {
    chapter: "cluster",
    command: /^kubectl api-resources --api-group=(?:apps|networking\.k8s\.io)/,
    lines: /controllerrevisions|daemonsets|statefulsets|ipaddresses|servicecidrs/,
    reason: "kinds that are not served",
  },
  {
    chapter: "cluster",
    command: /^kubectl auth whoami/,
    lines: /^ {2}(?:Username|Extra)/,
    reason: "users log in by token here, by certificate there; an administrator's name is anybody's choice",
  },
  {
    chapter: "cluster",
    command: /^kubectl describe namespace/,
    lines: /^ *$|No resource quota|No LimitRange/,
    reason: "quotas and limit ranges are not served",
  },
  {
    chapter: "pods",
    command: /no-such-program$/,
    lines: /executable file/,
    reason: "the message lists the programs that the image table has; upstream it is the container runtime's",
  },
  {
    chapter: "pods",
    command: /^kubectl cp web:/,
    lines: /tar:(?: |$)/,
    reason:
      "tar is the host's, under its full path, and names host paths; upstream sometimes cuts its words off after its name",
  },
  {
    chapter: "pods",
    command: /^kubectl get endpointslices/,
    lines: /^ {2}web-ID/,
    reason: "every container port is published as the loopback port that it really has",
  },
  {
    chapter: "pods",
    command: /terminationGracePeriodSeconds/,
    lines: /^!(?: @@| [-+ ] .*|\s*)$|^! @@/,
    reason: "a refused change of a pod is not shown as a diff of Go structs",
  },
  {
    chapter: "objects",
    command: /"op":"test"/,
    lines: /The request is invalid/,
    reason: allowedDifferences.jsonPatchErrors,
  },
  {
    chapter: "objects",
    command: /"colour":5/,
    lines: /cannot unmarshal number/,
    reason: "a patch that makes an object of wrong types shows the object with its fields in another order",
  },
  {
    chapter: "custom resources",
    command: /wrong\.yaml/,
    lines: /accessor error/,
    reason: "the scale subresource's own complaint about a value that is already refused for its type",
  },
  {
    chapter: "custom resources",
    command: /^kubectl get gadgets$/,
    lines: /the server could not find the requested resource/,
    reason: "an unknown kind is answered with a Status; upstream with a page of plain text",
  },
];

/** Takes the lines that may differ out of an entry of the transcript. */
export function allowedIn(chapter: string, command: string): (entry: string) => string {
  const allowed = allowedLines.filter((one) => one.chapter === chapter && one.command.test(command));
  return (entry) =>
    entry
      .split("\n")
      .filter((line) => !allowed.some(({ lines }) => lines.test(line)))
      .join("\n");
}
