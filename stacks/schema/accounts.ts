import type { z } from "zod";
import { inWords } from "../wording.ts";
import { text } from "./fields.ts";

/** The id of an AWS account, read as written: leading zeros count. */
export const accountID = (what: string): z.ZodString =>
  text(
    {
      expected: "twelve digits",
      remark: (value) => (/^\d{1,30}$/.test(String(value)) ? inWords(String(value).length) : undefined),
      what,
      fix: (value) => {
        const digits = String(value);
        if (!/^\d+$/.test(digits)) return "write the twelve digits alone";
        return digits.length < 12
          ? "a spreadsheet may have cut a leading zero, ask for the id again"
          : "ask for the id again";
      },
    },
    /^\d{12}$/,
  ).meta({ type: ["string", "integer"], examples: ["111122223333"] });
