import { formatPath } from "./paths.ts";
import type { Path } from "./paths.ts";

/** Keys that are none of the schema but known: the vendor's older blocks, and places kept for later. */
interface Known {
  readonly at: RegExp;
  readonly message: string;
  /** Required keys that this one stood for, so that they are not reported missing as well. */
  readonly insteadOf?: readonly string[];
}

const moved = (at: RegExp, fix: string, insteadOf?: readonly string[]): Known => ({
  at,
  message: `unknown key, got %; ${fix}`,
  ...(insteadOf === undefined ? {} : { insteadOf }),
});

const later = (at: RegExp, meanwhile: string, insteadOf?: readonly string[]): Known => ({
  at,
  message: `not possible yet, got %; meanwhile ${meanwhile}`,
  ...(insteadOf === undefined ? {} : { insteadOf }),
});

const PUBLIC = "let the customer expose it through a public load balancer, with executorNAT and a route to it";
const HOST = /^spec\.infrastructure\.privateCodeHost/.source;

const KNOWN: readonly Known[] = [
  moved(/^(spec\.|spec\.infrastructure\.)?metadata$/, "write name, displayName and labels at the top of the file"),
  moved(/^infrastructure$/, "write it under spec", ["spec"]),
  moved(
    /^(spec\.)?(gcp|executors|executorNAT|executorPrivateDNS|privateCodeHost|registries|health|permits)$/,
    "write it under spec.infrastructure",
  ),
  moved(/^(spec\.|spec\.infrastructure\.)?privateDNS$/, "write executorPrivateDNS, with proxyTag and routes"),
  moved(/^(spec\.|spec\.infrastructure\.)?gke$/, "remove it; the ranges of its pods belong in gcp.reservedRanges"),
  moved(new RegExp(`${HOST}\\.type$`), "remove it, the block (aws or gcp) says which kind it is"),
  moved(new RegExp(`${HOST}\\.aws\\.vpcEndpointService$`), "write it as privateLinks[].endpoint"),
  moved(new RegExp(`${HOST}\\.aws\\.vpcEndpointPorts$`), "write it as privateLinks[].ports"),
  moved(new RegExp(`${HOST}\\.aws\\.privateDnsEnabled$`), "write it as privateLinks[].privateDnsEnabled"),
  later(/^apiVersion$/, "remove the line, its absence means this version"),
  later(new RegExp(`${HOST}\\.azure$`), PUBLIC),
  later(new RegExp(`${HOST}\\.onPremise$`), PUBLIC),
  later(
    new RegExp(`${HOST}\\.aws\\.privateLinks\\[\\d+\\]\\.serviceRegion$`),
    "ask the customer for a service in aws.region",
  ),
  later(
    new RegExp(`${HOST}\\.gcp\\.privateServiceConnectEndpoints\\[\\d+\\]\\.globalAccess$`),
    "ask the customer to publish in gcp.region",
  ),
  later(/^spec\.infrastructure\.executors\.subnets\.[\w-]+\.region$/, "remove the line, executors run in gcp.region"),
  later(/^spec\.infrastructure\.health\.notify$/, "watch the tunnel logs in cloudwatch"),
];

/** What to say about a key that is known without being one of the schema; undefined for any other. */
export function reservedKey(
  path: Path,
): { readonly message: string; readonly insteadOf: readonly string[] } | undefined {
  const text = formatPath(path);
  const known = KNOWN.find(({ at }) => at.test(text));
  if (known === undefined) return undefined;
  return { message: known.message.replace("%", String(path.at(-1))), insteadOf: known.insteadOf ?? [] };
}
