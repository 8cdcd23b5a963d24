import { setTimeout } from "node:timers/promises";
import {
  callHost,
  type GatewayAddress,
  type HostAnswer,
  type HostCall,
} from "@kubeless/controller-kit/testing";
import type { TestCluster } from "./cluster/test-cluster.ts";
import { environment } from "./environment.ts";

/** The gateway of a trigger's Ingress: at the ports that its status names, else where the environment says. */
export async function findGateway({ kubectl }: TestCluster, trigger: string): Promise<GatewayAddress> {
  const ports = "jsonpath={.status.loadBalancer.ingress[0].ports[*].port}";
  await kubectl("wait", `ingress/${trigger}`, "--for=create", "--timeout=30s");
  await kubectl(
    "wait",
    `ingress/${trigger}`,
    "--for=jsonpath={.status.loadBalancer.ingress}",
    "--timeout=30s",
  );
  const [http, https] = (await kubectl("get", "ingress", trigger, "-o", ports)).split(" ");
  if (!http) return { http: environment.ingress ?? "", https: environment.secureIngress };
  return { http: `http://127.0.0.1:${http}`, https: `https://127.0.0.1:${https}` };
}

/** Asks until the gateway answers so; gateways take a moment to follow their objects. */
export async function untilAnswered(
  wanted: Partial<HostAnswer>,
  gateway: GatewayAddress,
  host: string,
  options: HostCall = {},
): Promise<HostAnswer> {
  const isWanted = (answer: HostAnswer) =>
    Object.entries(wanted).every(([field, value]) => answer[field as keyof HostAnswer] === value);
  for (;;) {
    const answer = await callHost(gateway, host, options).catch(() => undefined);
    if (answer !== undefined && isWanted(answer)) return answer;
    await setTimeout(100);
  }
}
