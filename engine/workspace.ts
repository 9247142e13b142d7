import { automation } from "@pulumi/pulumi";
import type { StackSettings } from "./driver.ts";
import type { Engine } from "./install.ts";
import { commandOf, runPulumi } from "./pulumiProcess.ts";
import { writeStackFiles } from "./stackFiles.ts";

/** The Automation API's view of a stack's working directory, with the engine that is to be used. */
export async function openWorkspace(
  settings: StackSettings,
  engine: Engine,
  env: Readonly<Record<string, string>>,
): Promise<automation.LocalWorkspace> {
  await writeStackFiles(settings);
  return automation.LocalWorkspace.create({
    workDir: settings.workDir,
    pulumiCommand: commandOf(engine, settings.kill),
    ...(settings.pulumiHome === undefined ? {} : { pulumiHome: settings.pulumiHome }),
    ...(settings.secretsProvider === undefined ? {} : { secretsProvider: settings.secretsProvider }),
    envVars: { ...environment(settings), ...env },
  });
}

/**
 * Runs one command of the engine's on a stack and returns what it printed. For what the Automation API does only with
 * secrets in clear: exporting a state, and importing it through a file others can read.
 * @throws CommandError of the Automation API
 */
export async function runOnStack(settings: StackSettings, engine: Engine, args: readonly string[]): Promise<string> {
  await writeStackFiles(settings);
  const env = {
    ...environment(settings),
    ...(settings.pulumiHome === undefined ? {} : { PULUMI_HOME: settings.pulumiHome }),
  };
  const { stdout } = await runPulumi(
    engine,
    settings.kill,
    [...args, "--stack", settings.stack],
    settings.workDir,
    env,
  );
  return stdout;
}

const environment = (settings: StackSettings): Record<string, string> => ({
  PULUMI_SKIP_UPDATE_CHECK: "true",
  ...settings.env,
  ...(settings.backendUrl === undefined ? {} : { PULUMI_BACKEND_URL: withoutSidecars(settings.backendUrl) }),
});

/**
 * Beside each file of a folder's the engine would write another one with its attributes, and not at once as the file
 * itself: cut off in between, the state cannot be read any more ("failed to load checkpoint: EOF"). Nobody reads them.
 * Source: gocloud.dev/blob/fileblob, `metadata`; it can be asked for with `metadata=`.
 */
function withoutSidecars(url: string): string {
  if (!url.startsWith("file://") || /[?&]metadata=/.test(url)) return url;
  return `${url}${url.includes("?") ? "&" : "?"}metadata=skip`;
}
