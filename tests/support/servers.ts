import { type ChildProcess, spawn, type SpawnOptions, spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { ROOT } from "./project.ts";

/**
 * Path of a tool that a test needs beside the engine, got where it is missing.
 * @throws with the reason where it cannot be had: a test that needs it fails then, it is never left out
 */
export function tool(
  name: "moto" | "postgresql" | "coredns" | "dnsperf" | "dig" | "publishing" | "shellcheck",
): string {
  const { status, stdout, stderr } = spawnSync(join(ROOT, "scripts/tools.sh"), [name], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr.trim());
  return stdout.trim();
}

/** A server that a test started, and how it is ended. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #said: string[] = [];
  readonly #end = (): void => void this.#child.kill("SIGKILL");

  constructor(command: string, args: readonly string[], options: SpawnOptions = {}) {
    this.#child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding("utf8").on("data", (text: string) => this.#said.push(text));
    }
    // a test process that ends early leaves no server behind
    process.once("exit", this.#end);
  }

  /** Waits until the server has said this. @throws with all it said when it ends first, or says nothing for 20 s */
  async told(pattern: RegExp): Promise<RegExpExecArray> {
    for (let waited = 0; waited < 20_000; waited += 20) {
      const match = pattern.exec(this.#said.join(""));
      if (match !== null) return match;
      if (this.#child.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`the server did not start: ${this.#said.join("")}`);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    process.removeListener("exit", this.#end);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill(signal);
    await ended;
  }
}

/** A port of loopback that is free now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
