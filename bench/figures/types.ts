import { createRequire } from "node:module";
import type { Figure } from "../figure.ts";
import { inTurn, timed } from "../measure.ts";

const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");

/** Types of everything here, tests included; a type error costs no less time. */
export const types: Figure = {
  name: "tsc --noEmit",
  target: 4000,
  async measure({ root, plain }) {
    const check = (project: string) => timed({ args: [tsc, "--noEmit", "--project", project], codes: [0, 1, 2] });
    return inTurn(3, check(root), check(plain));
  },
};
