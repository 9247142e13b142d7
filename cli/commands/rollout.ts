import { execFileSync } from "node:child_process";
import { resolve, sep } from "node:path";
import { FleetError } from "../../fleet/error.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import {
  DEFAULT_SETTINGS,
  defaultWaves,
  EmbeddedRunner,
  fleetActivities,
  freeId,
  journalFolder,
  journalIds,
  loadRolloutFile,
  planRollout,
  RolloutError,
  rolloutDocument,
  statusOf,
  type RolloutFile,
  type RolloutPlan,
  type RolloutRunner,
  type RolloutSettings,
  type RolloutState,
  type RunControl,
} from "../../fleet/rollout/index.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import { commandFleet, exitCodeOf as fleetExitCode } from "../fleet.ts";
import { interruptible } from "../interrupts.ts";
import type { Clouds } from "../main.ts";
import { RolloutProgress } from "../rolloutProgress.ts";
import { describeEvent, describeRollout, heading, rolloutCommand } from "../rolloutText.ts";
import type { GoOnOptions, StartOptions } from "../rolloutVerbs.ts";
import type { Terminal } from "../terminal.ts";

/** What every verb of a roll-out is given. */
export interface Around {
  readonly terminal: Terminal;
  readonly root: string;
  readonly clouds: Clouds;
}

/** Plans a roll-out and begins with its first wave. */
export function start(around: Around, named: readonly string[], options: StartOptions): Promise<ExitCode> {
  return withRunner(around, async (runner, fleet, control) => {
    const plan = await planned(around, fleet, named, options);
    if (!(await agreed(around, plan, options))) {
      throw new Exit(EXIT.failed, `roll-out of ${plan.id}: not confirmed, nothing was changed`);
    }
    return runner.start(plan, who(), control);
  });
}

/** Goes on with a roll-out. */
export function resume(around: Around, id: string, options: GoOnOptions): Promise<ExitCode> {
  return withRunner(around, async (runner, _fleet, control) => {
    await refuseOtherClouds(runner, around, id);
    const accept = [
      ...(options.allowDifference === true ? (["difference"] as const) : []),
      ...(options.acceptHealth === true ? (["health"] as const) : []),
    ];
    return runner.resume(id, { by: who(), accept, ...control });
  });
}

/** Approves the wave that waits and, unless told otherwise, goes on. */
export function approve(around: Around, id: string, options: GoOnOptions): Promise<ExitCode> {
  return withRunner(around, async (runner, _fleet, control) => {
    await refuseOtherClouds(runner, around, id);
    const wave = options.wave === undefined ? undefined : count("--wave", options.wave, 1);
    const approved = await runner.approve(id, who(), wave);
    return options.recordOnly === true ? approved : runner.resume(id, { by: who(), ...control });
  });
}

/** Ends a roll-out. */
export function abort(around: Around, id: string, options: GoOnOptions): Promise<ExitCode> {
  return withRunner(around, async (runner) => {
    await refuseOtherClouds(runner, around, id);
    return runner.abort(id, who(), options.reason ?? "no reason given");
  });
}

/** Shows how far a roll-out is. */
export async function status({ terminal, root }: Around, id: string): Promise<ExitCode> {
  return explained(async () => {
    const state = await quietRunner(root).state(id);
    terminal.data(rolloutDocument(state));
    terminal.result(describeRollout(state));
    return EXIT.done;
  });
}

/** Shows every roll-out on these clouds. */
export async function list({ terminal, root, clouds }: Around): Promise<ExitCode> {
  return explained(async () => {
    const states = (await quietRunner(root).list()).filter(({ plan }) => plan.clouds === clouds);
    terminal.data(states.map(rolloutDocument));
    terminal.result(
      states.length === 0 ? "no roll-outs" : states.map((state) => heading(rolloutDocument(state))).join("\n"),
    );
    return EXIT.done;
  });
}

/** Journals are below the project, or below the working directory where the program is an installed package. */
const folder = (root: string): string => journalFolder(root.split(sep).includes("node_modules") ? process.cwd() : root);

/** A runner that runs nothing. */
const quietRunner = (root: string): RolloutRunner => {
  const nothing = (): never => {
    throw new TypeError("expected to look only");
  };
  return new EmbeddedRunner({
    folder: folder(root),
    activities: { previewWave: nothing, upStack: nothing, gate: nothing },
  });
};

/** Runs with a fleet that is closed in the end, an interrupt that stops it, and the state told as the result. */
function withRunner(
  { terminal, root, clouds }: Around,
  work: (runner: RolloutRunner, fleet: Fleet, control: RunControl) => Promise<RolloutState>,
): Promise<ExitCode> {
  return interruptible(terminal, async (stops) => {
    const fleet = await commandFleet(terminal, root, clouds);
    const runner = new EmbeddedRunner({ folder: folder(root), activities: fleetActivities({ root, fleet }) });
    const progress = new RolloutProgress(terminal);
    const control: RunControl = {
      ...stops,
      onRecord: (event) => {
        terminal.say(describeEvent(event));
        progress.record(event);
      },
    };
    try {
      return await explained(async () => {
        const state = await work(runner, fleet, control);
        terminal.settle();
        terminal.data(rolloutDocument(state));
        terminal.result(describeRollout(state));
        return stops.signal.aborted ? EXIT.interrupted : exitCodeOf(state);
      });
    } finally {
      await fleet.close();
    }
  });
}

