import type { z } from "zod";
import type { CodeArtifact } from "../../plan/codeArtifact/customer.ts";
import type { Partly } from "../../plan/partly.ts";
import type { codeArtifact as schema } from "../schema/registries/codeArtifact.ts";

/** From the file's shape to the program's. */
export const codeArtifact = (block: Partly<z.output<typeof schema>>): Partly<CodeArtifact> => block;
