/** Simulated random provider. It keeps nothing anywhere: a password lives in the engine's state alone, as with the real one. */
import { createHmac, randomBytes, randomInt } from "node:crypto";
import { check, withDefaults, type Failure } from "./check.ts";
import { diff, type Difference } from "./diff.ts";
import { CloudError } from "./errors.ts";
import type { Configuration } from "./handler.ts";
import { tableOf, type Found, type Known, type SimulatedPackage } from "./package.ts";
import { TABLES } from "./tables.ts";
import { UNKNOWN, type Values } from "./values.ts";

/** Source: terraform-provider-random, `random.CreateString`. */
const LOWER = "abcdefghijklmnopqrstuvwxyz";
const UPPER = LOWER.toUpperCase();
const NUMERIC = "0123456789";
const SPECIAL = "!@#$%&*()-_=+[]{}<>:?";

export class RandomPackage implements SimulatedPackage {
  readonly name = "random";
  readonly table = TABLES.random;

  configure(): Configuration {
    return { account: "", region: undefined, defaultTags: {} };
  }

  check(type: string, _name: string, _old: Values, news: Values): [Values, Failure[]] {
    const table = tableOf(this.table, type);
    const { __defaults: _, ...given } = news;
    const args = withDefaults(table, given);
    const { __defaults: _defaults, ...checked } = args;
    const failures = check({ type, table, rules: [] }, checked);
    return [args, failures.length > 0 ? failures : lengths(checked)];
  }

  diff(known: Known, news: Values, ignored: readonly string[]): Difference {
    return diff(
      { table: tableOf(this.table, known.type), conditions: {}, equivalences: {}, placement: {} },
      known.state,
      news,
      ignored,
    );
  }

  foresee(type: string, inputs: Values): Values {
    tableOf(this.table, type);
    const { __defaults: _, ...args } = inputs;
    return { ...args, result: UNKNOWN, bcryptHash: UNKNOWN };
  }

  create(type: string, inputs: Values): Promise<Found> {
    tableOf(this.table, type);
    const { __defaults: _, ...args } = inputs;
    const result = password(args);
    // Shaped like a bcrypt hash, but only a keyed digest with a key that is thrown away: nothing verifies it.
    const digest = createHmac("sha512", randomBytes(32))
      .update(result)
      .digest("base64url")
      .replace(/[-_]/g, ".")
      .slice(0, 53);
    return Promise.resolve({ id: "none", outputs: { ...args, result, bcryptHash: `$2a$10$${digest}` }, inputs });
  }

  foreseeUpdate(known: Known, inputs: Values): Values {
    const { __defaults: _, ...args } = inputs;
    return { ...known.state, ...args };
  }

  update(known: Known, inputs: Values): Promise<Values> {
    return Promise.resolve(this.foreseeUpdate(known, inputs));
  }

  read(known: Known): Found {
    return { id: known.id, outputs: known.state, inputs: known.inputs };
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }

  invoke(token: string): Values {
    throw new CloudError("invalid", "UnknownInvoke", `unrecognized data source ${token}: the random provider has none`);
  }
}

function lengths(args: Values): Failure[] {
  const least = ["minLower", "minUpper", "minNumeric", "minSpecial"].reduce(
    (sum, name) => sum + Number(args[name] ?? 0),
    0,
  );
  if (Number(args["length"]) < least) {
    return [
      {
        property: "length",
        reason: `length must be at least ${least}, the sum of the minimums, not ${String(args["length"])}`,
      },
    ];
  }
  const none = ["lower", "upper", "numeric", "special"].every((name) => args[name] === false);
  return none ? [{ property: "lower", reason: "at least one of lower, upper, numeric, special must be true" }] : [];
}

/** The minimums from each class, the rest from all allowed characters, shuffled. */
function password(args: Values): string {
  const special =
    typeof args["overrideSpecial"] === "string" && args["overrideSpecial"] !== "" ? args["overrideSpecial"] : SPECIAL;
  const classes: [string, string, string][] = [
    ["lower", "minLower", LOWER],
    ["upper", "minUpper", UPPER],
    ["numeric", "minNumeric", NUMERIC],
    ["special", "minSpecial", special],
  ];
  const allowed = classes.filter(([flag]) => args[flag] !== false && !(flag === "numeric" && args["number"] === false));
  const characters = allowed.map(([, , letters]) => letters).join("");
  const picked = classes.flatMap(([, minimum, letters]) => pick(letters, Number(args[minimum] ?? 0)));
  picked.push(...pick(characters, Number(args["length"]) - picked.length));
  for (let index = picked.length - 1; index > 0; index--) {
    const other = randomInt(index + 1);
    [picked[index], picked[other]] = [picked[other]!, picked[index]!];
  }
  return picked.join("");
}

function pick(letters: string, count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => letters[randomInt(letters.length)]!);
}
