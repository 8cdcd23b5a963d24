import type { RenderedObject } from "@kubeless/controller-kit";
import type { Plan } from "../render/plan.ts";

/** What a gateway is told in its own words, beside what every Ingress says. */
export interface Dressing {
  /** Weaker than the user's own. */
  readonly defaults?: Readonly<Record<string, string>>;
  /** Stronger than the user's own: what the trigger's fields ask for. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The Ingress' paths; by default the trigger's as a prefix. */
  readonly paths?: readonly IngressPath[];
  /** Objects of the gateway's kinds, which come before the Ingress. */
  readonly objects?: readonly RenderedObject[];
  /** What is asked for and cannot be had here. */
  readonly lacks?: readonly Lack[];
}

export interface IngressPath {
  readonly path: string;
  readonly pathType: "Prefix" | "Exact" | "ImplementationSpecific";
}

export interface Lack {
  /** One sentence: what is not to be had, and what to do next. */
  readonly message: string;
  /** Whether the route would be more open without it than asked for: it is then withdrawn. */
  readonly isGuard: boolean;
}

export type Gateway = (plan: Plan) => Dressing;

/** Origins, methods and headers as ingress-nginx has them by default. */
export const cors = {
  origins: ["*"],
  methods: ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"],
  headers: [
    "DNT",
    "Keep-Alive",
    "User-Agent",
    "X-Requested-With",
    "If-Modified-Since",
    "Cache-Control",
    "Content-Type",
    "Range",
    "Authorization",
  ],
  maxAgeSeconds: 1_728_000,
};

export const lackOfMethods = (plan: Plan): Lack[] =>
  plan.spec.methods === undefined
    ? []
    : [
        {
          message: `spec.methods: ${plan.gatewayName} cannot choose by method with an Ingress; remove methods, or write gateway: gateway-api or kong.`,
          isGuard: true,
        },
      ];

/** A list in an annotation: ours first, then the user's. */
export function joinList(ours: readonly string[], theirs: string | undefined): string {
  return [...ours, ...(theirs ?? "").split(",").map((item) => item.trim())]
    .filter((item) => item !== "")
    .join(",");
}
