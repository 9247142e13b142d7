import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse, stringify } from "yaml";

/**
 * Writes the Pulumi files of a stack into its own working directory, so that nothing is written beside the program.
 * `Pulumi.yaml` is the program's own with an absolute `main`, and untouched where the stack works beside the program; `Pulumi.<stack>.yaml` keeps what the engine and people put
 * there and gets `config` on top.
 */
export async function writeStackFiles(
  programDir: string,
  workDir: string,
  stack: string,
  config: Readonly<Record<string, string>>,
): Promise<void> {
  await mkdir(workDir, { recursive: true });
  if (resolve(workDir) !== resolve(programDir)) {
    const project = parse(await readFile(join(programDir, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
    const main = typeof project["main"] === "string" ? project["main"] : "";
    await put(join(workDir, "Pulumi.yaml"), stringify({ ...project, main: resolve(programDir, main) }));
  }

  const path = join(workDir, `Pulumi.${stack}.yaml`);
  const text = await readFile(path, "utf8").catch(() => "");
  const settings = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const merged = { ...settings.config, ...config };
  if (Object.keys(merged).length > 0) await put(path, stringify({ ...settings, config: merged }));
}

/** Replaces a file as a whole, and only when it changes. */
async function put(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}
