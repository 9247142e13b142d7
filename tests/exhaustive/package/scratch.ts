import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { chmod, mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export const ROOT = join(import.meta.dirname, "../../..");

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(file: string, args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") resolve({ code: 1, stdout, stderr: error.message });
      else resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** @throws Error with both outputs unless the command ends with 0 */
async function must(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, cwd);
  if (code !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

interface Manifest {
  readonly bin: { readonly causeway: string };
  readonly dependencies: Readonly<Record<string, string>>;
}

/** A project with the packed tarball in its `node_modules`, and where the package is in it. */
export interface Scratch {
  readonly folder: string;
  readonly installed: string;
  /** Paths in the tarball, sorted. */
  readonly files: readonly string[];
}

/**
 * Packs the repository and unpacks the tarball where npm would. Declared dependencies are links to the repository's own,
 * since copying the two provider SDKs takes npm ten seconds: what is not declared still cannot be imported, because
 * nothing but the links is found from here.
 */
export async function packInto(folder: string): Promise<Scratch> {
  const installed = join(folder, "node_modules", "causeway");
  await mkdir(installed, { recursive: true });
  const packed = await must("npm", ["pack", "--json", "--silent", "--pack-destination", folder], ROOT);
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  await must("tar", ["-xzf", join(folder, filename), "-C", installed, "--strip-components", "1"], folder);
  const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8")) as Manifest;
  for (const name of Object.keys(manifest.dependencies)) {
    const link = join(folder, "node_modules", name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(ROOT, "node_modules", name), link);
  }
  const command = join(folder, "node_modules", ".bin", "causeway");
  await mkdir(dirname(command));
  await symlink(join(installed, manifest.bin.causeway), command);
  await chmod(command, 0o755); // as npm does
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  return { folder, installed, files: files.map(({ path }) => path).sort() };
}

/** First version that loads every module of ours without a flag. Source: Node 22.12 release notes, `require(esm)`. */
const OLDEST = "22.12.0";

/** A Node 22 from npm, kept between runs, or why none can be had. */
export async function oldestNode(): Promise<{ readonly path: string } | { readonly reason: string }> {
  const platform = process.platform === "win32" ? "win" : process.platform;
  const prefix = platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node";
  const name = [prefix, platform, process.arch].join("-");
  const home = join(ROOT, "node_modules", ".cache", "causeway", `node-${OLDEST}`);
  const path = join(home, "node_modules", name, "bin", "node");
  if (await stat(path).catch(() => undefined)) return { path };
  await rm(home, { recursive: true, force: true });
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "package.json"), "{}");
  const options = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
  const { code, stderr } = await run("npm", ["install", ...options, `${name}@${OLDEST}`], home);
  return code === 0 ? { path } : { reason: `npm has no ${name}@${OLDEST} for this machine: ${stderr.trim()}` };
}

/** Type-checks a folder's `.ts` files with the repository's TypeScript. */
export function typeCheck(folder: string): Promise<Ended> {
  const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
  return run(process.execPath, [tsc, "--project", folder], folder);
}
