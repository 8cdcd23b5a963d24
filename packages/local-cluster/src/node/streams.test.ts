import { expect, test } from "vitest";
import { isReady, readAll, startTestNode } from "./node-fixture.ts";
import type { Container, Pod } from "./pod.ts";

const shell = (script: string, rest: object = {}): Container => ({
  name: "main",
  image: "busybox",
  command: ["sh", "-c", script],
  ...rest,
});
const ended = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

test("logs give the last lines, the first bytes, and times that can be asked from again", async () => {
  const node = await startTestNode();
  node.run("web", {
    restartPolicy: "Never",
    containers: [shell("echo one; echo two; echo three; printf four")],
  });
  await node.until("web", ended);
  const read = (options: object) => readAll(node.agent.logs("default", "web", options));

  expect(await read({})).toBe("one\ntwo\nthree\nfour");
  expect(await read({ tailLines: 0 })).toBe("");
  expect(await read({ tailLines: 1 })).toBe("four");
  expect(await read({ tailLines: 2 })).toBe("three\nfour");
  expect(await read({ limitBytes: 5 })).toHaveLength(5);
  const timed = (await read({ timestamps: true })).trimEnd().split("\n");
  expect(timed[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z \w+$/);
  const [lastTime = ""] = (timed.at(-1) ?? "").split(" ");
  expect(await read({ sinceTime: lastTime, timestamps: true })).toBe(timed.at(-1));
  expect(await read({ sinceSeconds: 3600 })).toBe(await read({}));
});

test("following ends with the container, and previous shows the run before", async () => {
  const node = await startTestNode({ restartBackOff: { initialMs: 1 } });
  const script =
    "echo run of $(cat /work/n 2>/dev/null || echo first); echo second > /work/n; [ -f /work/stop ] && sleep 100; touch /work/stop; exit 1";
  node.run("web", {
    volumes: [{ name: "work", emptyDir: {} }],
    containers: [shell(script, { volumeMounts: [{ name: "work", mountPath: "/work" }] })],
  });
  await node.until(
    "web",
    ({ status }) => status?.containerStatuses?.[0]?.restartCount === 1 && isReady({ status } as Pod),
  );

  expect(await node.firstOutput("web")).toBe("run of second\n");
  expect(await readAll(node.agent.logs("default", "web", { previous: true, follow: true }))).toBe(
    "run of first\n",
  );
});

test("logs are rotated and the newest files are kept", async () => {
  const node = await startTestNode({ logLimits: { maxBytes: 1_000, maxFiles: 3 } });
  const source = "for (let i = 0; i < 1000; i += 1) console.log('line ' + i)";
  node.run("web", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "node", args: ["-e", source] }],
  });
  await node.until("web", ended);
  const lines = (await node.log("web")).trimEnd().split("\n");

  expect(lines.at(-1)).toBe("line 999");
  expect(lines.length).toBeGreaterThan(30);
  expect(lines.length).toBeLessThan(100);
  expect(lines.map((line) => Number(line.slice(5)))).toEqual(
    lines.map((_, index) => 1000 - lines.length + index),
  );
});

test("a line of a megabyte without an end arrives whole", async () => {
  const node = await startTestNode();
  const source = "process.stdout.write('x'.repeat(1 << 20))";
  node.run("web", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "node", args: ["-e", source] }],
  });
  await node.until("web", ended);

  expect((await node.log("web")).length).toBe(1 << 20);
});

test("asking for logs that are not there says why", async () => {
  const node = await startTestNode();
  node.run("web", {
    containers: [
      { name: "a", image: "nosuch" },
      { name: "b", image: "nosuch" },
    ],
  });
  await node.until(
    "web",
    ({ status }) => status?.containerStatuses?.[1]?.state?.waiting?.message !== undefined,
  );
  const logs =
    (options: object, pod = "web") =>
    () =>
      node.agent.logs("default", pod, options);

  expect(logs({})).toThrow("a container name must be specified for pod web, choose one of: [a b]");
  expect(logs({ container: "c" })).toThrow("container c is not valid for pod web");
  expect(logs({ container: "a" })).toThrow(
    'container "a" in pod "web" is waiting to start: trying and failing to pull image',
  );
  expect(logs({ container: "a", previous: true })).toThrow(
    'previous terminated container "a" in pod "web" not found',
  );
  expect(logs({}, "none")).toThrow('pods "none" not found');
});

test("exec runs a command with the container's variables and files, and gives its exit code", async () => {
  const node = await startTestNode();
  node.run("web", { containers: [shell("sleep 100", { env: [{ name: "COLOUR", value: "blue" }] })] });
  await node.until("web", isReady);
  const session = node.agent.exec("default", "web", {
    command: ["sh", "-c", 'cat; echo "$COLOUR"; echo oops >&2; exit 7'],
    stdin: true,
    tty: false,
  });
  session.stdin?.end("from outside ");

  expect(await Promise.all([readAll(session.stdout), readAll(session.stderr), session.exit])).toEqual([
    "from outside blue\n",
    "oops\n",
    7,
  ]);
});

test("exec of a program the image does not have is refused with the ones it has", async () => {
  const node = await startTestNode();
  node.run("web", { containers: [shell("sleep 100")] });
  await node.until("web", isReady);
  const session = node.agent.exec("default", "web", { command: ["bash"], stdin: false, tty: false });

  await expect(session.exit).rejects.toThrow(
    'exec: "bash": executable file not found: this image can run: sh, echo, sleep, cat, node',
  );
});

test("attach joins a running container's streams", async () => {
  const node = await startTestNode();
  node.run("web", {
    restartPolicy: "Never",
    containers: [shell("read line; echo got $line", { stdin: true })],
  });
  await node.until("web", ({ status }) => status?.phase === "Running");
  const session = node.agent.attach("default", "web", { stdin: true, tty: false });
  session.stdin?.write("it\n");

  expect(await Promise.all([readAll(session.stdout), session.exit])).toEqual(["got it\n", 0]);
});
