import { stripVTControlCharacters } from "node:util";
import type { automation } from "@pulumi/pulumi";
import { SECRET, SIGNATURE, UNKNOWN } from "./properties.ts";

/** What the engine or the program said. */
export interface Diagnostic {
  readonly severity: "info" | "warning" | "error";
  /** Without colours and stack frames of libraries. */
  readonly message: string;
  readonly urn?: string;
}

/** One change to one resource; resources that stay as they are have no step. */
export interface Step {
  readonly urn: string;
  readonly type: string;
  readonly op: automation.OpType;
  /** Top-level inputs that differ. */
  readonly diffs?: readonly string[];
  /** Inputs that force a replacement. */
  readonly replaceKeys?: readonly string[];
  /** Paths that differ, with how: `add`, `update`, `delete`, or the same with `-replace`. Never values. */
  readonly detailedDiff?: Readonly<Record<string, string>>;
}

/** A rule of a policy pack that a resource breaks. */
export interface Violation {
  readonly policy: string;
  readonly level: "advisory" | "mandatory";
  readonly message: string;
  readonly urn?: string;
}

const STACK_TYPE = "pulumi:pulumi:Stack";

/** Reads an operation's events into steps, counts, diagnostics and outputs. */
export class OperationEvents {
  readonly steps = new Map<string, Step>();
  readonly diagnostics: Diagnostic[] = [];
  readonly violations: Violation[] = [];
  changes: automation.OpMap = {};
  /** Stack outputs for people: `[secret]` stands for secrets, `[unknown]` for what only `up` will know. */
  outputs: Record<string, unknown> | undefined;
  readonly #inFlight = new Set<string>();
  readonly #last = Promise.withResolvers<void>();
  #begun = false;

  /** Resources whose operation had begun and not ended. */
  get inFlight(): readonly string[] {
    return [...this.#inFlight];
  }

  /** Resolves once the engine's last event has come, at once where none came at all: the first is sent before any work. */
  get last(): Promise<void> {
    return this.#begun ? this.#last.promise : Promise.resolve();
  }

  readonly add = (event: automation.EngineEvent): void => {
    this.#begun = true;
    if (event.cancelEvent !== undefined) this.#last.resolve();
    const { diagnosticEvent, policyEvent, resourcePreEvent, resOutputsEvent, resOpFailedEvent, summaryEvent } = event;
    if (diagnosticEvent !== undefined) this.#diagnose(diagnosticEvent);
    if (policyEvent !== undefined) this.#violate(policyEvent);
    if (resourcePreEvent !== undefined) this.#begin(resourcePreEvent.metadata);
    if (resOutputsEvent !== undefined) this.#end(resOutputsEvent.metadata);
    if (resOpFailedEvent !== undefined) this.#inFlight.delete(resOpFailedEvent.metadata.urn);
    // Left out where nothing was counted, whatever its type says.
    if (summaryEvent !== undefined) this.changes = (summaryEvent as Partial<typeof summaryEvent>).resourceChanges ?? {};
  };

  #diagnose({ severity, message, urn, ephemeral }: automation.DiagnosticEvent): void {
    const text = clean(message);
    // the Automation API turns on debug messages, which the type does not know
    if (ephemeral === true || text === "" || (severity as string) === "debug") return;
    const level = severity === "info#err" ? "info" : severity;
    this.diagnostics.push({ severity: level, message: text, ...(urn ? { urn } : {}) });
  }

  #violate({ policyName, enforcementLevel, message, resourceUrn }: automation.PolicyEvent): void {
    const urn = resourceUrn ? { urn: resourceUrn } : {};
    // the type says "warning" where the engine says "advisory"
    const level = enforcementLevel === "mandatory" ? "mandatory" : "advisory";
    this.violations.push({ policy: policyName, level, message: clean(message), ...urn });
  }

  #begin(metadata: automation.StepEventMetadata): void {
    // components and the stack do nothing themselves
    const custom = (metadata.new ?? metadata.old)?.custom !== false;
    if (custom && metadata.type !== STACK_TYPE) this.#inFlight.add(metadata.urn);
    this.#record(metadata);
  }

  /** Only here a refresh knows what it found: its step begins as `refresh` and ends as `update`, `delete` or `same`. */
  #end(metadata: automation.StepEventMetadata): void {
    this.#inFlight.delete(metadata.urn);
    this.#record(metadata);
    if (metadata.type === STACK_TYPE && metadata.new?.outputs !== undefined)
      this.outputs = shown(metadata.new.outputs) as Record<string, unknown>;
  }

  #record({ urn, type, op, diffs, keys, detailedDiff }: automation.StepEventMetadata): void {
    const key = `${urn} ${op.includes("replace") ? op : ""}`;
    if (op === "same" || op === "refresh") {
      this.steps.delete(key);
      return;
    }
    const kinds = Object.entries(detailedDiff ?? {}).map(([path, { diffKind }]) => [path, diffKind]);
    this.steps.set(key, {
      urn,
      type,
      op,
      ...(diffs?.length ? { diffs } : {}),
      ...(keys?.length ? { replaceKeys: keys } : {}),
      ...(kinds.length > 0 ? { detailedDiff: Object.fromEntries(kinds) as Record<string, string> } : {}),
    });
  }
}

function shown(value: unknown): unknown {
  if (value === UNKNOWN) return "[unknown]";
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(shown);
  if ((value as Record<string, unknown>)[SIGNATURE] === SECRET) return "[secret]";
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shown(item)]));
}

/**
 * The message in an engine text: without terminal colours and the engine's own colour marks, and of a stack trace only
 * the frames of the program.
 */
export function clean(text: string): string {
  const plain = stripVTControlCharacters(text).replaceAll(/<\{%[^%]*%\}>/g, "");
  const library = /^\s+at .*(node_modules|node:)/;
  const lines = plain.split("\n").filter((line) => !library.test(line));
  return lines
    .join("\n")
    .replace(/^error: /, "")
    .trim();
}
