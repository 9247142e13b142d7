/**
 * The wire form of property values between a Pulumi program and its resource monitor.
 *
 * Special values travel as objects with a signature key, unknown values as one fixed string.
 * Source of every constant: Pulumi SDK, `sdk/nodejs/runtime/rpc.ts` and `sdk/go/common/resource/properties.go`.
 */

/** Key that marks an object on the wire as something other than a plain map. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
/** Signature of a secret: its plain value is under `value`. */
export const SECRET = "1b47061264138c4ac30d75fd1eb44270";
/** Signature of an output value: `value`, `secret` and `dependencies`. */
export const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
/** Stands in a graph, as on the wire, for a value that only `up` will know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Property values without wrappers, and the paths (`tags.token`, `routes[0].gatewayId`) of what was wrapped. */
export interface Properties {
  readonly values: Record<string, unknown>;
  readonly secrets: string[];
  readonly unknowns: string[];
}

/**
 * Takes the wrappers off an object from the wire.
 * Secrets become their plain value and are listed in `secrets`; unknown values stay {@link UNKNOWN} and are listed in
 * `unknowns`; resource references become `{ urn, id }`; assets and archives become their fields.
 */
export function readProperties(wire: Record<string, unknown>): Properties {
  const secrets: string[] = [];
  const unknowns: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(wire)) values[key] = plain(value, key);
  return { values, secrets, unknowns };

  function plain(value: unknown, path: string): unknown {
    if (value === UNKNOWN) {
      unknowns.push(path);
      return value;
    }
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map((item, index) => plain(item, `${path}[${index}]`));
    return plainObject(value as Record<string, unknown>, path);
  }

  function plainObject(value: Record<string, unknown>, path: string): unknown {
    const signature = value[SIGNATURE];
    if (signature === SECRET || (signature === OUTPUT && value["secret"] === true)) secrets.push(path);
    if (signature === SECRET) return plain(value["value"], path);
    if (signature === OUTPUT) return plain("value" in value ? value["value"] : UNKNOWN, path);
    const result: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      if (key !== SIGNATURE) result[key] = plain(item, path === "" ? key : `${path}.${key}`);
    }
    return result;
  }
}

/** Wraps a value as a secret for the wire; a value that is one already stays as it is. */
export function asSecret(value: unknown): unknown {
  const wrapped =
    typeof value === "object" && value !== null && (value as Record<string, unknown>)[SIGNATURE] === SECRET;
  return wrapped ? value : { [SIGNATURE]: SECRET, value };
}
