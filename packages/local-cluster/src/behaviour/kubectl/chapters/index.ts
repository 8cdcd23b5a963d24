import type { Chapter } from "../transcript.ts";
import { cluster } from "./cluster.ts";
import { customResources } from "./custom-resources.ts";
import { helm } from "./helm.ts";
import { objects } from "./objects.ts";
import { pods } from "./pods.ts";
import { workloads } from "./workloads.ts";

export const chapters: readonly Chapter[] = [cluster, objects, customResources, pods, workloads, helm];
