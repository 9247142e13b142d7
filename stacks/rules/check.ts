import type { Deployed } from "../../plan/deployed.ts";
import type { Partly } from "../../plan/partly.ts";
import { below, formatPath, isWithin } from "../paths.ts";
import type { Path } from "../paths.ts";
import type { Problem } from "../read.ts";
import type { CustomerFile } from "../schema.ts";

/** The valid parts of `spec.infrastructure`. */
export type Infrastructure = NonNullable<NonNullable<Partly<CustomerFile>["spec"]>["infrastructure"]>;

/** What is known of a file before the rules over several fields. */
export interface Facts {
  /** The valid parts. */
  readonly file: Partly<CustomerFile>;
  readonly problems: readonly Problem[];
  /** Keys that somebody meant but misspelt. */
  readonly meant: readonly Path[];
  /** ISO date that certificates and permits are measured against. */
  readonly today: string;
  /** What the last update left; null before the first one, undefined where nobody knows. */
  readonly deployed: Deployed | null | undefined;
}

/** What a rule reads and where it reports; paths are below `spec.infrastructure`. */
export class Check {
  readonly infrastructure: Infrastructure;
  readonly today: string;
  readonly deployed: Deployed | null | undefined;
  readonly problems: Problem[];
  readonly notes: Problem[] = [];
  private readonly meant: readonly Path[];

  constructor({ file, problems, meant, today, deployed }: Facts) {
    this.infrastructure = file.spec?.infrastructure ?? {};
    this.problems = [...problems];
    this.meant = meant;
    this.today = today;
    this.deployed = deployed;
  }

  /** Whether nothing is wrong at a path, above it or below it: only then does its absence mean anything. */
  isIntact(...steps: (string | number)[]): boolean {
    const path = below(...steps);
    const wrong = [...this.problems.map((problem) => problem.path), ...this.meant];
    return !wrong.some((other) => isWithin(other, path) || isWithin(path, other));
  }

  report(steps: Path, message: string, at: "key" | "value" = "value"): void {
    this.problems.push({ path: below(...steps), message, at });
  }

  /** Says something that is no mistake. */
  note(steps: Path, message: string, at: "key" | "value" = "value"): void {
    this.notes.push({ path: below(...steps), message, at });
  }

  /** Whether a problem is at exactly this path. */
  hasProblem(...steps: (string | number)[]): boolean {
    const text = formatPath(below(...steps));
    return this.problems.some(({ path }) => formatPath(path) === text);
  }
}

/** A rule over several fields. It is silent where what it needs is missing or wrong. */
export type Rule = (check: Check) => void;

/** The second and later occurrences of values in a list, with the index of the first. */
export function repeats<Value>(
  values: readonly (Value | undefined)[],
): readonly { value: Value; index: number; first: number }[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    return value === undefined || first === index ? [] : [{ value, index, first }];
  });
}
