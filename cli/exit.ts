/** Exit codes of every verb; a contract, also printed by `causeway --help`. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  noEngine: 3,
  policy: 4,
  drift: 5,
  someFailed: 6,
  locked: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What ends a command on purpose: a message for a person and the code to end with. */
export class Exit extends Error {
  override readonly name = "Exit";
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
