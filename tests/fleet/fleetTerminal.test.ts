// What a person or a script is told of a run over many customers: the moving line, the summary, questions, exit codes. How
// a terminal draws a line is what this cannot show.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { operate, type Request } from "../../cli/commands/operate.ts";
import { confirm } from "../../cli/confirm.ts";
import { worst } from "../../cli/fleet.ts";
import { describeRun } from "../../cli/fleetRun.ts";
import { runOptionsOf, selectionOf } from "../../cli/options.ts";
import { Progress } from "../../cli/progress.ts";
import { inert, Terminal } from "../../cli/terminal.ts";
import { EngineError } from "../../engine/driver.ts";
import { argumentOf } from "../../fleet/commands.ts";
import type { FleetEvent, FleetResult, Member, RunOptions, StackFailure } from "../../fleet/types.ts";
import { DONE, fakeFleet, Files, type Behaviour } from "./fleetFake.ts";

/** A terminal that remembers, and answers when asked. */
class Person extends Terminal {
  readonly lines: string[] = [];
  readonly moving: string[] = [];
  readonly asked: string[] = [];
  readonly #answers: string[] | undefined;

  /** @param answers left out where nobody can be asked */
  constructor(answers?: readonly string[]) {
    super({ json: false });
    this.#answers = answers && [...answers];
  }

