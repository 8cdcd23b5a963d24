import fastify from "fastify";

const server = fastify();
server.addContentTypeParser("application/octet-stream", { parseAs: "buffer" }, (_request, body, done) =>
  done(null, body),
);
server.get("/healthz", () => "OK");
server.post("/", async (request) => request.body);
server.listen({ port: Number(process.env.PORT), host: "0.0.0.0" });
