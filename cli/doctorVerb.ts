import type { Command } from "commander";
import type { DoctorOptions } from "./commands/doctor.ts";
import { several, type VerbOptions } from "./options.ts";
import type { Around } from "./sandboxVerbs.ts";

/** `causeway doctor`: what is broken between an executor and the registries of a customer. */
export function doctorVerb(program: Command, { act, terminal, chosen }: Omit<Around, "root">): void {
  program
    .command("doctor")
    .description("look on an executor which link to a registry is broken; exit with 1 where one is")
    .argument("<customer>", "name in stacks/customers, or path of a file")
    .option("--via <command>", 'what runs a command on the executor, e.g. "gcloud compute ssh <vm> -- sudo"')
    .option("--guest", "look from a virtual machine's place on the executor as well; needs root there")
    .option("--ping <registry=kind/path>", "what a registry is: npm, pypi, maven or docker; may be repeated", several)
    .option("--outputs <file>", "what causeway outputs --json has written, to compare hashes and addresses with")
    .option("--probe", "print the script that looks, instead of running it")
    .option("--findings <file>", "what that script printed elsewhere, - for standard input")
    .option("--json", "print data instead of text")
    .action((customer: string, options: VerbOptions & DoctorOptions) =>
      act(async () => {
        const { doctor } = await import("./commands/doctor.ts");
        const [member] = await chosen([customer], options);
        return doctor(terminal(options), member!, options);
      }),
    );
}
