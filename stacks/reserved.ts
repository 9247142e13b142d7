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

const REGISTRY = /^spec\.infrastructure\.registries\.[^.]+/.source;

/** What people look for in the block of a registry, and where it is. */
const OF_REGISTRIES: readonly Known[] = [
  moved(
    /^spec\.infrastructure\.registries\..*(?:passw(?:or)?d|passphrase|\.(?:secret|token|api_?key|private_?key))$/i,
    "what stands in this file stays in git, remove it; store it in secrets manager and name its arn, or let rds make it",
  ),
  moved(
    new RegExp(`${REGISTRY}\\.selfHosted\\.(?:cors|corsOrigins|allowedOrigins)$`),
    "remove it; the bucket answers the catalog's origin alone, and every origin with seedCompatible: true",
  ),
  moved(
    new RegExp(`${REGISTRY}\\.selfHosted\\.(?:db)?engineVersion$`, "i"),
    "remove it; the database's version is the program's, the same for every customer",
  ),
  moved(
    new RegExp(`${REGISTRY}\\.codeArtifact\\.(?:repositories\\..*\\.)?externalConnections?$`),
    "write public sources under stores, each gets a repository of its own that others fall back on",
  ),
  moved(
    new RegExp(`${REGISTRY}\\.publish\\.aws\\.(?:allowedPrincipals|principals)$`),
    "remove it; aws.accountID of the connection is allowed by itself, and nobody else",
  ),
  moved(
    new RegExp(`${REGISTRY}\\.publish\\.gcp\\.(?:consumers|consumerAcceptLists?|acceptedProjects)$`),
    "remove it; gcp.projectID is accepted by itself, and nobody else, as often as connectionLimit says",
  ),
];

const KNOWN: readonly Known[] = [
  ...OF_REGISTRIES,
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
