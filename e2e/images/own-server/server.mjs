import { createServer } from "node:http";

const port = Number(process.env.FUNC_PORT ?? 8080);
const server = createServer((request, response) => {
  response.end(
    request.url === "/healthz" ? "OK" : `hello from my own image ${process.env.GREETING ?? ""}`.trim(),
  );
});
server.listen(port);
process.on("SIGTERM", () => server.close());
