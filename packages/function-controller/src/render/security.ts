import type { Wire } from "@kubeless/controller-kit";
import type { V1PodSecurityContext, V1SecurityContext } from "@kubernetes/client-node";

type PodContext = Wire<V1PodSecurityContext>;
type ContainerContext = Wire<V1SecurityContext>;

const FUNCTION_USER = 1000;

/**
 * The settings of the restricted Pod Security Standard, the user's own over them. Whoever gives a security context of
 * the pod, even an empty one, has thought about who it runs as: only without one it is user and group 1000.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function restrictPod(own: PodContext | undefined): PodContext {
  const user = own === undefined ? { runAsUser: FUNCTION_USER, fsGroup: FUNCTION_USER } : {};
  const isRoot = own?.runAsUser === 0;
  return {
    ...(isRoot ? {} : { runAsNonRoot: true }),
    seccompProfile: { type: "RuntimeDefault" },
    ...user,
    ...own,
  };
}

export function restrictContainer(
  own: ContainerContext | undefined,
  { readOnlyRoot }: { readOnlyRoot: boolean },
): ContainerContext {
  const restricted = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  return {
    ...(own?.privileged ? {} : restricted),
    ...(readOnlyRoot ? { readOnlyRootFilesystem: true } : {}),
    ...own,
  };
}
