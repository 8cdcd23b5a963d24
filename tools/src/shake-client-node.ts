import type { Options } from "tsup";

/**
 * client-node does not say that its modules do nothing when they are loaded: without this a bundle holds every kind and API
 * of Kubernetes, of which a controller uses none.
 */
export const shakeClientNode: NonNullable<Options["esbuildPlugins"]>[number] = {
  name: "shake-client-node",
  setup(build) {
    build.onResolve({ filter: /^(@kubernetes\/client-node$|\.)/ }, async ({ path, pluginData, ...from }) => {
      const isIts = !path.startsWith(".") || from.importer.includes("/@kubernetes/client-node/dist/");
      if (!isIts || pluginData === shakeClientNode) return;
      const resolved = await build.resolve(path, { ...from, pluginData: shakeClientNode });
      // What it imports itself comes this way too.
      return { ...resolved, pluginData: undefined, sideEffects: false };
    });
  },
};
