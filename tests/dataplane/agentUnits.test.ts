// That systemd reads the agent's units; a stand-in for it runs them in the other tests.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { renderAgent } from "../../plan/agent.ts";

function verify(change: (text: string) => string): string {
  const folder = mkdtempSync(join(tmpdir(), "causeway-units-"));
  try {
    const units = renderAgent().filter(({ path }) => path.startsWith("/etc/systemd/system/"));
    const paths = units.map(({ path, text }) => {
      const file = join(folder, basename(path));
      writeFileSync(file, change(text));
      return file;
    });
    const { error, stderr } = spawnSync("systemd-analyze", ["verify", ...paths], { encoding: "utf8" });
    if (error !== undefined) throw error;
    return stderr.replaceAll(`${folder}/`, "");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

it("systemd takes the agent's units without a word", () => {
  expect(verify((text) => text)).toBe("");
});

it("fails on a key systemd does not know", () => {
  expect(verify((text) => text.replace("TimeoutStartSec=", "TimeoutBeginSec="))).toBe(
    "causeway-agent.service:9: Unknown key 'TimeoutBeginSec' in section [Service], ignoring.\n",
  );
});
