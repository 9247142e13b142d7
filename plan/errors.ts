/** Where in a file a problem is; line and column count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** One thing wrong with a customer file. */
export interface Issue {
  /** The file as the person named it. */
  readonly file: string;
  readonly position?: Position;
  /** Full path in the file, e.g. `spec.infrastructure.gcp.region`; empty for the file as a whole. */
  readonly path: string;
  /** `expected …, got …; what to do`: lower case, no full stop. Never holds a secret. */
  readonly message: string;
}

/** `file:line:column: path: message`, leaving out what is not known. */
export function formatIssue({ file, position, path, message }: Issue): string {
  const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
  return path === "" ? `${place}: ${message}` : `${place}: ${path}: ${message}`;
}

/**
 * A person's mistake in a customer file or on the command line. Its message is everything there is to say, so whoever
 * catches it prints the message alone, never a stack trace, and ends with exit code 2.
 */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly issues: readonly Issue[];

  constructor(issues: readonly Issue[]) {
    super(issues.map(formatIssue).join("\n"));
    this.issues = issues;
  }
}

/** How the program's refusal of a customer file begins, so that it can be told from a failure of the clouds. */
export const REFUSED = "the customer file is refused";
