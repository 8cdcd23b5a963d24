/** How pods find services: the content of the routes file, rewritten whole whenever a service changes. */
export interface Routes {
  /** `namespace/name` → the service. */
  readonly services: Readonly<Record<string, ServiceRoute>>;
}

export interface ServiceRoute {
  /** Absent for headless services. */
  readonly clusterIP?: string;
  readonly externalName?: string;
  /** The service's port → the loopback port of its listener, or {@link REFUSING_PORT} while no endpoint is ready. */
  readonly ports: Readonly<Record<string, number>>;
}

/** Nothing listens there, so that a connection is refused, as kube-proxy does for a service without endpoints. */
export const REFUSING_PORT = 1;
