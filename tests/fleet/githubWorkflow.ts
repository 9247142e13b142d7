import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { run, type Ran } from "../support/project.ts";
import { evaluate, interpolate, type Contexts } from "./githubExpressions.ts";

/** One step of a job or of a composite action. */
export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string | boolean;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly environment?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly permissions?: unknown;
  readonly on: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly concurrency?: { readonly "cancel-in-progress"?: boolean };
  readonly jobs: Readonly<Record<string, Job>>;
}

export const readWorkflow = (root: string, file: string): Workflow =>
  parse(readFileSync(join(root, ".github/workflows", file), "utf8")) as Workflow;

/** How one step went. */
export interface StepRun extends Ran {
  readonly name: string;
  readonly outcome: "success" | "failure" | "skipped";
}

/** How one job went. */
export interface JobRun {
  readonly conclusion: "success" | "failure" | "skipped";
  readonly steps: readonly StepRun[];
  readonly summary: string;
  /** Workflow commands that GitHub would have taken from the log. */
  readonly commands: readonly string[];
}

/** Where jobs run, and what GitHub gives them. */
export interface Runner {
  /** The checkout. */
  readonly root: string;
  /** Folder that stands for the artefact store. */
  readonly artefacts: string;
  readonly contexts: Contexts;
  /** Variables GitHub itself sets, and what stands in for the machine. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs one job's `run:` steps in order as GitHub would: conditions, environment, output files and shell as documented.
 * Of the actions used, checkout is taken for done, artefacts are copied, and a login fails the job.
 */
export async function runJob(runner: Runner, workflow: Workflow, job: Job): Promise<JobRun> {
  const steps: Record<string, { outcome: string; outputs: Record<string, string> }> = {};
  const temp = mkdtempSync(join(tmpdir(), "causeway-runner-"));
  const contexts = { ...runner.contexts, steps, runner: { temp } };
  const state = { failed: false, cancelled: false };
  if (job.if !== undefined && !evaluate(job.if, contexts, state)) {
    return { conclusion: "skipped", steps: [], summary: "", commands: [] };
  }
  const files = Object.fromEntries(["OUTPUT", "STEP_SUMMARY", "ENV", "PATH"].map((kind) => [kind, join(temp, kind)]));
  for (const file of Object.values(files)) writeFileSync(file, "");
  const shared = { ...runner.env, ...valued(workflow.env, contexts), ...valued(job.env, contexts) };
  for (const [kind, file] of Object.entries(files)) shared[`GITHUB_${kind}`] = file;
  const done: StepRun[] = [];
  for (const step of job.steps.flatMap((one) => unfolded(runner.root, one))) {
    const condition = step.if === undefined ? "success()" : String(step.if);
    writeFileSync(files["OUTPUT"]!, "");
    const name = step.name ?? step.uses ?? "";
    const result: StepRun = evaluate(condition, contexts, state)
      ? await runStep({ ...runner, contexts, env: { ...shared, ...valued(step.env, contexts) } }, step, temp)
      : { name, outcome: "skipped", code: 0, stdout: "", stderr: "" };
    done.push(result);
    if (result.outcome === "failure") state.failed = true;
    if (step.id !== undefined) steps[step.id] = { outcome: result.outcome, outputs: outputsIn(files["OUTPUT"]!) };
  }
  const summary = readFileSync(files["STEP_SUMMARY"]!, "utf8");
  const commands = done.flatMap(({ stdout, stderr }) => commandsIn(`${stderr}\n${stdout}`));
  return { conclusion: state.failed ? "failure" : "success", steps: done, summary, commands };
}

const valued = (env: Readonly<Record<string, string>> | undefined, contexts: Contexts): Record<string, string> =>
  Object.fromEntries(Object.entries(env ?? {}).map(([name, value]) => [name, interpolate(value, contexts)]));

/** A composite action of this repository as its steps. */
function unfolded(root: string, step: Step): readonly Step[] {
  if (step.uses?.startsWith("./") !== true) return [step];
  const action = parse(readFileSync(join(root, step.uses, "action.yml"), "utf8")) as { runs: { steps: Step[] } };
  return action.runs.steps;
}

async function runStep(runner: Runner, step: Step, temp: string): Promise<StepRun> {
  const name = step.name ?? step.uses ?? "";
  if (step.run === undefined) return { name, ...useAction(runner, step), code: 0, stdout: "", stderr: "" };
  if (step.run.includes("${{")) throw new Error(`${name}: an expression is interpolated into the script`);
  const script = join(temp, "script.sh");
  writeFileSync(script, step.run);
  const bash = ["--noprofile", "--norc", "-eo", "pipefail", script];
  const ran = await run("bash", bash, runner.root, runner.env);
  return { name, outcome: ran.code === 0 ? "success" : "failure", ...ran };
}

function useAction(
  { root, artefacts, contexts }: Runner,
  { uses = "", with: inputs = {} }: Step,
): Pick<StepRun, "outcome"> {
  const [action] = uses.split("@");
  const store = join(artefacts, String(inputs["name"]));
  const path = interpolate(String(inputs["path"]), contexts);
  if (action === "actions/checkout" || action === "actions/setup-node") return { outcome: "success" };
  if (action === "actions/upload-artifact") {
    if (!existsSync(join(root, path))) return { outcome: "failure" };
    cpSync(join(root, path), store, { recursive: true });
    return { outcome: "success" };
  }
  if (action === "actions/download-artifact") {
    mkdirSync(path, { recursive: true });
    cpSync(store, path, { recursive: true });
    return { outcome: "success" };
  }
  throw new Error(`${uses} cannot be run here`);
}

const outputsIn = (file: string): Record<string, string> =>
  Object.fromEntries(
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );

/** Lines GitHub takes for workflow commands: `::name …::` at a line's begin, `##[name …]` anywhere, unless stopped. */
function commandsIn(log: string): readonly string[] {
  const taken: string[] = [];
  let resume: string | undefined;
  for (const line of log.split(/\r?\n|\r/)) {
    if (resume !== undefined) {
      if (line.trim() === `::${resume}::`) resume = undefined;
      continue;
    }
    resume = /^\s*::stop-commands::(\w+)$/.exec(line)?.[1];
    if (resume === undefined && (/^\s*::[\w-]+.*::/.test(line) || line.includes("##["))) taken.push(line.trim());
  }
  return taken;
}
