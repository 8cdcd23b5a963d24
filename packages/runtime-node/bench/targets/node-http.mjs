import { createServer } from "node:http";

createServer((request, response) => {
  if (request.url === "/healthz") return response.end("OK");
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const isJson = request.headers["content-type"] === "application/json";
    const body = isJson ? JSON.stringify(JSON.parse(bytes)) : bytes;
    response.writeHead(200, {
      "content-type": request.headers["content-type"],
      "content-length": Buffer.byteLength(body),
    });
    response.end(body);
  });
}).listen(Number(process.env.PORT));
