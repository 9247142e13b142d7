/**
 * A person's mistake about what to compare: a ref that is not there, no repository, a program that cannot be run. Its
 * message is everything there is to say.
 */
export class DiffError extends Error {
  override readonly name = "DiffError";
}
