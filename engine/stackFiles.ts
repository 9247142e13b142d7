import { mkdir, readFile, realpath, rename, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { parse, stringify } from "yaml";

/** Which stack, and where its files are. */
interface Place {
  readonly programDir: string;
  readonly workDir: string;
  readonly stack: string;
  readonly settingsFolder?: string;
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Writes the Pulumi files of a stack into its own working directory, so that nothing is written beside the program.
 * `Pulumi.yaml` is the program's own with absolute paths, and untouched where the stack works beside the program.
 * `Pulumi.<stack>.yaml` keeps what the engine and people put there and gets `config` on top; it is in `settingsFolder`,
 * which the engine is told by `stackConfigDir` and writes a new stack's encrypted key into.
 * Source: Pulumi, project file reference, `stackConfigDir`.
 */
export async function writeStackFiles({ programDir, workDir, stack, settingsFolder, config }: Place): Promise<void> {
  await mkdir(workDir, { recursive: true });
  const project = parse(await readFile(join(programDir, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
  const beside = resolve(workDir) === resolve(programDir);
  if (beside && settingsFolder !== undefined) throw new Error("a settings folder needs a working directory of its own");
  const folder = settingsFolder ?? folderOf(project, programDir) ?? workDir;
  await mkdir(folder, { recursive: true });
  if (!beside) {
    const main = typeof project["main"] === "string" ? project["main"] : "";
    const own = { ...project, main: resolve(programDir, main) };
    // the engine joins it to the folder of Pulumi.yaml, even where it is absolute
    const where =
      folder === workDir ? {} : { stackConfigDir: relative(await realpath(workDir), await realpath(folder)) };
    await put(join(workDir, "Pulumi.yaml"), stringify({ ...own, ...where }));
  }

  const path = join(folder, `Pulumi.${stack}.yaml`);
  const text = await readFile(path, "utf8").catch(() => "");
  const settings = (parse(text) ?? {}) as { config?: Record<string, unknown> };
  const merged = { ...settings.config, ...config };
  if (Object.keys(merged).length > 0) await put(path, stringify({ ...settings, config: merged }));
}

/** Folder of a stack's settings file. */
export async function settingsFolderOf({
  programDir,
  workDir,
  settingsFolder,
}: Omit<Place, "config" | "stack">): Promise<string> {
  if (settingsFolder !== undefined) return settingsFolder;
  const project = parse(await readFile(join(programDir, "Pulumi.yaml"), "utf8")) as Record<string, unknown>;
  return folderOf(project, programDir) ?? workDir;
}

const folderOf = ({ stackConfigDir: named }: Record<string, unknown>, programDir: string): string | undefined =>
  typeof named === "string" ? resolve(programDir, named) : undefined;

/** Replaces a file as a whole, and only when it changes. */
async function put(path: string, text: string): Promise<void> {
  if ((await readFile(path, "utf8").catch(() => undefined)) === text) return;
  const temporary = `${path}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, path);
}
