/** What can go wrong on this side of the API server, and what to do about it. `{…}` is filled in where it is thrown. */
export const errors = {
  UnknownCommand: {
    message: "There is no command {command}.",
    action: "{suggestion}",
  },
  InvalidUsage: {
    message: "{fault}",
    action: "Usage: {usage}. More: {command} --help.",
  },
  NoCluster: {
    message: "{fault}",
    action: "Start one on this machine with kubeless local up, or name one with --kubeconfig and --context.",
  },
  SourceUnreadable: {
    message: "{source} cannot be read: {cause}.",
    action: "Check the path or the address.",
  },
  PayloadInvalid: {
    message: "The payload in {file} is not {format}: {cause}",
    action: "Correct it. A file that ends in .yaml or .yml is read as YAML, any other as JSON.",
  },
  SourceTooLarge: {
    message: "{source} takes {size} in the object; {limit} is the limit.{largest}",
    action: "Leave out what the function does not need, or deploy it from a URL (--from-file https://…).",
  },
  EmptyFolder: {
    message: "{folder} holds no file to deploy.",
    action: "Check the path, and what .gitignore and .kubelessignore leave out.",
  },
  HandlerMissing: {
    message: "It is not said which function of {source} to call.",
    action: "{suggestion}",
  },
  RuntimeMissing: {
    message: "It is not said which runtime {source} needs, and its name does not tell.",
    action: "Say it with --runtime ({runtimes}), or give an image with --runtime-image.",
  },
  UnknownRuntime: {
    message: "This cluster has no runtime {runtime}.",
    action: "Take one of {runtimes}.",
  },
  InvalidObject: {
    message: "The {kind} {name} is not valid:{faults}",
    action: "Correct the flags these fields come from.",
  },
  NotFound: {
    message: "There is no {kind} {name} in namespace {namespace}.",
    action: "See what there is: {command}.",
  },
  AlreadyExists: {
    message: "The {kind} {name} already exists in namespace {namespace}.",
    action: "Change it: {command}.",
  },
  Refused: {
    message: "The API server refused {what}: {cause}",
    action: "{advice}",
  },
  Unreachable: {
    message: "{cause}",
    action: "Check that it runs and that this machine reaches it, or choose another cluster with --context.",
  },
  KindNotServed: {
    message: "The cluster does not serve {path}.",
    action: "Install Kubeless there first, or choose another cluster with --context.",
  },
  NotReady: {
    message: "{name} is not ready: {reason}: {message}",
    action: "{advice}",
  },
  WaitTimedOut: {
    message: "{name} was not ready after {seconds} s: {message}",
    action: "See more: {command}. It goes on in the cluster; wait longer with --wait-timeout.",
  },
  CallTimedOut: {
    message: "Request timeout exceeded.",
    action:
      "Give the function more time with kubeless function update {name} -n {namespace} --timeout SECONDS.",
  },
  CallFailed: {
    message: "{name} answered {status}.",
    action: "See why: {command}.",
  },
  CallBroken: {
    message: "The answer of {name} broke off: {cause}.",
    action: "See why: {command}.",
  },
  NotServing: {
    message: "{name} cannot be called: {reason}.",
    action: "See more: {command}.",
  },
  NoPods: {
    message: "{name} has no pods{reason}.",
    action: "See why: {command}.",
  },
  NoAutoscaler: {
    message: "{name} has no autoscaler.",
    action: "Make one: kubeless autoscale create {name} -n {namespace} --value 70.",
  },
  NoRevision: {
    message: "{fault}",
    action: "See the revisions that are kept: {command}.",
  },
  NoConfiguration: {
    message: "The configuration {namespace}/{name} cannot be read: {cause}",
    action: "Set KUBELESS_NAMESPACE and KUBELESS_CONFIG if it lies elsewhere.",
  },
  BrokerRefused: {
    message: "{fault}",
    action: "{advice}",
  },
  BrokerUnreached: {
    message: "{fault}",
    action: "See that address and credentials are this broker's, and what its own log says.",
  },
  NoController: {
    message: "No pod of {controller} is ready in namespace {namespace}.",
    action: "Start it, or say where the broker is if this machine reaches it (see --help).",
  },
  ExecFailed: {
    message: "The controller's pod did not answer: {fault}",
    action: "See that you may run commands in it (pods/exec), and its log. A part may be done already.",
  },
  LocalPlatform: {
    message: "{fault}",
    action: "{advice}",
  },
} as const satisfies Record<string, { readonly message: string; readonly action: string }>;

export type ErrorCode = keyof typeof errors;

type Placeholders<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

type Details<Code extends ErrorCode> = {
  readonly [Name in Placeholders<`${(typeof errors)[Code]["message"]}${(typeof errors)[Code]["action"]}`>]: string;
};

/** A failure that the person at the terminal can do something about: its message says what happened and what to do. */
export class CliError extends Error {
  override readonly name = "CliError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Builds the error of a code from the table. */
export function toError<Code extends ErrorCode>(
  code: Code,
  details: Details<Code>,
  options?: ErrorOptions,
): CliError {
  const { message, action } = errors[code];
  const fill = (text: string) =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String((details as Record<string, string>)[name] ?? ""));
  return new CliError(code, [fill(message), fill(action)].filter((part) => part !== "").join("\n"), options);
}
