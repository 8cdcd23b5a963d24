import { expect, it } from "vitest";
import { z } from "zod";
import { ConfigError, loadConfig } from "./load-config.ts";

const schema = z.object({
  PORT: z.coerce.number().int().min(1).default(8080),
  TOKEN: z.string().min(8).optional(),
  MODE: z.enum(["a", "b"]),
});

it("reads what is there, and defaults for what is absent or empty", () => {
  expect(loadConfig(schema, { MODE: "a", PORT: "", OTHER: "x" })).toEqual({ MODE: "a", PORT: 8080 });
});

it("reports every fault together, and never repeats a value that may be a secret", () => {
  const load = () => loadConfig(schema, { PORT: "none", TOKEN: "hunter2", MODE: "c" });
  expect(load).toThrow(ConfigError);
  expect(load).toThrow(/3 faults/);
  expect(load).toThrow(/PORT.*\n.*TOKEN.*\n.*MODE/);
  expect(load).not.toThrow(/hunter2/);
});
