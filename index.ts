import { program } from "./stacks/program.ts";

/** The Pulumi program: one stack, one customer file. Its return value is the stack's outputs. */
export default () => program(import.meta.dirname);
