import type { Deployed } from "../../plan/deployed.ts";
import type { Partly } from "../../plan/partly.ts";
import { below, isWithin } from "../paths.ts";
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
  /** Whether what the calendar alone made wrong is only noted. */
  readonly lenient: boolean;
}

/** What a rule reads and where it reports; paths are below `spec.infrastructure`. */
export class Check {
  readonly infrastructure: Infrastructure;
  readonly today: string;
  readonly deployed: Deployed | null | undefined;
  readonly lenient: boolean;
  readonly problems: Problem[];
  readonly notes: Problem[] = [];
  private readonly unreadable: Path[];

  constructor({ file, problems, meant, today, deployed, lenient }: Facts) {
    this.infrastructure = file.spec?.infrastructure ?? {};
    this.problems = [...problems];
    this.unreadable = [...problems.map(({ path }) => path), ...meant];
    this.today = today;
    this.deployed = deployed;
    this.lenient = lenient;
  }

  /** Whether a path, all above and all below it could be read: only then does what is not there mean anything. */
  isIntact(...steps: (string | number)[]): boolean {
    const path = below(...steps);
    return !this.unreadable.some((other) => isWithin(other, path) || isWithin(path, other));
  }

  /** Reports a value that no other rule can conclude anything from. */
  reportUnreadable(steps: Path, message: string): void {
    this.report(steps, message);
    this.unreadable.push(below(...steps));
  }

  report(steps: Path, message: string, at: "key" | "value" = "value"): void {
    this.problems.push({ path: below(...steps), message, at });
  }

  /** Says something that is no mistake. */
  note(steps: Path, message: string, at: "key" | "value" = "value"): void {
    this.notes.push({ path: below(...steps), message, at });
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
