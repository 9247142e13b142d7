import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** The repository. */
export const ROOT = resolve(import.meta.dirname, "../..");

/** What a command printed and how it ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A folder of its own with the repository's program and customer files, so that a test leaves nothing in the repository
 * and shares nothing with another.
 */
export class ScratchProject {
  readonly root: string;

  /** @param more customers beside the example and the development one */
  constructor(...more: readonly string[]) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "causeway-")));
    const project = readFileSync(join(ROOT, "Pulumi.yaml"), "utf8");
    writeFileSync(join(this.root, "Pulumi.yaml"), project.replace("main: index.ts", `main: ${join(ROOT, "index.ts")}`));
    cpSync(join(ROOT, "Pulumi.dev.yaml"), join(this.root, "Pulumi.dev.yaml"));
    mkdirSync(join(this.root, "stacks/customers"), { recursive: true });
    for (const name of new Set(["acme", "dev", ...more])) {
      cpSync(join(ROOT, `stacks/customers/${name}.yaml`), this.customerFile(name));
    }
  }

  /** Path of a customer's file. */
  customerFile(name: string): string {
    return join(this.root, "stacks/customers", `${name}.yaml`);
  }

  /** Changes a customer's file. Fails where the text to change is not in it. */
  edit(name: string, from: string, to: string): void {
    const text = readFileSync(this.customerFile(name), "utf8");
    if (!text.includes(from)) throw new Error(`${name}.yaml has no ${JSON.stringify(from)}`);
    writeFileSync(this.customerFile(name), text.replace(from, to));
  }

  /** Runs `causeway` here. */
  causeway(...args: string[]): Promise<Ran> {
    return run(process.execPath, [join(ROOT, "bin/causeway.js"), ...args], this.root);
  }

  /** Every file below, with its content. */
  files(below = "."): { readonly path: string; readonly content: Buffer }[] {
    const folder = join(this.root, below);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((path) => join(folder, path))
      .filter((path) => statSync(path).isFile())
      .map((path) => ({ path, content: readFileSync(path) }));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Runs a command to its end without a terminal. */
export function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): Promise<Ran> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (data: Buffer) => (stdout += data.toString()));
    child.stderr.on("data", (data: Buffer) => (stderr += data.toString()));
    child.on("error", failed);
    child.on("close", (code) => done({ code: code ?? -1, stdout, stderr }));
  });
}
