/**
 * Why a roll-out was not begun or not gone on with.
 * - `unknown`: there is no roll-out of that name
 * - `busy`: another process works on it
 * - `damaged`: its journal cannot be read
 * - `refused`: what was asked for does not fit its state
 */
export type RolloutErrorCode = "unknown" | "busy" | "damaged" | "refused";

/** A person's matter: the message is everything there is to say. */
export class RolloutError extends Error {
  override readonly name = "RolloutError";
  readonly code: RolloutErrorCode;

  constructor(code: RolloutErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
