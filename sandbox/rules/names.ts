/** What tags and labels may look like. */
import type { Failure, Rule } from "../check.ts";
import { isRecord, isUnknown, type Values } from "../values.ts";
import { TABLES, type PackageName } from "../tables.ts";

/** One rule per type that has the argument. */
function onEvery(
  name: PackageName,
  argument: string,
  rule: string,
  source: string,
  wrong: (map: Values) => string | undefined,
): Rule[] {
  const types = Object.entries(TABLES[name].types).filter(([, table]) => table.inputs[argument] !== undefined);
  return types.map(([type]) => ({
    ...{ type, rule, source },
    check(args: Values): Failure | undefined {
      const map = args[argument];
      const why = isRecord(map) ? wrong(map) : undefined;
      return why === undefined ? undefined : { property: argument, reason: `${argument}${why}` };
    },
  }));
}

function wrongTags(tags: Values): string | undefined {
  if (Object.keys(tags).length > 50) return ` can be 50 at most, not ${Object.keys(tags).length}`;
  const key = Object.keys(tags).find((one) => one.length === 0 || one.length > 128 || /^aws:/i.test(one));
  if (key !== undefined)
    return ` cannot have the key ${JSON.stringify(key)}: 1 to 128 characters, not beginning with aws:`;
  const long = Object.entries(tags).find(([, value]) => String(value).length > 256);
  return long === undefined ? undefined : `.${long[0]} must be of at most 256 characters`;
}

function wrongLabels(labels: Values): string | undefined {
  if (Object.keys(labels).length > 64) return ` can be 64 at most, not ${Object.keys(labels).length}`;
  const key = Object.keys(labels).find((one) => !/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(one));
  if (key !== undefined)
    return ` cannot have the key ${JSON.stringify(key)}: up to 63 lower-case letters, digits, _ and -, a letter first`;
  const bad = Object.entries(labels).find(
    ([, value]) => !isUnknown(value) && !/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(String(value)),
  );
  if (bad === undefined) return undefined;
  return `.${bad[0]} must be up to 63 lower-case letters, digits, _ and -, not ${JSON.stringify(bad[1])}`;
}

export const TAG_RULES = onEvery(
  "aws",
  "tags",
  "tags are within AWS's limits",
  "AWS General Reference, Tagging resources",
  wrongTags,
);
export const LABEL_RULES = onEvery(
  "gcp",
  "labels",
  "labels are within Google's limits",
  "Resource Manager documentation, Labels overview",
  wrongLabels,
);
