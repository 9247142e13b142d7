import { availableParallelism } from "node:os";
import type { Clouds } from "./types.ts";

/** Resident memory of one engine and its program, in bytes. Measured: Pulumi 3.259, a customer with all four kinds. */
const STACK_BYTES = 350 * 2 ** 20;
/** Share of the free memory that stacks may take. */
const SHARE = 0.7;
/** Real clouds take minutes a stack, nearly all of it waiting, so that a core serves several. */
const PER_CORE: Readonly<Record<Clouds, number>> = { sandbox: 1, real: 4 };
/** Above this the clouds' own request limits slow every stack down. */
const CAP = 16;

/** What a machine has. */
export interface Machine {
  readonly cores: number;
  /** Bytes this process and its children may still take, the limit of a container included. */
  readonly freeBytes: number;
}

/** How many stacks to work on at once: at least 1, at most 16. */
export function defaultConcurrency(clouds: Clouds, machine: Machine = thisMachine()): number {
  const byMemory = Math.floor((machine.freeBytes * SHARE) / STACK_BYTES);
  return Math.max(1, Math.min(CAP, machine.cores * PER_CORE[clouds], byMemory));
}

const thisMachine = (): Machine => ({ cores: availableParallelism(), freeBytes: process.availableMemory() });
