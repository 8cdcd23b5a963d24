import { createServer } from "node:http";

const { FUNC_PORT = "8080", NAME = "nobody", SUFFIX = "" } = process.env;
const server = createServer((request, response) => {
  response.end(request.url === "/healthz" ? "OK" : `hello ${NAME}${SUFFIX}`);
});
server.listen(Number(FUNC_PORT));
process.on("SIGTERM", () => server.close());
