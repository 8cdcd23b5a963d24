import {
  type FunctionObject,
  functionResource,
  type HTTPTrigger,
  httpTriggerResource,
} from "@kubeless/api-types";
import type { KubernetesObject, Resource } from "@kubeless/controller-kit";

export const functions: Resource<FunctionObject> = { ...functionResource, namespaced: true };
export const httpTriggers: Resource<HTTPTrigger> = { ...httpTriggerResource, namespaced: true };

/** Traefik 3: https://doc.traefik.io/traefik/reference/routing-configuration/kubernetes/crd/http/middleware/ */
export const middlewares: Resource = {
  apiVersion: "traefik.io/v1alpha1",
  kind: "Middleware",
  plural: "middlewares",
  namespaced: true,
};

/** https://developer.konghq.com/kubernetes-ingress-controller/reference/custom-resources/#kongplugin */
export const kongPlugins: Resource = {
  apiVersion: "configuration.konghq.com/v1",
  kind: "KongPlugin",
  plural: "kongplugins",
  namespaced: true,
};

interface RouteCondition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

export interface ParentReference {
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly sectionName?: string | undefined;
}

/** What is read of an HTTPRoute: https://gateway-api.sigs.k8s.io/reference/spec/ */
export interface HTTPRoute extends KubernetesObject {
  readonly status?: {
    readonly parents?: readonly {
      readonly parentRef: ParentReference;
      readonly conditions?: readonly RouteCondition[];
    }[];
  };
}

export const httpRoutes: Resource<HTTPRoute> = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "HTTPRoute",
  plural: "httproutes",
  namespaced: true,
};

/** What is read of a Gateway. */
export interface Gateway extends KubernetesObject {
  readonly spec?: {
    readonly listeners?: readonly {
      readonly name: string;
      readonly port: number;
      readonly protocol: string;
    }[];
  };
  readonly status?: { readonly addresses?: readonly { readonly value: string }[] };
}

export const gateways: Resource<Gateway> = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "Gateway",
  plural: "gateways",
  namespaced: true,
};
