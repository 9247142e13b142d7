import type { z } from "zod";
import type { Partly } from "../../plan/partly.ts";
import type { SelfHosted } from "../../plan/selfHosted/customer.ts";
import type { selfHosted as schema } from "../schema/registries/selfHosted.ts";

/** From the file's shape to the program's. */
export const selfHosted = (block: Partly<z.output<typeof schema>>): Partly<SelfHosted> => block;