/** The exit code that tells a script where a roll-out stands. */
function exitCodeOf(state: RolloutState): ExitCode {
  if (statusOf(state) === "halted") return EXIT.failed;
  const failed = state.waves.some(({ stacks }) => [...stacks.values()].some((stack) => stack.state === "failed"));
  return statusOf(state) === "completed" && failed ? EXIT.someFailed : EXIT.done;
}

/** What does not fit a roll-out's state is a person's matter, not a defect. */
async function explained(work: () => Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FleetError) throw new Exit(fleetExitCode(error.code), error.message, { cause: error });
    if (!(error instanceof RolloutError)) throw error;
    const code = { busy: EXIT.locked, damaged: EXIT.failed, unknown: EXIT.usage, refused: EXIT.usage }[error.code];
    throw new Exit(code, error.message, { cause: error });
  }
}

async function planned(
  { root, clouds }: Around,
  fleet: Fleet,
  named: readonly string[],
  options: StartOptions,
): Promise<RolloutPlan> {
  const file = options.file === undefined ? undefined : loadRolloutFile(options.file);
  const chosen = named.length > 0 || options.all === true || options.label.length > 0;
  const members = await fleet.select(
    chosen || file === undefined
      ? { customers: named, all: options.all === true, labels: options.label }
      : file.selection,
  );
  const texts = options.wave.length > 0 || file === undefined ? options.wave : [];
  const asked = (texts.length === 0 && (file?.waves.length ?? 0) === 0 ? defaultWaves(members.length) : texts).map(
    (text) => ({
      text,
      place: { file: `--wave ${text}`, path: "" },
    }),
  );
  const name = options.name ?? file?.name ?? new Date().toISOString().slice(0, 10);
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(name)) {
    throw new Exit(EXIT.usage, `--name: expected lower-case letters, digits and hyphens, got ${name}; choose another`);
  }
  return planRollout({
    ...{ root, clouds, members, settings: settings(clouds, file, options) },
    id: freeId(name, journalIds(folder(root))),
    waves: asked.length > 0 ? asked : (file?.waves ?? []),
  });
}

/** The command line over the file over the defaults. */
function settings(clouds: Clouds, file: RolloutFile | undefined, options: StartOptions): RolloutSettings {
  const { gate = {}, ...rest } = file?.settings ?? {};
  // Simulated clouds do not mend themselves while somebody waits.
  const patience = clouds === "sandbox" ? { tries: 1, waitSeconds: 0 } : DEFAULT_SETTINGS.gate;
  const number = (name: string, text: string | undefined, least: number): number | undefined =>
    text === undefined ? undefined : count(name, text, least);
  const maxFailures = number("--max-failures", options.maxFailures, 1);
  const concurrency = number("--concurrency", options.concurrency, 1);
  const tries = number("--gate-tries", options.gateTries, 1) ?? gate.tries ?? patience.tries;
  const waitSeconds = number("--gate-wait", options.gateWait, 0) ?? gate.waitSeconds ?? patience.waitSeconds;
  return {
    ...DEFAULT_SETTINGS,
    ...rest,
    gate: { tries, waitSeconds },
    policyPacks: options.policyPack.map((path) => resolve(path)),
    ...(maxFailures === undefined ? {} : { maxFailures }),
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(options.autoApprove === true ? { autoApprove: true } : {}),
  };
}

function count(name: string, text: string, least: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
  throw new Exit(EXIT.usage, `${name}: expected a whole number of at least ${least}, got ${text}`);
}

/** The first wave on real clouds begins when a person, or the command line on their behalf, says so. */
async function agreed({ terminal, clouds }: Around, plan: RolloutPlan, { yes }: StartOptions): Promise<boolean> {
  if (clouds === "sandbox" || yes === true) return true;
  if (!terminal.interactive) {
    throw new Exit(EXIT.usage, "rollout start: expected --yes where nobody can be asked; nothing was changed");
  }
  for (const [index, { asked, members }] of plan.waves.entries()) {
    terminal.say(`wave ${index + 1} (${asked}): ${members.map(({ stack }) => stack).join(", ")}`);
  }
  return /^y(es)?$/i.test(await terminal.ask("begin with wave 1? [y/N] "));
}

async function refuseOtherClouds(runner: RolloutRunner, { clouds }: Around, id: string): Promise<void> {
  const { plan } = await runner.state(id);
  if (plan.clouds === clouds) return;
  const where = plan.clouds === "sandbox" ? "simulated" : "real";
  throw new Exit(EXIT.usage, `roll-out ${id} is on ${where} clouds; run ${rolloutCommand(plan, "<verb>")}`);
}

/** Who approves, accepts or begins: in GitHub Actions who triggered it, else who git knows, else who is logged in. */
function who(): string {
  const { GITHUB_ACTOR: actor, USER: user, LOGNAME: logname } = process.env;
  if (actor !== undefined && actor !== "") return actor;
  try {
    const email = execFileSync("git", ["config", "user.email"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    if (email.trim() !== "") return email.trim();
  } catch {
    // no git, or git knows nobody
  }
  return user ?? logname ?? "unknown";
}
