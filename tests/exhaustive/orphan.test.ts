// A command that is killed while its program runs, on the real engine: nothing of it stays behind. What it leaves in the
// state is `killedAnywhere.test.ts`.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, inject, test } from "vitest";
import { ROOT, ScratchProject } from "../support/project.ts";

/** Command lines of the processes that work in a folder. */
const processesOf = (folder: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return line.includes(folder) ? [line] : [];
      } catch {
        return []; // ended since it was listed
      }
    });

async function until(met: () => boolean, seconds: number): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(50)) if (met()) return true;
  return false;
}

describe.skipIf(inject("engine") === null)("a command that is killed", () => {
  const project = new ScratchProject();
  afterAll(() => project.remove());

  test("leaves no program running", async () => {
    const command = [join(ROOT, "bin/causeway.js"), "sandbox", "up", "dev"];
    const child = spawn(process.execPath, command, { cwd: project.root, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (data: Buffer) => (said += data.toString()));
    const programs = (): string[] => processesOf(project.root).filter((line) => line.includes("cmd/run"));
    expect(await until(() => said.includes("created") && programs().length > 0, 60)).toBe(true);
    child.kill("SIGKILL");
    await until(() => programs().length === 0, 10);
    expect(programs()).toEqual([]);
  });
});
