import { describe, expect, it } from "vitest";
import { mergeDeployment } from "./merge-deployment.ts";

const pod = (spec: object) => ({ spec: { template: { spec } } });
const merge = (own: object, defaults: object) =>
  (mergeDeployment(pod(own), pod(defaults)) as { spec: { template: { spec: Record<string, unknown> } } }).spec
    .template.spec;

describe("the administrator's deployment", () => {
  it("fills in what the Function leaves open, map by map", () => {
    expect(
      merge(
        { nodeSelector: { a: "mine" } },
        { nodeSelector: { a: "theirs", b: "theirs" }, hostNetwork: false },
      ),
    ).toEqual({
      nodeSelector: { a: "mine", b: "theirs" },
      hostNetwork: false,
    });
  });

  it("adds variables, ports and mounts that the Function does not have, which stands where both do", () => {
    const own = {
      containers: [{ name: "f", env: [{ name: "A", value: "mine" }], ports: [{ containerPort: 80 }] }],
    };
    const defaults = {
      containers: [
        {
          env: [
            { name: "A", value: "theirs" },
            { name: "B", value: "theirs" },
          ],
          ports: [{ containerPort: 80, protocol: "TCP" }, { containerPort: 90 }],
          volumeMounts: [{ mountPath: "/ca", name: "ca" }],
        },
      ],
    };
    expect(merge(own, defaults)).toEqual({
      containers: [
        {
          name: "f",
          env: [
            { name: "B", value: "theirs" },
            { name: "A", value: "mine" },
          ],
          ports: [{ containerPort: 90 }, { containerPort: 80 }],
          volumeMounts: [{ mountPath: "/ca", name: "ca" }],
        },
      ],
    });
  });

  it("may have more containers than the Function, or fewer", () => {
    const sidecar = { name: "proxy", image: "proxy:1" };
    expect(merge({}, { containers: [{}, sidecar] })).toEqual({ containers: [{}, sidecar] });
    expect(merge({ containers: [{ name: "f" }] }, { containers: [{}, sidecar] })).toEqual({
      containers: [{ name: "f" }, sidecar],
    });
    expect(merge({ containers: [{ name: "f" }, sidecar] }, { containers: [{ image: "x" }] })).toEqual({
      containers: [{ name: "f", image: "x" }, sidecar],
    });
  });

  it("never mixes a probe of one kind with one of another", () => {
    const own = { containers: [{ livenessProbe: { tcpSocket: { port: 1 } } }] };
    expect(merge(own, { containers: [{ livenessProbe: { httpGet: { port: 2 } } }] })).toEqual(own);
  });

  it("leaves both of its arguments as they were, so that a second round adds nothing", () => {
    const own = Object.freeze(pod({ containers: [{ env: [{ name: "A", value: "1" }] }] }));
    const defaults = pod({ containers: [{ env: [{ name: "B", value: "2" }] }] });
    const before = JSON.stringify([own, defaults]);
    expect(mergeDeployment(own, defaults)).toEqual(mergeDeployment(own, defaults));
    expect(JSON.stringify([own, defaults])).toBe(before);
  });
});
