import type { Flags } from "../command.ts";
import { completeSecrets } from "../completion/candidates.ts";
import { type BrokerAccess, toAddresses } from "./broker-flags.ts";

const flags = {
  "aws-region": {
    type: "string",
    placeholder: "REGION",
    description: "The stream's region, where no trigger says it",
  },
  endpoint: {
    type: "string",
    placeholder: "URL",
    description: "The server, if it can be reached from here; AWS_ACCESS_KEY_ID and so on say how to log in",
  },
  secret: {
    type: "string",
    placeholder: "NAME",
    description: "The Secret with the keys; the controller's pod is asked, since Secrets stay in the cluster",
    complete: completeSecrets,
  },
} as const satisfies Flags;

/** From here, a trigger's Secret does not count: it is the cluster's. */
export const kinesisAccess: BrokerAccess<typeof flags> = {
  kind: "kinesis",
  flags,
  environment: ({ endpoint, secret }) => {
    if (endpoint === undefined) return undefined;
    const KINESIS_ENDPOINT = toAddresses("endpoint", [endpoint], isUrl);
    return secret === undefined ? { KINESIS_ENDPOINT } : undefined;
  },
  spec: ({ "aws-region": region, endpoint, secret }) => ({
    ...(region === undefined ? {} : { "aws-region": region }),
    ...(endpoint === undefined ? {} : { endpoint, secret: null }),
    ...(secret === undefined ? {} : { secret }),
  }),
};

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
