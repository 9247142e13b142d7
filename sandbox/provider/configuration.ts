/** The settings of a provider instance, as the engine sends them. */
import type { Failure } from "../check.ts";
import type { ProviderTable } from "../tables.ts";
import { isUnknown, nearest, type Values } from "../values.ts";

/** Keys the engine itself adds to every provider's settings. */
const ENGINE_KEYS = new Set(["version", "pluginDownloadURL", "__internal", "__defaults"]);

/** What is wrong with a provider's settings: keys the provider does not have. */
export function checkConfiguration(table: ProviderTable, values: Values): Failure[] {
  const known = Object.keys(table.configuration);
  return Object.keys(values)
    .filter((key) => !ENGINE_KEYS.has(key) && !known.includes(key))
    .map((property) => {
      const meant = nearest(property, known);
      const hint = meant ? `; did you mean ${meant}?` : "";
      return { property, reason: `the provider ${table.package} has no setting ${property}${hint}` };
    });
}

/** The settings with those the SDK sends as JSON text decoded. */
export function decodeConfiguration(table: ProviderTable, values: Values): Values {
  const decoded: Values = {};
  for (const [key, value] of Object.entries(values)) {
    const json = table.configuration[key] === true && typeof value === "string" && value !== "" && !isUnknown(value);
    const inner = json ? (JSON.parse(value) as unknown) : value;
    if (inner !== null && !ENGINE_KEYS.has(key)) decoded[key] = inner;
  }
  return decoded;
}
