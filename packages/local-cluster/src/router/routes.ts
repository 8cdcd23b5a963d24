/** How pods find services: the content of the routes file, rewritten whole whenever a service changes. */
export interface Routes {
  /** `namespace/name` → the service. */
  readonly services: Readonly<Record<string, ServiceRoute>>;
}

export interface ServiceRoute {
  /** Absent for headless services. */
  readonly clusterIP?: string;
  readonly externalName?: string;
  /** The service's port → the loopback port of its listener. */
  readonly ports: Readonly<Record<string, number>>;
}
