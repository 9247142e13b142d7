import { customerJsonSchema } from "../../stacks/schema.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** Prints the JSON Schema that editors use for customer files. */
export function schema(): ExitCode {
  process.stdout.write(`${JSON.stringify(customerJsonSchema(), undefined, 2)}\n`);
  return EXIT.done;
}
