export {
  type GuardedController,
  type GuardedControllerOptions,
  startGuardedController,
} from "./testing/guarded-controller.ts";
export { loadManifests, type ManifestSources } from "./testing/load-manifests.ts";
export type { AnyRole } from "./testing/permissions.ts";
export { type RoleCase, type RolesUnderTest, type RoleWork, roleCases } from "./testing/role-cases.ts";
export { openRoleGuard, type RoleGuard, type RoleGuardOptions } from "./testing/role-guard.ts";
