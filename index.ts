import * as pulumi from "@pulumi/pulumi";
import { ConfigError } from "./plan/errors.ts";
import { program } from "./stacks/program.ts";

/** The Pulumi program: one stack, one customer file. Its return value is the stack's outputs. */
export default async function main() {
  try {
    return await program(import.meta.dirname);
  } catch (error) {
    // Pulumi prints a RunError's message alone; of any other error it prints the stack trace as well.
    if (error instanceof ConfigError) throw new pulumi.RunError(`the customer file is refused:\n${error.message}`);
    throw error;
  }
}
