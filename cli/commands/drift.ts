import { EngineError, runOperation, type Step } from "../../engine/driver.ts";
import { recordedIn } from "../../engine/recovery.ts";
import { exportState } from "../../engine/stackState.ts";
import type { Customer } from "../../plan/customer.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { driftMeaning } from "../driftMeaning.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";
import { withAdvice } from "../interruption.ts";
import { describeObject, unrecorded, type CloudObject } from "../listing.ts";
import type { Clouds, VerbOptions } from "../main.ts";
import { Progress } from "../progress.ts";
import { removalCommand } from "../removal.ts";
import type { Selected } from "../selection.ts";
import { isShown } from "../steps.ts";
import { openTarget, type Target } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { exitCodeOf } from "./operate.ts";

/** One difference between the clouds and what was deployed. */
interface Finding {
  readonly kind: "gone" | "changed";
  readonly type: string;
  readonly name: string;
  /** Paths of the arguments that differ; never values. */
  readonly paths: readonly string[];
  readonly meaning: string;
}

/** What came of one stack. */
interface Drift {
  readonly stack: string;
  readonly code: ExitCode;
  readonly findings?: readonly Finding[];
  /** Objects somebody hung on the stack's own. */
  readonly foreign?: readonly CloudObject[];
  readonly error?: string;
}

/**
 * Reads the clouds back, changes nothing, and says what differs from what was deployed and what that means for the
 * customer. Ends with 5 where anything differs.
 */
export async function drift(
  terminal: Terminal,
  root: string,
  clouds: Clouds,
  selected: readonly Selected[],
  _options: VerbOptions,
): Promise<ExitCode> {
  const customers = selected.map((each) => ({ each, customer: loadCustomer(each.file, { lenient: true }).customer }));
  const target = await openTarget(terminal, root, clouds);
  try {
    const outcomes: Drift[] = [];
    for (const { each, customer } of customers) outcomes.push(await driftOf(terminal, target, each, customer));
    terminal.data(outcomes);
    const failed = outcomes.find(({ error }) => error !== undefined);
    if (failed !== undefined) return outcomes.length === 1 ? failed.code : EXIT.someFailed;
    return outcomes.some(({ code }) => code === EXIT.drift) ? EXIT.drift : EXIT.done;
  } finally {
    await target.close();
  }
}

async function driftOf(terminal: Terminal, target: Target, selected: Selected, customer: Customer): Promise<Drift> {
  const stack = customer.name;
  try {
    const findings = (await differences(terminal, target, selected, customer))
      .filter(({ type }) => isShown(type))
      .map(findingOf);
    const foreign = await foreignObjects(target, selected, customer);
    if (findings.length > 0) terminal.result(describe(target, customer, findings));
    if (foreign.length > 0) terminal.result(describeForeign(customer, foreign));
    const drifted = findings.length + foreign.length > 0;
    if (!drifted) terminal.result(`${stack}: as deployed`);
    return { stack, code: drifted ? EXIT.drift : EXIT.done, findings, foreign };
  } catch (error) {
    if (!(error instanceof EngineError) && !(error instanceof Exit)) throw error;
    terminal.say(terminal.colors.red(error.message));
    return { stack, code: exitCodeOf(error), error: error.message };
  }
}

async function differences(
  terminal: Terminal,
  target: Target,
  selected: Selected,
  customer: Customer,
): Promise<readonly Step[]> {
  const settings = await target.stackOf(selected, customer);
  const progress = new Progress(terminal, "preview", customer.name);
  try {
    const { engine } = target;
    await runOperation("refresh", settings, {
      engine,
      onEvent: progress.event,
      previewOnly: true,
      expectNoChanges: true,
    });
    return [];
  } catch (error) {
    if (error instanceof EngineError && error.code === "changes") return error.steps;
    throw await withAdvice(error, target, settings, customer);
  } finally {
    progress.end();
  }
}

function findingOf({ op, type, urn, diffs, detailedDiff }: Step): Finding {
  const kind = op === "delete" ? "gone" : "changed";
  const paths = Object.keys(detailedDiff ?? {});
  return {
    kind,
    type,
    name: urn.slice(urn.lastIndexOf("::") + 2),
    paths: paths.length > 0 ? paths : (diffs ?? []),
    meaning: driftMeaning(type, kind),
  };
}

async function foreignObjects(target: Target, selected: Selected, customer: Customer): Promise<readonly CloudObject[]> {
  if (target.listing === undefined) return [];
  const state = await exportState(await target.stackOf(selected, customer), target.engine);
  return unrecorded(customer, await target.listing.list(customer), state === undefined ? [] : recordedIn(state))
    .foreign;
}

function describe({ clouds }: Target, { name }: Customer, findings: readonly Finding[]): string {
  const count = findings.length === 1 ? "1 resource differs" : `${findings.length} resources differ`;
  const lines = findings.flatMap(({ kind, type, name: resource, paths, meaning }) => [
    `  ${type} ${resource}: ${kind === "gone" ? "gone" : `changed (${paths.join(", ")})`}`,
    `    ${meaning}`,
  ]);
  const up = `npx causeway ${clouds === "sandbox" ? "sandbox " : ""}up ${name}`;
  return [`${name}: ${count} from what was deployed:`, ...lines, `${up} puts them back`].join("\n");
}

function describeForeign({ name }: Customer, objects: readonly CloudObject[]): string {
  const count = objects.length === 1 ? "1 object hangs" : `${objects.length} objects hang`;
  const lines = objects.flatMap((object) => {
    const command = removalCommand(object);
    return [`  ${describeObject(object)}`, ...(command === undefined ? [] : [`    to delete it: ${command}`])];
  });
  const meaning = "they may open, route or block what was not planned; up leaves them alone";
  return [`${name}: ${count} on this stack's resources, made by somebody else:`, ...lines, meaning].join("\n");
}
