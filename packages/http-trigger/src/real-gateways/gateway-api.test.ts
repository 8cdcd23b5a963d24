import { describe, expect, it } from "vitest";
import {
  call,
  hasGateways,
  untilAnswered,
  useGateways,
  whatGatewaysNeed,
} from "../fixtures/real-gateways.ts";
import { gateways, httpTriggers } from "../kinds.ts";

const gatewayName = process.env.KUBELESS_TEST_GATEWAY;
const parentRef = { namespace: gatewayName?.split("/")[0] ?? "", name: gatewayName?.split("/")[1] ?? "" };

describe.skipIf(!hasGateways || gatewayName === undefined)(
  `a trigger through a Gateway ${whatGatewaysNeed} KUBELESS_TEST_GATEWAY=namespace/name`,
  () => {
    const { namespace, client, create, change, becomes, conditions, hostOf } = useGateways();
    const gateway = "gateway-api";
    const conditionOf = async (name: string, wanted: string) =>
      (await conditions(name)).find(({ type }) => type === wanted);

    it("answers on its host, then on another, and not when it is deleted", async () => {
      const [before, after] = [hostOf("before"), hostOf("after")];
      await create("host", { gateway, parentRef, "host-name": before });
      expect((await untilAnswered(200, before, "/a?b=1")).body).toBe("hello GET /a?b=1");
      await becomes("host", "Ready");
      expect(await conditionOf("host", "Admitted")).toMatchObject({ status: "True", reason: "Admitted" });
      await change("host", { "host-name": after });
      expect((await untilAnswered(200, after)).body).toBe("hello GET /");
      await untilAnswered(404, before);
      await client.delete(httpTriggers, { namespace, name: "host" });
      await untilAnswered(404, after);
    });

    it("strips its path, and two functions answer behind one host", async () => {
      const host = hostOf("shared");
      await create("one", { gateway, parentRef, "host-name": host, path: "api/v1.0" });
      await create("two", {
        gateway,
        parentRef,
        "host-name": host,
        path: "/other/",
        "function-name": "other",
      });
      expect((await untilAnswered(200, host, "/api/v1.0/x/y?z=1")).body).toBe("hello GET /x/y?z=1");
      expect((await call(host, "/api/v1.0")).body).toBe("hello GET /");
      expect((await untilAnswered(200, host, "/other")).body).toBe("other GET /");
      for (const path of ["/", "/others", "/api/v1x0"]) expect((await call(host, path)).status).toBe(404);
    });

    it("answers to its methods only, and to all again when told so", async () => {
      const host = hostOf("methods");
      await create("methods", { gateway, parentRef, "host-name": host, methods: ["GET", "PUT"] });
      expect((await untilAnswered(200, host)).body).toBe("hello GET /");
      expect((await call(host, "/", { method: "PUT" })).body).toBe("hello PUT /");
      expect((await call(host, "/", { method: "POST" })).status).toBe(404);
      await change("methods", { methods: null });
      await untilAnswered(200, host, "/", { method: "POST" });
    });

    it("says what the route's status says: a listener that is not there, then one that is", async () => {
      await create("listener", {
        gateway,
        parentRef: { ...parentRef, sectionName: "nowhere" },
        "host-name": hostOf("listener"),
      });
      await becomes("listener", "NotAdmitted");
      const { message } = (await conditionOf("listener", "Ready")) ?? {};
      expect(message).toContain("NoMatchingParent");
      await change("listener", { parentRef: { ...parentRef, sectionName: "web" } });
      await untilAnswered(200, hostOf("listener"));
      await becomes("listener", "Ready");
    });

    it("says that its Gateway does not exist, and names the listener's port once it does", async () => {
      const host = hostOf("own");
      await create("own", { gateway, parentRef: { name: "own" }, "host-name": host });
      await becomes("own", "GatewayNotFound");
      const { spec } = await client.get(gateways, parentRef);
      await client.create(gateways, { metadata: { namespace, name: "own" }, spec } as never);
      await becomes("own", "Ready");
      expect((await client.get(httpTriggers, { namespace, name: "own" })).status).toMatchObject({
        url: `http://${host}:${spec?.listeners?.[0]?.port}/`,
      });
      expect((await untilAnswered(200, host)).body).toBe("hello GET /");
    });

    it("refuses what a route cannot have, naming the field, and goes on answering", async () => {
      const host = hostOf("asks");
      await create("asks", { gateway, parentRef, "host-name": host });
      await untilAnswered(200, host);
      for (const [asked, field] of [
        ["basic-auth-secret", "spec.basic-auth-secret"],
        ["tls-secret", "spec.tls"],
      ] as const)
        await expect(change("asks", { [asked]: "users" })).rejects.toThrow(field);
      expect((await call(host, "/")).status).toBe(200);
    });
  },
);
