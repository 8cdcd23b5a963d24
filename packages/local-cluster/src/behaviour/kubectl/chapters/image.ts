/** An image that both clusters can run: real ones have it pulled, local ones run it as Node itself. */
export const image = "node:24-bookworm-slim";
