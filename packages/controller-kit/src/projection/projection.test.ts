import { expect, it } from "vitest";
import type { KubernetesObject } from "../cluster/kubernetes-object.ts";
import { isFault, type Projection } from "./projection.ts";

type Render = Projection<KubernetesObject, "SourceMissing">["render"];

it("a fault carries one of the projection's reasons; the compiler refuses another", () => {
  const known: Render = () => ({ fault: true, reason: "SourceMissing", message: "Create the source." });
  // @ts-expect-error: not one of them.
  const unknown: Render = () => ({ fault: true, reason: "SourceMising", message: "Create the source." });
  for (const render of [known, unknown]) expect(isFault(render({} as never, {} as never, []))).toBe(true);
});
