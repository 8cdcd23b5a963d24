export { type Access, readAccess } from "./testing/access.ts";
export { callHost, type GatewayAddress, type HostAnswer, type HostCall } from "./testing/call-host.ts";
export { formerControllers } from "./testing/former-controllers.ts";
export {
  type GuardedController,
  type GuardedControllerOptions,
  startGuardedController,
} from "./testing/guarded-controller.ts";
export { holdSteady, type SteadyCase } from "./testing/hold-steady.ts";
export { loadManifests, type ManifestSources } from "./testing/load-manifests.ts";
export type { AnyRole } from "./testing/permissions.ts";
export {
  openProjectionCluster,
  type ProjectionCluster,
  type ProjectionClusterOptions,
} from "./testing/projection-cluster.ts";
export { type RoleCase, type RolesUnderTest, type RoleWork, roleCases } from "./testing/role-cases.ts";
export { openRoleGuard, type RoleGuard, type RoleGuardOptions } from "./testing/role-guard.ts";
export { serveDefinitions } from "./testing/serve-definitions.ts";
