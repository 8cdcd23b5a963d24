import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load } from "js-yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterName, openTestCluster, type TestCluster } from "../fixtures/test-cluster.ts";
import { formatSelector, parseSelector } from "./selector.ts";
import { type TriggerKind, triggerKinds } from "./trigger-object.ts";

describe(`trigger and autoscale commands against ${clusterName}`, () => {
  let cluster: TestCluster;
  const folder = mkdtempSync(join(tmpdir(), "triggers-"));
  beforeAll(async () => {
    cluster = await openTestCluster({ workingDirectory: folder });
  });
  afterAll(() => cluster.close());

  const get = (kind: TriggerKind, name: string) =>
    cluster.client.get(triggerKinds[kind], { namespace: cluster.namespace, name });
  const specOf = async (kind: TriggerKind, name: string) => (await get(kind, name)).spec;

  test.each<[TriggerKind, string[], object]>([
    [
      "http",
      ["--function-name", "plain", "--hostname", "a.example.com"],
      { "function-name": "plain", "host-name": "a.example.com", gateway: "nginx" },
    ],
    [
      "http",
      [
        "--function-name",
        "plain",
        "--hostname",
        "b.example.com",
        "--gateway",
        "traefik",
        "--path",
        "/x/y",
        "--basic-auth-secret",
        "auth",
      ],
      {
        "function-name": "plain",
        "host-name": "b.example.com",
        gateway: "traefik",
        path: "/x/y",
        "basic-auth-secret": "auth",
      },
    ],
    [
      "http",
      ["--function-name", "plain", "--hostname", "c.example.com", "--enableTLSAcme"],
      { "host-name": "c.example.com", tls: true },
    ],
    [
      "http",
      ["--function-name", "plain", "--gateway", "gateway-api", "--parent-ref", "infra/web/https"],
      { gateway: "gateway-api", parentRef: { namespace: "infra", name: "web", sectionName: "https" } },
    ],
    [
      "cronjob",
      ["--function", "plain", "--schedule", "0 * * * *"],
      { "function-name": "plain", schedule: "0 * * * *" },
    ],
    [
      "cronjob",
      ["--function", "plain", "--schedule", "@hourly", "-p", `{"a":"it's"}`],
      { schedule: "@hourly", payload: { a: "it's" } },
    ],
    [
      "cronjob",
      ["--function", "plain", "--schedule", "@daily", "-p", "[1]", "--time-zone", "Europe/Berlin"],
      { payload: [1], timeZone: "Europe/Berlin" },
    ],
    [
      "kafka",
      ["--trigger-topic", "orders", "--function-selector", "created-by=kubeless,function=plain"],
      { topic: "orders", functionSelector: { matchLabels: { "created-by": "kubeless", function: "plain" } } },
    ],
    [
      "kafka",
      [
        "--trigger-topic",
        "o",
        "--function-selector",
        "a=b",
        "--brokers",
        "k1:9092,k2:9092",
        "--guarantee",
        "atLeastOnce",
        "--dead-letter",
        "o-failed",
        "--max-attempts",
        "3",
      ],
      {
        connection: { brokers: ["k1:9092", "k2:9092"] },
        delivery: { guarantee: "atLeastOnce", retry: { maxAttempts: 3 }, deadLetter: { topic: "o-failed" } },
      },
    ],
    [
      "nats",
      ["--trigger-topic", "a.>", "--function-selector", "function in (a,b),!c"],
      {
        topic: "a.>",
        functionSelector: {
          matchExpressions: [
            { key: "function", operator: "In", values: ["a", "b"] },
            { key: "c", operator: "DoesNotExist" },
          ],
        },
      },
    ],
    [
      "kinesis",
      [
        "--stream",
        "s",
        "--aws-region",
        "us-west-2",
        "--shard-id",
        "shardId-000000000000",
        "--function-name",
        "plain",
        "--secret",
        "aws",
        "--endpoint",
        "http://kinesis:4567",
      ],
      {
        stream: "s",
        "aws-region": "us-west-2",
        shard: "shardId-000000000000",
        secret: "aws",
        endpoint: "http://kinesis:4567",
      },
    ],
  ])("create %s with %j", async (kind, argv, spec) => {
    const name = `t${Math.abs(
      JSON.stringify(argv)
        .split("")
        .reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) | 0, 7),
    )}`;
    const { code, stderr } = await cluster.run("trigger", kind, "create", name, ...argv);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const made = await get(kind, name);
    expect(made).toMatchObject({ metadata: { labels: { "created-by": "kubeless" } }, spec });
  });

  test("an update changes what is given and nothing else", async () => {
    await cluster.run(
      "trigger",
      "http",
      "create",
      "u",
      "--function-name",
      "f",
      "--hostname",
      "u.example.com",
      "--enableTLSAcme",
    );
    expect((await cluster.run("trigger", "http", "update", "u", "--cors-enable")).code).toBe(0);
    expect(await specOf("http", "u")).toMatchObject({
      tls: true,
      "cors-enable": true,
      "host-name": "u.example.com",
      "function-name": "f",
    });
    await cluster.run(
      "trigger",
      "cronjob",
      "create",
      "u",
      "--function",
      "f",
      "--schedule",
      "@hourly",
      "-p",
      "{}",
    );
    await cluster.run("trigger", "cronjob", "update", "u", "--suspend");
    expect(await specOf("cronjob", "u")).toMatchObject({
      suspend: true,
      schedule: "@hourly",
      payload: {},
      "function-name": "f",
    });
    await cluster.run("trigger", "cronjob", "update", "u", "--suspend=false", "-p", "null");
    expect(await specOf("cronjob", "u")).toMatchObject({ suspend: false, payload: null });
    await cluster.run(
      "trigger",
      "kinesis",
      "create",
      "u",
      "--stream",
      "s",
      "--aws-region",
      "r-1",
      "--function-name",
      "f",
    );
    expect((await cluster.run("trigger", "kinesis", "update", "u", "--stream", "t")).code).toBe(0);
    expect(await specOf("kinesis", "u")).toMatchObject({ stream: "t", "aws-region": "r-1" });
  });

  test("an update takes a field back by an empty value, and nothing that was not named", async () => {
    const settings = ["--basic-auth-secret", "users", "--cors-enable", "--class-name", "internal"];
    const named = ["--function-name", "f", "--hostname", "back.example.com"];
    await cluster.run("trigger", "http", "create", "back", ...named, ...settings, "--methods", "GET");
    const update = (...argv: string[]) => cluster.run("trigger", "http", "update", "back", ...argv);
    expect((await update("--basic-auth-secret", "", "--cors-enable=false")).code).toBe(0);
    expect(await specOf("http", "back")).toMatchObject({
      "basic-auth-secret": "",
      "cors-enable": false,
      className: "internal",
      methods: ["GET"],
    });
    expect((await update("--class-name", "", "--methods", "")).code).toBe(0);
    expect(await specOf("http", "back")).not.toHaveProperty("className");
    expect(await specOf("http", "back")).not.toHaveProperty("methods");
  });

  test("a class of another name is not taken for nginx, which nobody said that it is", async () => {
    const named = ["--function-name", "f", "--hostname", "class.example.com", "--class-name", "internal"];
    await cluster.run("trigger", "http", "create", "unknown-class", ...named);
    expect(await specOf("http", "unknown-class")).not.toHaveProperty("gateway");
    await cluster.run("trigger", "http", "create", "known-class", ...named, "--gateway", "traefik");
    expect(await specOf("http", "known-class")).toMatchObject({ className: "internal", gateway: "traefik" });
  });

  test("an update takes a time zone back", async () => {
    const argv = ["--function", "f", "--schedule", "@hourly", "--time-zone", "Europe/Berlin"];
    await cluster.run("trigger", "cronjob", "create", "zone", ...argv);
    expect(await cluster.run("trigger", "cronjob", "update", "zone", "--time-zone", "")).toMatchObject({
      code: 0,
    });
    expect(await specOf("cronjob", "zone")).not.toHaveProperty("timeZone");
  });

  test("an update moves a trigger to another gateway and leaves behind what only the one before knew", async () => {
    const named = ["--function-name", "f", "--hostname", "moved.example.com", "--class-name", "internal"];
    await cluster.run("trigger", "http", "create", "moved", ...named);
    const update = (...argv: string[]) => cluster.run("trigger", "http", "update", "moved", ...argv);
    expect((await update("--gateway", "gateway-api", "--parent-ref", "web")).code).toBe(0);
    expect(await specOf("http", "moved")).toMatchObject({
      gateway: "gateway-api",
      parentRef: { name: "web" },
    });
    expect(await specOf("http", "moved")).not.toHaveProperty("className");
    expect((await update("--gateway", "traefik")).code).toBe(0);
    expect(await specOf("http", "moved")).toMatchObject({ gateway: "traefik" });
    expect(await specOf("http", "moved")).not.toHaveProperty("parentRef");
  });

  test("a payload comes from a JSON or a YAML file, and without one it is null", async () => {
    writeFileSync(join(folder, "a.json"), "[1, 2]");
    writeFileSync(join(folder, "b.yaml"), "days: 30\nfrom: 2026-01-01\n");
    writeFileSync(join(folder, "empty.yml"), "");
    const create = (name: string, file: string) =>
      cluster.run(
        "trigger",
        "cronjob",
        "create",
        name,
        "--function",
        "f",
        "--schedule",
        "@hourly",
        "-f",
        file,
      );
    await create("fa", "a.json");
    await create("fb", "b.yaml");
    expect(await specOf("cronjob", "fa")).toMatchObject({ payload: [1, 2] });
    expect(await specOf("cronjob", "fb")).toMatchObject({ payload: { days: 30, from: "2026-01-01" } });
    writeFileSync(join(folder, "bom.json"), '\uFEFF{"a":"é"}');
    writeFileSync(join(folder, "bom.yaml"), "\uFEFFa: é\n");
    await create("fe", "bom.json");
    await create("fg", "bom.yaml");
    expect(await specOf("cronjob", "fe")).toMatchObject({ payload: { a: "é" } });
    expect(await specOf("cronjob", "fg")).toMatchObject({ payload: { a: "é" } });
    await cluster.run("trigger", "cronjob", "create", "fd", "--function", "f", "--schedule", "@every 1h");
    expect(await specOf("cronjob", "fd")).toMatchObject({ payload: null });
  });

  test.each<[string, string | Buffer | undefined, RegExp]>([
    ["absent.json", undefined, /absent\.json cannot be read: ENOENT.*\nCheck the path/],
    ["cut.json", '{"a":', /payload in cut\.json is not JSON: .*\nCorrect it\. A file that ends in \.yaml/],
    ["text", "days: 30", /payload in text is not JSON: .*\nCorrect it\. A file that ends in \.yaml/],
    ["bad.yaml", "a: [1", /payload in bad\.yaml is not YAML: .*\nCorrect it\./s],
    ["two.yaml", "a: 1\n---\nb: 2\n", /payload in two\.yaml is not YAML: .*\nCorrect it\./s],
    [
      "nan.yaml",
      ".nan",
      /payload in nan\.yaml is not YAML: .*NaN is no number that JSON has.*\nCorrect it\./,
    ],
    ["inf.yaml", "a: [1, -.inf]", /payload in inf\.yaml is not YAML: .*-Infinity is no number that JSON has/],
    ["huge.json", '{"a":1e999}', /payload in huge\.json is not JSON: .*Infinity is no number that JSON has/],
    ["binary.json", Buffer.from('"\xff\x00"', "latin1"), /payload in binary\.json is not JSON: .*utf-8/],
    ["binary.yaml", Buffer.from('"\xff"', "latin1"), /payload in binary\.yaml is not YAML: .*utf-8/],
    ["empty.json", "", /payload in empty\.json is not JSON: /],
    ["empty.yml", "", /payload in empty\.yml is not YAML: .*\nCorrect it\./s],
  ])(
    "a payload file that cannot be understood is refused by what is wrong: %s",
    async (file, text, stderr) => {
      if (text !== undefined) writeFileSync(join(folder, file), text);
      const argv = ["create", "x", "--function", "f", "--schedule", "@hourly", "-f", file];
      const outcome = await cluster.run("trigger", "cronjob", ...argv);
      expect(outcome).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(stderr) });
    },
  );

  test.each([
    [
      "both certificates",
      [
        "http",
        "create",
        "x",
        "--function-name",
        "f",
        "--hostname",
        "h",
        "--enableTLSAcme",
        "--tls-secret",
        "s",
      ],
      "exclude each other",
    ],
    [
      "a payload that is no JSON",
      ["cronjob", "create", "x", "--function", "f", "--schedule", "@hourly", "-p", "{a"],
      "--payload is not JSON",
    ],
    [
      "a payload with a number that JSON has not",
      ["cronjob", "create", "x", "--function", "f", "--schedule", "@hourly", "-p", "[1e999]"],
      "--payload is not JSON (Infinity is no number that JSON has)",
    ],
    [
      "a minute that there is not",
      ["cronjob", "create", "x", "--function", "f", "--schedule", "61 * * * *"],
      '--schedule: The minute "61" is outside of 0 to 59.',
    ],
    [
      "a zone that there is not",
      ["cronjob", "create", "x", "--function", "f", "--schedule", "@hourly", "--time-zone", "Mars/Olympus"],
      "--time-zone: Mars/Olympus is not a time zone",
    ],
    [
      "a name that leaves no room for the CronJob's",
      ["cronjob", "create", "x".repeat(45), "--function", "f", "--schedule", "@hourly"],
      "at most 44 characters",
    ],
    [
      "a gateway that there is not",
      ["http", "update", "u", "--gateway", "apache"],
      "--gateway is one of nginx, traefik, kong, gateway-api",
    ],
    [
      "two payloads",
      ["cronjob", "create", "x", "--function", "f", "--schedule", "@hourly", "-p", "1", "-f", "f"],
      "exclude each other",
    ],
    [
      "an empty selector",
      ["kafka", "create", "x", "--trigger-topic", "t", "--function-selector", ""],
      "selects by something",
    ],
    [
      "a dead letter at most once",
      ["kafka", "create", "x", "--trigger-topic", "t", "--function-selector", "a", "--dead-letter", "d"],
      "add guarantee: atLeastOnce",
    ],
    [
      "a host that is none",
      ["http", "create", "x", "--function-name", "f", "--hostname", "http://a/"],
      "spec.host-name: write a host name",
    ],
    ["a bad format", ["http", "list", "-o", "xml"], "--output is one of"],
  ])("refuses %s before anything is written", async (_, argv, stderr) => {
    expect(await cluster.run("trigger", ...argv)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining(stderr),
    });
  });

  test("a function that is not there yet is a warning, for the trigger waits for it", async () => {
    const { code, stderr } = await cluster.run(
      "trigger",
      "http",
      "create",
      "early",
      "--function-name",
      "later",
      "--hostname",
      "e.example.com",
    );
    expect(code).toBe(0);
    expect(stderr).toContain("Warning: there is no function later");
  });

  test("list, describe and delete", async () => {
    await cluster.run(
      "trigger",
      "nats",
      "create",
      "shown",
      "--trigger-topic",
      "news",
      "--function-selector",
      "function=f",
    );
    const { stdout } = await cluster.run("trigger", "nats", "ls", "shown");
    expect(stdout).toMatch(
      /^NAME +NAMESPACE +TOPIC +FUNCTION SELECTOR +STATUS\nshown +cli-\S+ +news +function=f +NOT READY: no controller/,
    );
    expect((await cluster.run("trigger", "nats", "describe", "shown")).stdout).toMatch(
      /^Function selector: +function=f$/m,
    );
    expect((await cluster.run("trigger", "nats", "delete", "shown")).code).toBe(0);
    expect((await cluster.run("trigger", "nats", "describe", "shown")).stderr).toContain(
      "no NATSTrigger shown",
    );
  });

  test("describe shows where a function answers, and how its last run ended", async () => {
    const say = (kind: TriggerKind, name: string, status: object) =>
      cluster.client.patch(triggerKinds[kind], { namespace: cluster.namespace, name }, { status } as never, {
        subresource: "status",
      });
    const host = ["--hostname", "told.example.com"];
    await cluster.run("trigger", "http", "create", "told", "--function-name", "f", ...host);
    await say("http", "told", { url: "http://told.example.com/", addresses: ["10.0.0.1"] });
    expect((await cluster.run("trigger", "http", "list", "told")).stdout).toMatch(
      /^NAME +NAMESPACE +FUNCTION NAME +URL +STATUS\ntold +cli-\S+ +f +http:\/\/told\.example\.com\/ +NOT READY/,
    );
    const { stdout } = await cluster.run("trigger", "http", "describe", "told");
    expect(stdout).toMatch(/^URL: +http:\/\/told\.example\.com\/$/m);
    expect(stdout).toMatch(/^Addresses: +10\.0\.0\.1$/m);

    await cluster.run("trigger", "cronjob", "create", "told", "--function", "f", "--schedule", "@hourly");
    expect((await cluster.run("trigger", "cronjob", "list", "told")).stdout).toMatch(
      /^NAME +NAMESPACE +SCHEDULE +FUNCTION NAME +STATUS\ntold +cli-\S+ +@hourly +f +NOT READY/,
    );
    const [startTime, message] = ["2026-01-01T03:00:00Z", "it answered 500"];
    await say("cronjob", "told", {
      nextScheduleTime: "2026-01-01T04:00:00Z",
      lastRun: { job: "trigger-told-1", result: "Failed", startTime, durationSeconds: 2, message },
    });
    const cron = (await cluster.run("trigger", "cronjob", "describe", "told")).stdout;
    expect(cron).toMatch(/^Last run: +2026-01-01T03:00:00Z, Failed in 2 s: it answered 500$/m);
    expect(cron).toMatch(/^Next run: +2026-01-01T04:00:00Z$/m);
    expect(cron).toMatch(/^Payload: +null$/m);
  });

  test("dry runs print the whole object, of an update too", async () => {
    await cluster.run(
      "trigger",
      "http",
      "create",
      "dry",
      "--function-name",
      "f",
      "--hostname",
      "d.example.com",
    );
    const { stdout } = await cluster.run("trigger", "http", "update", "dry", "--path", "x", "--dryrun");
    expect(stdout).toMatch(/^apiVersion: kubeless\.io\/v1beta1\nkind: HTTPTrigger\n/m);
    expect(stdout).toMatch(/^ {2}path: x$/m);
    expect(await specOf("http", "dry")).not.toHaveProperty("path");
  });

  describe.each<[TriggerKind, string[], string[], object]>([
    [
      "http",
      ["--function-name", "f", "--hostname", "o.example.com"],
      ["--path", "x"],
      { kind: "HTTPTrigger", spec: { path: "x" } },
    ],
    [
      "cronjob",
      ["--function", "f", "--schedule", "@hourly"],
      ["-p", "[1]"],
      { kind: "CronJobTrigger", spec: { payload: [1] } },
    ],
  ])("%s create and update", (kind, made, changed, object) => {
    const find = (name: string) =>
      cluster.client.find(triggerKinds[kind], { namespace: cluster.namespace, name });
    const read = (format: string, stdout: string) => (format === "json" ? JSON.parse(stdout) : load(stdout));

    test.each([
      ["client", "json"],
      ["client", "yaml"],
      ["client", "wide"],
      ["server", "json"],
      ["server", "yaml"],
      ["server", "wide"],
    ])("with --dry-run=%s -o %s print the object and write nothing", async (dryRun, format) => {
      const flags = ["--dry-run", dryRun, "-o", format];
      const create = await cluster.run("trigger", kind, "create", "never", ...made, ...changed, ...flags);
      expect(create.code).toBe(0);
      expect(read(format, create.stdout)).toMatchObject({ apiVersion: "kubeless.io/v1beta1", ...object });
      expect(await find("never")).toBeUndefined();
      await cluster.run("trigger", kind, "create", "kept", ...made);
      const before = await get(kind, "kept");
      const update = await cluster.run("trigger", kind, "update", "kept", ...changed, ...flags);
      expect(update.code).toBe(0);
      expect(read(format, update.stdout)).toMatchObject({ apiVersion: "kubeless.io/v1beta1", ...object });
      expect(read(format, update.stdout)).not.toHaveProperty("metadata.managedFields");
      expect(await get(kind, "kept")).toEqual(before);
    });

    test.each(["json", "yaml", "name", "wide"])("with -o %s write it and print it", async (format) => {
      const name = `out-${format}`;
      const line = { name: `${triggerKinds[kind].kind.toLowerCase()}.kubeless.io/${name}\n`, wide: "" };
      for (const argv of [
        ["create", name, ...made],
        ["update", name, ...changed],
      ]) {
        const { code, stdout } = await cluster.run("trigger", kind, ...argv, "-o", format);
        expect(code).toBe(0);
        if (format === "name" || format === "wide") expect(stdout).toBe(line[format]);
        else expect(read(format, stdout)).toMatchObject({ metadata: { name } });
      }
      expect(await get(kind, name)).toMatchObject(object);
    });

    test("an update that would be refused is refused in a dry run, too", async () => {
      await cluster.run("trigger", kind, "create", "refused", ...made);
      const bad = kind === "http" ? ["--hostname", "http://a/"] : ["--time-zone", "Local"];
      for (const flags of [[], ["--dry-run=server"], ["--dry-run=client"]]) {
        const update = await cluster.run("trigger", kind, "update", "refused", ...bad, ...flags);
        expect(update).toMatchObject({ code: 1, stdout: "" });
      }
    });
  });

  describe("autoscale", () => {
    beforeAll(async () => {
      writeFileSync(join(folder, "a.js"), "exports.b = 1");
      await cluster.run("function", "deploy", "scaled", "-f", "a.js");
    });

    test("create writes the autoscaler into the function, delete takes it out", async () => {
      const { code } = await cluster.run(
        "autoscale",
        "create",
        "scaled",
        "--min",
        "2",
        "--max",
        "5",
        "--value",
        "70",
      );
      expect(code).toBe(0);
      const { stdout } = await cluster.run("function", "describe", "scaled");
      expect(stdout).toMatch(/^Autoscaler: +2 to 5, cpu 70%$/m);
      expect((await cluster.run("autoscale", "delete", "scaled")).code).toBe(0);
      const again = await cluster.run("autoscale", "delete", "scaled");
      expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("scaled has no autoscaler.") });
    });

    test.each([
      [["--value", "x"], "--value of cpu is a percentage"],
      [["--value", "70", "--min", "3", "--max", "2"], "--max is at least --min (3), not 2"],
      [["--value", "70", "--min", "0"], "--min is a whole number, 1 or more"],
      [["--value", "many", "--metric", "qps"], "--value of qps is a quantity"],
      [["--value", "70", "--metric", "gpu"], "--metric is one of cpu, memory, qps"],
    ])("create refuses %j", async (argv, stderr) => {
      const outcome = await cluster.run("autoscale", "create", "scaled", ...argv);
      expect(outcome).toMatchObject({ code: 1, stderr: expect.stringContaining(stderr) });
    });

    test("list shows the autoscalers of functions", async () => {
      await cluster.client.create(
        {
          apiVersion: "autoscaling/v2",
          kind: "HorizontalPodAutoscaler",
          plural: "horizontalpodautoscalers",
          namespaced: true,
        },
        {
          metadata: { name: "scaled", namespace: cluster.namespace, labels: { "created-by": "kubeless" } },
          spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "scaled" },
            maxReplicas: 3,
            metrics: [
              {
                type: "Resource",
                resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } },
              },
            ],
          },
        } as never,
      );
      const { stdout } = await cluster.run("autoscale", "ls");
      expect(stdout).toMatch(
        /^NAME +NAMESPACE +TARGET +MIN +MAX +METRIC +VALUE\nscaled +cli-\S+ +scaled +1 +3 +cpu +50%\n/,
      );
      expect((await cluster.run("autoscale", "ls", "-o", "wide")).stdout).toBe(stdout);
      expect((await cluster.run("autoscale", "ls", "-o", "name")).stdout).toBe(
        "horizontalpodautoscaler.autoscaling/scaled\n",
      );
    });
  });
});

test.each([
  ["a=b", "a=b"],
  ["a==b, c:d", "a=b,c=d"],
  ["a!=b", "a notin (b)"],
  ["a in (x, y),b notin (z)", "a in (x,y),b notin (z)"],
  ["a,!b,example.com/c=d", "example.com/c=d,a,!b"],
])("the selector %s is %s", (text, spelled) => {
  expect(formatSelector(parseSelector(text))).toBe(spelled);
});

test.each(["a in x", "a b", "=x", "a in (x", "a=b=c d", "a=b,a=c"])("the selector %s is refused", (text) => {
  expect(() => parseSelector(text)).toThrow("--function-selector");
});
