/**
 * Node's HTTP module, taken as it is and not imported: an ES import of it evaluates every export, among them one that loads
 * all of fetch, which costs more than the rest of the server's start.
 */
export const { createServer, IncomingMessage, ServerResponse } = process.getBuiltinModule("node:http");
