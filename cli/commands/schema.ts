import { customerJsonSchema } from "../../stacks/schema.ts";
import { EXIT, Exit, type ExitCode } from "../exit.ts";

/** Prints a JSON Schema: that of customer files, which editors use, or of what `causeway diff --json` prints. */
export async function schema(of: string): Promise<ExitCode> {
  if (of !== "customer" && of !== "report") {
    throw new Exit(EXIT.usage, `expected customer or report, got ${of}; these have a schema`);
  }
  const found =
    of === "customer" ? customerJsonSchema() : (await import("../../fleet/diff/schema.ts")).diffReportJsonSchema();
  process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
  return EXIT.done;
}
