import { z } from "zod";
import type { Path } from "./paths.ts";

/**
 * The valid parts of a value that a schema has refused, defaults filled in, so that rules can go on and one run finds
 * every problem. `isBroken` names the paths that problems are at: they are left out, without a default.
 */
export function validParts(
  schema: z.core.$ZodType,
  value: unknown,
  isBroken: (path: Path) => boolean,
  path: Path = [],
): unknown {
  if (isBroken(path)) return undefined;
  const go = (inner: z.core.$ZodType, part: unknown, ...step: (string | number)[]): unknown =>
    validParts(inner, part, isBroken, [...path, ...step]);
  if (schema instanceof z.ZodOptional) return value === undefined ? undefined : go(schema.def.innerType, value);
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return go(schema.def.innerType, value === undefined ? schema.def.defaultValue : value);
  }
  if (schema instanceof z.ZodArray) {
    return Array.isArray(value) ? value.map((element, index) => go(schema.element, element, index)) : undefined;
  }
  const isBlock = typeof value === "object" && value !== null && !Array.isArray(value);
  if (schema instanceof z.ZodObject) {
    if (!isBlock) return undefined;
    const parts = Object.entries(schema.shape as z.core.$ZodShape).map(([key, inner]) => [
      key,
      go(inner, (value as never)[key], key),
    ]);
    return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
  }
  if (schema instanceof z.ZodRecord) {
    if (!isBlock) return undefined;
    const parts = Object.entries(value).map(([key, part]) => [key, go(schema.valueType, part, key)]);
    return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
  }
  const result = z.safeParse(schema, value);
  return result.success ? result.data : undefined;
}

/** The schema at a path below another one; undefined where the path leaves it. */
export function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  const inner = unwrap(schema);
  const [step, ...rest] = path;
  if (step === undefined) return inner;
  if (inner instanceof z.ZodArray) return schemaAt(inner.element, rest);
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType, rest);
  const next = inner instanceof z.ZodObject ? (inner.shape as z.core.$ZodShape)[step] : undefined;
  return next === undefined ? undefined : schemaAt(next, rest);
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const wrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return wrapped ? unwrap(schema.def.innerType) : schema;
}

/** The keys of the block at a path. */
export function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const found = schemaAt(schema, path);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}
