import type { FunctionEvent } from "@kubeless/runtime-node";
import { marked } from "marked";

interface Page {
  title: string;
  body: string;
}

/** Turns a title and a text in Markdown into a page of HTML. */
export async function page(event: FunctionEvent): Promise<string> {
  const { title, body } = event.data as Page;
  return `<h1>${title}</h1>\n${await marked.parse(body)}`;
}
