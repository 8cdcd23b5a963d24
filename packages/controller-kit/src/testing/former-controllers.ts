import { legacyControllers } from "@kubeless/api-types";

/** The Deployment of Kubeless 1.0.x' controllers, with the container of one of them. */
export function formerControllers(
  namespace: string,
  kind: keyof typeof legacyControllers.containers,
): object {
  const { labels, containers } = legacyControllers;
  const container = { name: containers[kind], image: `kubeless/${containers[kind]}:v1.0.3` };
  return {
    metadata: { name: "kubeless-controller-manager", namespace, labels },
    spec: {
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}
