import type { z } from "zod";
import type { Registry } from "../../plan/customer.ts";
import type { Partly } from "../../plan/partly.ts";
import type { publish as schema } from "../schema/registries/publish.ts";

/** From the file's shape to the program's. */
export const publish = (block: Partly<z.output<typeof schema>> = {}): Partly<Registry["publish"]> => block;
