import type { Handler } from "@kubeless/runtime-node";

interface Greeting {
  readonly name?: string;
}

export const greet: Handler<Greeting, string> = (event) => `Hello ${event.data.name ?? "you"}!`;
