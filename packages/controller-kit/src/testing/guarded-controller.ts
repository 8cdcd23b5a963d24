import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KubeConfig } from "@kubernetes/client-node";
import { createClusterClient } from "../cluster/client.ts";
import type { KubernetesObject } from "../cluster/kubernetes-object.ts";
import type { AnyRole } from "./permissions.ts";
import { openRoleGuard, type RoleGuard } from "./role-guard.ts";
import { openServiceAccount } from "./service-account.ts";

export interface GuardedControllerOptions {
  /** The controller's `main.ts`. */
  main: URL;
  /** Of somebody who may do everything. */
  kubeConfig: KubeConfig;
  /** All objects of its manifests that are about permissions: see {@link loadManifests}. */
  manifests: readonly KubernetesObject[];
  /** Beside `KUBECONFIG`, `HEALTH_PORT` and `LOG_LEVEL`. */
  environment: Readonly<Record<string, string>>;
  /** The API server enforces RBAC: the manifests are applied to it, and the controller works as their ServiceAccount. */
  isEnforced?: boolean | undefined;
}

/** A controller in a process of its own that may do what its manifests grant, and nothing else. */
export interface GuardedController extends Pick<RoleGuard, "missing" | "unused"> {
  /** Ends it as Kubernetes does; resolves when it has exited. What was noted stays readable. */
  stop(): Promise<void>;
}

export async function startGuardedController(options: GuardedControllerOptions): Promise<GuardedController> {
  const { kubeConfig, manifests, environment, isEnforced = false } = options;
  const admin = createClusterClient({ kubeConfig });
  const account = isEnforced ? await openServiceAccount({ kubeConfig, manifests }) : undefined;
  const roles = manifests.filter(({ kind }) => kind === "Role" || kind === "ClusterRole") as AnyRole[];
  const guard = await openRoleGuard({ upstream: account?.client ?? admin, roles });
  const folder = mkdtempSync(join(tmpdir(), "guarded-"));
  const file = join(folder, "kubeconfig");
  writeFileSync(file, guard.kubeConfig.exportConfig(), { mode: 0o600 });
  const program = spawn(process.execPath, ["--conditions=@kubeless/source", fileURLToPath(options.main)], {
    env: { ...environment, KUBECONFIG: file, HEALTH_PORT: "0", LOG_LEVEL: "error" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exited = once(program, "exit");

  async function stop(): Promise<void> {
    program.kill("SIGTERM");
    await exited;
    rmSync(folder, { recursive: true, force: true });
    await guard.close();
    await account?.close();
    await admin.close();
  }

  let stopping: Promise<void> | undefined;
  return {
    missing: guard.missing,
    unused: guard.unused,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
