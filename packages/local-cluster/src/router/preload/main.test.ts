import { expect, test } from "vitest";
import { startTestNode } from "../../node/node-fixture.ts";

async function runProgram(source: string): Promise<string> {
  const node = await startTestNode();
  node.run("main", {
    restartPolicy: "Never",
    containers: [{ name: "main", image: "node", args: ["-e", source] }],
  });
  await node.until("main", ({ status }) => status?.phase === "Succeeded" || status?.phase === "Failed");
  return node.log("main");
}

const get = "const get = async (url) => (await fetch(url)).text();";

test.each([
  ["listen(port)", "server.listen(9090, done)"],
  ["listen(port, host)", 'server.listen(9090, "0.0.0.0", done)'],
  ["listen(port, host, backlog)", 'server.listen(9090, "::", 10, done)'],
  ["listen(text)", 'server.listen("9090", done)'],
  ["listen(options)", 'server.listen({ port: 9090, host: "::" }, done)'],
  ["the listening event", 'server.listen(9090); server.once("listening", done)'],
])("a server started by %s is reached on its own port, and on loopback only", async (_name, listen) => {
  const source = `${get}
    const server = require("node:http").createServer((_, answer) => answer.end("served"));
    const done = async () => {
      console.log(server.address().address, await get("http://localhost:9090"), await get("http://127.0.0.1:9090"));
      server.close();
      server.closeAllConnections();
    };
    ${listen};`;
  expect(await runProgram(source)).toBe("127.0.0.1 served served\n");
});

test("workers of one cluster share the port", async () => {
  const worker = `require("node:http").createServer((_, answer) => answer.end("shared")).listen(9090, () => process.send("up"))`;
  const source = `${get}
    const cluster = require("node:cluster");
    const exec = require("node:path").join(process.env.TMPDIR, "worker.cjs");
    require("node:fs").writeFileSync(exec, ${JSON.stringify(worker)});
    cluster.setupPrimary({ exec, execArgv: [] });
    let left = 2;
    cluster.on("message", async () => {
      if (--left > 0) return;
      console.log(await get("http://localhost:9090"));
      process.exit(0);
    });
    cluster.fork();
    cluster.fork();`;
  expect(await runProgram(source)).toBe("shared\n");
});

test("pipes, unix sockets, other hosts and callbacks work as ever", async () => {
  const source = `
    const net = require("node:net"), path = require("node:path"), os = require("node:os"), dns = require("node:dns"), util = require("node:util");
    const file = path.join(process.env.TMPDIR, "s");
    const server = net.createServer((socket) => socket.end("by socket")).listen(file, () => {
      net.connect(file).on("data", (data) => { console.log(String(data)); server.close(); next(); });
    });
    async function next() {
      const closed = net.createServer().listen(0, "127.0.0.1", function () {
        const { port } = this.address();
        this.close(() => net.connect(port, "127.0.0.1").on("error", (error) => console.log(error.code)));
      });
      console.log(typeof (await util.promisify(dns.lookup)("127.0.0.1")).address);
      require("node:fs").readFile("/nosuch", (error) => console.log(error.code));
    }`;
  const lines = (await runProgram(source)).trimEnd().split("\n");
  expect(lines[0]).toBe("by socket");
  expect(lines.slice(1).sort()).toEqual(["ECONNREFUSED", "ENOENT", "string"]);
});
