import { EngineError, type Step } from "../engine/driver.ts";
import { recordedIn } from "../engine/recovery.ts";
import { exportState } from "../engine/stackState.ts";
import { driftMeaning } from "./driftMeaning.ts";
import { withAdvice, type OpenStack } from "./interruption.ts";
import { unrecorded, type CloudObject } from "./listing.ts";
import { ENGINE, type StackOptions } from "./operation.ts";
import { isCloudResource } from "./resources.ts";

/** One difference between the clouds and what was deployed. */
export interface Finding {
  readonly kind: "gone" | "changed";
  readonly type: string;
  readonly name: string;
  /** Paths of the arguments that differ; never values. */
  readonly paths: readonly string[];
  /** What it means for the customer. */
  readonly meaning: string;
}

/** What was changed by hand in one stack. */
export interface Drift {
  readonly findings: readonly Finding[];
  /** Objects somebody hung on the stack's own; none are known of real accounts, which are not listed yet. */
  readonly foreign: readonly CloudObject[];
}

/**
 * Reads the clouds back, changes nothing, and says what differs from what was deployed.
 * @throws EngineError
 */
export async function driftOf(stack: OpenStack, options: StackOptions = {}): Promise<Drift> {
  const findings = (await differences(stack, options)).filter(({ type }) => isCloudResource(type)).map(findingOf);
  return { findings, foreign: await foreignObjects(stack) };
}

async function differences(
  stack: OpenStack,
  { driver = ENGINE, signal, onEvent }: StackOptions,
): Promise<readonly Step[]> {
  try {
    await driver.runOperation("refresh", stack.settings, {
      engine: stack.target.engine,
      previewOnly: true,
      expectNoChanges: true,
      ...(signal === undefined ? {} : { signal }),
      ...(onEvent === undefined ? {} : { onEvent }),
    });
    return [];
  } catch (error) {
    if (error instanceof EngineError && error.code === "changes") return error.steps;
    throw await withAdvice(error, stack);
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

async function foreignObjects({ target, customer, settings }: OpenStack): Promise<readonly CloudObject[]> {
  if (target.listing === undefined) return [];
  const state = await exportState(settings, target.engine);
  const recorded = state === undefined ? [] : recordedIn(state);
  return unrecorded(customer, await target.listing.list(customer), recorded).foreign;
}
