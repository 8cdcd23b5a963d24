import { defineConfig, type Plugin } from "vitest/config";

/** Real brokers and clusters: their suites count what a process holds open, so each file has a process to itself. */
const hasServers = Object.keys(process.env).some((name) => /^(KUBELESS_TEST|KAFKA|NATS|KINESIS)_/.test(name));

/** Node adds what it always has; without this, packages would be tested as they are built for a "development" of theirs. */
const conditions: Plugin = {
  name: "conditions",
  configResolved({ ssr }) {
    ssr.resolve = { ...ssr.resolve, conditions: ["@kubeless/source"] };
  },
};

/** The one set-up of every package: run in a package's folder with `vitest run --config ../../vitest.config.ts --root .`. */
export default defineConfig({
  plugins: [conditions],
  test: {
    // As when a program runs: Node itself resolves, and takes the types off.
    experimental: { viteModuleRunner: false },
    include: ["src/**/*.test.ts"],
    reporters: ["default", "json"],
    outputFile: { json: ".vitest/report.json" },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What comes about in a moment takes longer on a machine that does much else.
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    isolate: hasServers,
    // One real cluster cannot be taken away by one file and looked at by another.
    fileParallelism: process.env.KUBELESS_TEST_KUBECONFIG === undefined,
  },
});
