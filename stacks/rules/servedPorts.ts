import { either } from "../wording.ts";
import type { Check, Rule } from "./check.ts";

/** What opens to executors where a connection names a registry of the file: a port that nothing serves is a dead end. */

type Registry = NonNullable<Check["infrastructure"]["registries"]>[string];

/** What CodeArtifact and the load balancer of a registry that is run here listen on. */
const OWN_PORT = 443;

/** Ports of a registry's endpoint service; undefined where it has none that can be read. */
function awsPorts(registry: Registry): readonly number[] | undefined {
  if (registry?.codeArtifact !== undefined) return [OWN_PORT];
  const aws = registry?.publish?.aws;
  if (aws === undefined) return undefined;
  const listeners = Object.keys(aws.listeners ?? {}).map(Number);
  if (listeners.length > 0) return listeners;
  return registry?.selfHosted === undefined ? undefined : [OWN_PORT];
}

const googlePorts = (registry: Registry): readonly number[] | undefined =>
  registry?.publish?.gcp?.ports?.filter((port) => port !== undefined);

interface Connection {
  readonly registry?: string | undefined;
  readonly ports?: readonly (number | undefined)[] | undefined;
}

const served =
  (
    list: (check: Check) => readonly (Connection | undefined)[],
    block: readonly string[],
    portsOf: typeof awsPorts,
  ): Rule =>
  (check) => {
    list(check).forEach((connection, index) => {
      const [key, ports] = [connection?.registry, connection?.ports ?? []];
      if (key === undefined || !check.isIntact("registries", key)) return;
      const open = portsOf(check.infrastructure.registries?.[key]);
      const dead = ports.find((port) => port !== undefined && open?.includes(port) === false);
      if (open === undefined || open.length === 0 || dead === undefined) return;
      const fix = `executors would be let through to nothing, write ports: [${open.join(", ")}] or fewer`;
      const message = `expected ${either(open.map(String))}, which ${key} listens on, got ${dead}; ${fix}`;
      check.report(["privateCodeHost", ...block, index, "ports"], message);
    });
  };

export const servedPorts: readonly Rule[] = [
  served(
    ({ infrastructure }) => infrastructure.privateCodeHost?.aws?.privateLinks ?? [],
    ["aws", "privateLinks"],
    awsPorts,
  ),
  served(
    ({ infrastructure }) => infrastructure.privateCodeHost?.gcp?.privateServiceConnectEndpoints ?? [],
    ["gcp", "privateServiceConnectEndpoints"],
    googlePorts,
  ),
];
