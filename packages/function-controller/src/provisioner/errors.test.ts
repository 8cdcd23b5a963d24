import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROVISION_FAULTS, ProvisionError, toLastWords } from "./errors.ts";

describe("the provisioner's last words", () => {
  it("begin with the code, on one line, and end with what to do", () => {
    const error = new ProvisionError("DownloadFailed", "http://x\nanswered 404");
    expect(toLastWords(error)).toBe(
      "DownloadFailed: http://x answered 404. Check that pods can reach the URL in spec.function.",
    );
  });

  it("name the volume when there is no room left", () => {
    const error = Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
    expect(toLastWords(error)).toMatch(/^VolumeUnwritable: ENOSPC/);
  });

  it("of what nobody foresaw have the stack", () => {
    expect(toLastWords(new TypeError("oops"))).toMatch(/^ProvisionerFailed: TypeError: oops at /);
  });

  it("are documented", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8").replaceAll(/ +/g, " ");
    for (const [code, action] of Object.entries(PROVISION_FAULTS))
      expect(readme).toContain(`| \`${code}\` | ${action} |`);
  });
});
