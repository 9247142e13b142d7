/** The form of a report, for tools that read one and for tests that hold it to its word. */
import { z } from "zod";
import type { DiffReport } from "./types.ts";

/** The contract; an optional value that is left out may also be `undefined`. */
type Report = { [Key in keyof DiffReport]: Loose<DiffReport[Key]> };
type Loose<Value> = Value extends readonly (infer Item)[]
  ? number extends Value["length"]
    ? readonly Loose<Item>[]
    : Value
  : Value extends object
    ? { [Key in keyof Value]: Loose<Value[Key]> | (undefined extends Value[Key] ? undefined : never) }
    : Value;

const resource = z.object({
  kind: z.enum(["create", "update", "replace", "delete"]),
  type: z.string().describe("Pulumi type token"),
  name: z.string().describe("logical name"),
  changes: z
    .array(
      z.object({
        path: z.string(),
        before: z.unknown().optional().describe("absent where the argument is new"),
        after: z.unknown().optional().describe("absent where the argument is gone"),
        replaces: z.boolean().describe("whether this argument forces a replacement"),
      }),
    )
    .readonly(),
  replaceKeys: z.array(z.string()).readonly().describe("empty unless the resource is replaced"),
  protected: z.boolean().describe("whether the engine refuses it, because base had the resource protected"),
});

const outage = z.object({
  what: z.string(),
  kind: z.enum(["tunnel", "endpoint", "address", "route", "executors", "registry", "all tunnels"]),
  why: z.string(),
  seconds: z
    .tuple([z.number(), z.number()])
    .readonly()
    .nullable()
    .describe("least and most; null where only the customer can end it, or nothing will"),
  redundant: z.boolean().describe("whether another path carries the traffic meanwhile"),
});

const problem = z.object({
  file: z.string(),
  line: z.int().min(1),
  column: z.int().min(1),
  path: z.string(),
  message: z.string(),
});

const changes = { resources: z.array(resource).readonly(), outages: z.array(outage).readonly() };
const count = z.int().min(0);

/**
 * Every field of version 1. A reader leaves out fields that a later release added, as the format promises to do no more
 * than that. The types are the contract: this fails to compile where the schema gives anything else.
 */
export const DiffReportSchema: z.ZodType<Report> = z.object({
  version: z.literal(1),
  base: z.string().describe("commit"),
  head: z.string().describe("commit, or working tree"),
  programChanged: z.boolean(),
  totals: z.object({
    ...{ customers: count, changed: count, added: count, removed: count, invalid: count, unchanged: count },
    ...{ creates: count, updates: count, replaces: count, deletes: count },
  }),
  classes: z
    .array(z.object({ id: z.string(), customers: z.array(z.string()).readonly(), example: z.string(), ...changes }))
    .readonly()
    .describe("customers with the same changes, most severe first"),
  customers: z
    .array(
      z.object({
        stack: z.string(),
        file: z.string(),
        kind: z.enum(["added", "removed", "changed", "unchanged", "invalid"]),
        ...changes,
        problems: z.array(problem).readonly().describe("only of a customer that is invalid"),
      }),
    )
    .readonly()
    .describe("every customer that is not unchanged, by name"),
  violations: z
    .array(
      z.object({
        ...{ stack: z.string(), policy: z.string(), message: z.string(), resource: z.string().optional() },
        level: z.enum(["advisory", "mandatory"]),
      }),
    )
    .readonly(),
});

/** JSON Schema of a report, for whoever reads one: it allows the fields that later releases add. */
export const diffReportJsonSchema = (): object =>
  z.toJSONSchema(DiffReportSchema, { target: "draft-2020-12", io: "input" });