  override get interactive(): boolean {
    return this.#answers !== undefined;
  }
  override ask(question: string): Promise<string> {
    this.asked.push(question);
    return Promise.resolve(this.#answers?.shift() ?? "");
  }
  override result(text: string): void {
    if (text !== "") this.lines.push(text);
  }
  override say(text: string): void {
    if (text !== "") this.lines.push(text);
  }
  override note(text: string): void {
    this.lines.push(text);
  }
  override progress(text: string): void {
    this.moving.push(text);
  }
  override settle(): void {}
}

const URN = "urn:pulumi:alpha::causeway::gcp:compute/router:Router::alpha-nat";
const failure = (code: StackFailure["code"], message: string, inFlight: readonly string[] = []): StackFailure => {
  return { code, message, inFlight, steps: [], next: "npx causeway up beta" };
};
const ended = (stack: string, failed = false): FleetEvent => {
  if (!failed) return { kind: "stack ended", result: { stack, outcome: "done", value: DONE, durationMs: 1 } };
  const result = { stack, outcome: "failed" as const, failure: failure("failed", "no"), durationMs: 1 };
  return { kind: "stack ended", result };
};
const begun = (stacks: readonly string[]): FleetEvent => ({ kind: "begun", verb: "up", stacks, concurrency: 2 });
const member = (stack: string): Member => ({ stack, path: `/p/${stack}.yaml`, file: `${stack}.yaml`, byPath: false });

describe("the moving line", () => {
  test("of many customers counts them, names who is worked on, and says how much time is left", () => {
    const person = new Person();
    let now = 0;
    const progress = new Progress(person, () => now);
    progress.event(begun(["a", "b", "c", "d", "e"]));
    for (const stack of ["a", "b", "c", "d"]) progress.event({ kind: "stack begun", stack, verb: "up" });
    expect(person.moving.at(-1)).toBe("up: 0 of 5 done, 4 running (a, b, c, …)");
    now = 60_000;
    progress.event(ended("a"));
    progress.event(ended("b", true));
    expect(person.moving.at(-1)).toBe("up: 2 of 5 done, 1 failed, 2 running (c, d), about 2 min left");
    expect(person.lines).toEqual([]);
  });

  test("of one customer counts its resources, with a line for each that was changed", () => {
    const person = new Person();
    const progress = new Progress(person);
    const resource = (state: "begun" | "done" | "failed"): FleetEvent => {
      return { kind: "resource", stack: "alpha", op: "create", type: "gcp:compute/router:Router", urn: URN, state };
    };
    for (const event of [begun(["alpha"]), resource("begun")]) progress.event(event);
    expect(person.moving.at(-1)).toBe("up alpha: 0 done, 1 running (alpha-nat)");
    progress.event(resource("done"));
    progress.event(resource("failed"));
    expect(person.lines).toEqual([
      "created gcp:compute/router:Router alpha-nat",
      "failed to create gcp:compute/router:Router alpha-nat",
    ]);
  });
});

describe("the summary", () => {
  const told = (result: Omit<FleetResult<unknown>, "verb" | "durationMs">): string[] => {
    const members = result.results.map(({ stack }) => member(stack));
    const run = { verb: "up" as const, durationMs: 61_000, ...result };
    return describeRun(run, members, "real").split("\n");
  };
  const done = (stack: string) => ({ stack, outcome: "done" as const, value: DONE, durationMs: 1 });

  test("of one customer is left out: everything was told", () => {
    expect(told({ outcome: "done", results: [done("alpha")] })).toEqual([""]);
  });

  test("of nobody says so, and says nothing where everybody was declined", () => {
    const run = { verb: "up" as const, outcome: "done" as const, results: [], durationMs: 1 };
    expect(describeRun(run, [], "real")).toBe("up: no customer is concerned, nothing to do");
    expect(describeRun(run, [member("alpha")], "real")).toBe("");
  });

  test("names a stack that two files drive once in the command for the rest", () => {
    const failed = { stack: "beta", outcome: "failed" as const, failure: failure("invalid-file", "no"), durationMs: 1 };
    expect(told({ outcome: "failed", results: [failed, failed] }).at(-1)).toBe(
      "then again, for those alone: npx causeway up beta",
    );
  });

  test("has each cause with the next command, and one command for all that failed", () => {
    const results = [
      done("alpha"),
      {
        stack: "beta",
        outcome: "failed" as const,
        failure: failure("failed", "up of beta failed:\n  quota"),
        durationMs: 1,
      },
      { stack: "gamma", outcome: "failed" as const, failure: failure("locked", "locked"), durationMs: 1 },
    ];
    expect(told({ outcome: "some failed", results })).toEqual([
      "up of 3 customers: 1 done, 2 failed, in 61.0 s",
      "  beta: failed: up of beta failed: quota",
      "    next: npx causeway up beta",
      "  gamma: locked: locked",
      "    next: npx causeway up beta",
      "then again, for those alone: npx causeway up beta gamma",
    ]);
  });

  test("of a run that was stopped says who was left mid-update and who was not begun", () => {
    const results = [
      {
        stack: "beta",
        outcome: "interrupted" as const,
        failure: failure("cancelled", "stopped", [URN]),
        durationMs: 1,
      },
      { stack: "gamma", outcome: "not begun" as const },
    ];
    expect(told({ outcome: "interrupted", results })).toEqual([
      "up of 2 customers: 0 done, 1 stopped under way, 1 not begun, in 61.0 s",
      "  beta: cancelled: stopped",
      "    next: npx causeway up beta",
      "left mid-update: npx causeway recover beta",
      "then again, for those alone: npx causeway up beta gamma",
    ]);
  });
});

describe("other people's names", () => {
  test("are one word to the shell that a command is pasted into", () => {
    const commands = ["acme", "a b", "it's", "$(id)", "x\n`id`'"].map((stack) => argumentOf(member(stack)));
    expect(commands).toEqual(["acme", "'a b'", "'it'\\''s'", "'$(id)'", "$'x\\n`id`\\''"]);
  });

  test("move no cursor and turn no text around; colours of our own stay", () => {
    expect(inert("\u001b[31mred\u001b[39m a\u001b[2Jb\u001b]0;c\u0007\r\u202ed\n\te")).toBe(
      "\u001b[31mred\u001b[39m a\\u{1b}[2Jb\\u{1b}]0;c\\u{7}\\u{d}\\u{202e}d\n\te",
    );
  });
});

describe("the exit code of many", () => {
  test.each([
    ["all done", [0, 0], 0],
    ["one failed", [0, 1], 6],
    ["all locked", [7, 7], 7],
    ["changes where none were expected", [0, 5], 5],
    ["changes, and a failure", [5, 1], 6],
    ["an interruption, whatever else", [0, 1, 130], 130],
  ] as const)("with %s", (_, codes, expected) => {
    expect(worst(codes)).toBe(expected);
  });
});

describe("on real clouds", () => {
  let files: Files;
  beforeEach(() => {
    files = new Files(["alpha", "beta"]);
  });
  afterEach(() => files.remove());

  const answer = async (
    operation: Request["operation"],
    person: Person,
    options: Request["options"] = {},
    behave: Behaviour = async () => DONE,
  ) => {
    const fleet = fakeFleet(files.root, behave, "real");
    const members = await fleet.list();
    const request = { operation, clouds: "real" as const, root: files.root, members, options, run: {} };
    const { signal } = new AbortController();
    const { agreed, declined } = await confirm(person, fleet, request, { signal, kill: signal });
    return {
      agreed: agreed.map(({ stack }) => stack),
      declined: declined.map(({ stack, code }) => `${stack} ${code}`),
    };
  };

  test("an update is previewed for all, and asked about once; the answer defaults to no", async () => {
    const no = new Person([""]);
    expect(await answer("up", no)).toEqual({ agreed: [], declined: ["alpha 1", "beta 1"] });
    expect(no.asked).toEqual(["up 2 customers? [y/N] "]);
    expect(no.lines).toContain("alpha: no changes, in 0.0 s");
    expect(await answer("up", new Person(["y"]))).toEqual({ agreed: ["alpha", "beta"], declined: [] });
  });

  test("fails to update whose preview failed, and asks about the others", async () => {
    const person = new Person(["yes"]);
    const found = await answer("up", person, {}, async (stack) => {
      if (stack === "alpha") throw new EngineError("policy", "refused");
      return DONE;
    });
    expect([found, person.asked]).toEqual([{ agreed: ["beta"], declined: ["alpha 4"] }, ["up beta? [y/N] "]]);
  });

  test("fails where nobody can be asked, with what to say instead", async () => {
    const nobody = new Person();
    expect(await answer("up", nobody)).toEqual({ agreed: [], declined: ["alpha 2", "beta 2"] });
    expect(nobody.lines[0]).toContain("up of alpha: expected --yes where nobody can be asked; nothing was changed");
    expect(await answer("up", new Person(), { yes: true })).toEqual({ agreed: ["alpha", "beta"], declined: [] });
  });

  test("a destroy asks for each name, and takes --confirm for that one alone", async () => {
    expect(await answer("destroy", new Person(["alpha", "no"]))).toEqual({ agreed: ["alpha"], declined: ["beta 1"] });
    const options = { yes: true as const, confirm: "beta" };
    expect(await answer("destroy", new Person(), options)).toEqual({ agreed: ["beta"], declined: ["alpha 2"] });
    expect(await answer("destroy", new Person(), { yes: true })).toEqual({
      agreed: [],
      declined: ["alpha 2", "beta 2"],
    });
  });
});

describe("the options", () => {
  test("choose everyone only where a verb changes nothing, or where they say so", () => {
    expect(selectionOf([], {}, true)).toMatchObject({ all: true });
    expect(selectionOf([], {})).toMatchObject({ all: false });
    expect(selectionOf([], { label: ["a=b"] }, true)).toEqual({ customers: [], all: false, labels: ["a=b"] });
    expect(selectionOf([], { changedSince: "main" })).toMatchObject({ changedSince: "main" });
  });

  test("fail on --parallel that is no number of stacks", () => {
    expect(runOptionsOf({ parallel: "8" })).toEqual({ concurrency: 8 } satisfies RunOptions);
    expect(() => runOptionsOf({ parallel: "0" })).toThrow("--parallel: expected 1 to 999, got 0");
  });

  test("fail on a refused file before any engine is looked for", async () => {
    const files = new Files([]);
    files.write("alpha", "name: alpha\n");
    const members = [{ ...member("alpha"), path: files.path("alpha") }];
    const request = {
      operation: "up" as const,
      clouds: "real" as const,
      root: files.root,
      members,
      options: {},
      run: {},
    };
    await expect(operate(new Person(), request)).rejects.toThrow("alpha.yaml:1:1: spec: expected ");
    files.remove();
  });
});
