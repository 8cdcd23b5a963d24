import { defineConfig } from "vitest/config";

/** The one set-up of every package: run in a package's folder with `vitest run --config ../../vitest.config.ts --root .`. */
export default defineConfig({
  resolve: { conditions: ["@kubeless/source"] },
  ssr: { resolve: { conditions: ["@kubeless/source", "node"] } },
  test: {
    include: ["src/**/*.test.ts"],
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/report.json" },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    // One real cluster cannot be taken away by one file and looked at by another.
    fileParallelism: process.env.KUBELESS_TEST_KUBECONFIG === undefined,
  },
});
