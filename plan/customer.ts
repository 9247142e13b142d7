import type { CodeArtifact } from "./codeArtifact/customer.ts";
import type { PublishAws, PublishGcp } from "./publish/customer.ts";
import type { SelfHosted } from "./selfHosted/customer.ts";

/**
 * The customer as the rest of the program sees it: what `stacks/load.ts` makes of a customer file, normalised once.
 * Lists have become keyed by their own data, "exactly one of" has become a tagged union, every default is filled in,
 * and DNS names are in lower case without a trailing dot.
 */

/** Which of the executor VMs' networks: one that exists already and is only read, or one this stack creates. */
export type Network = { readonly kind: "existing" | "create"; readonly name: string };

/** A static NAT address: `reserved` carries no traffic yet, `draining` takes no new connections. */
export type NatAddressState = "reserved" | "active" | "draining";

/** What a DNS route answers with. A reference to a connection of this file follows that connection's DNS name. */
export type RouteTarget =
  | { readonly kind: "name"; readonly destination: string; readonly resolverIP?: string }
  | { readonly kind: "privateLink"; readonly link: string }
  | { readonly kind: "privateServiceConnect"; readonly domain: string };

/** One private name the executors' dns-proxy translates; `source` is its key. */
export interface Route {
  readonly source: string;
  readonly target: RouteTarget;
}

/**
 * What an interface endpoint connects to: an endpoint service the customer named (`com.amazonaws.vpce.<region>.<id>`), or
 * a registry that this file makes or publishes.
 */
export type LinkTarget =
  { readonly kind: "service"; readonly serviceName: string } | { readonly kind: "registry"; readonly registry: string };

/** One private link; `key` is its endpoint service's id (`vpce-svc-…`), or the key of its registry. */
export interface PrivateLink {
  readonly key: string;
  readonly target: LinkTarget;
  /** Sorted ascending. */
  readonly ports: readonly number[];
  readonly privateDnsEnabled: boolean;
  /**
   * How executors fetch what the registry keeps in S3: over an endpoint of ours, or over the internet. Only a registry
   * made here keeps anything there.
   */
  readonly blobs: "private" | "internet";
}

/** The tunnels of one AWS connection; t0 and t1 end on HA VPN interface 0, t2 and t3 on interface 1. */
export type TunnelKey = "t0" | "t1" | "t2" | "t3";

/** The IKE and ESP suite both ends are pinned to: one value per list, or Cloud VPN fails at rekey. */
export type Proposal = "aes256-sha256-modp2048" | "aes256gcm16-sha256-ecp384";

/** One vendor-owned AWS account and region, reached over one Site-to-Site VPN. (accountID, region) is its key. */
export interface AwsConnection {
  readonly accountID: string;
  readonly region: string;
  readonly highAvailable: boolean;
  readonly vpcCidr: string;
  /** Sorted, e.g. `use1-az1`. */
  readonly availabilityZoneIDs: readonly string[];
  readonly amazonSideAsn: number;
  /** /28 whose i-th /30 is tunnel i's. */
  readonly insideCidr: string;
  readonly proposal: Proposal;
  readonly pskGenerations: Readonly<Record<TunnelKey, number>>;
  /** Sorted by `key`. */
  readonly privateLinks: readonly PrivateLink[];
}

/**
 * What a Private Service Connect endpoint connects to: a service attachment the customer named
 * (`projects/<project>/regions/<region>/serviceAttachments/<name>`, any URL prefix removed), or a registry that this file
 * publishes.
 */
export type PscTarget =
  | { readonly kind: "attachment"; readonly targetService: string }
  | { readonly kind: "registry"; readonly registry: string };

/** One Private Service Connect endpoint; `domain` is its key. */
export interface PscEndpoint {
  readonly domain: string;
  readonly target: PscTarget;
  /** Sorted ascending. */
  readonly ports: readonly number[];
}

/** Who vouches for a registry's certificate; a private CA comes with its bundle (PEM, one or more certificates). */
export type Certificate = { readonly kind: "publicCA" } | { readonly kind: "privateCA"; readonly caBundle: string };

/** What clients of a registry speak: doctor asks a registry for what its format has. */
export const REGISTRY_FORMATS = ["npm", "pypi", "maven", "docker"] as const;
export type RegistryFormat = (typeof REGISTRY_FORMATS)[number];

/** Who runs a registry: the customer, who may have said what it speaks, or this program in an account of the customer's. */
export type RegistryOrigin =
  | { readonly kind: "existing"; readonly format?: RegistryFormat }
  | { readonly kind: "codeArtifact"; readonly codeArtifact: CodeArtifact }
  | { readonly kind: "selfHosted"; readonly selfHosted: SelfHosted };

/** One registry: what the customer told at intake, or what is made here; and how it is published from the customer's side. */
export interface Registry {
  readonly key: string;
  /** Name executors and their clients use. Of CodeArtifact the host of its repositories. */
  readonly dnsName: string;
  readonly certificate: Certificate;
  readonly origin: RegistryOrigin;
  readonly publish: { readonly aws?: PublishAws; readonly gcp?: PublishGcp };
}

/** Written leave for one guarded change. `path` is as written, below `spec.infrastructure`. */
export interface Permit {
  readonly path: string;
  readonly reason: string;
  /** ISO date, inclusive; a permit past it counts for nothing. */
  readonly until?: string;
}

export interface ExecutorSubnet {
  readonly name: string;
  readonly ipCidrRange: string;
}

export interface Customer {
  readonly name: string;
  readonly displayName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly gcp: {
    readonly projectID: string;
    readonly region: string;
    readonly network: Network;
    readonly routerAsn: number;
    readonly reservedRanges: readonly string[];
  };
  readonly executors: {
    readonly serviceAccount?: string;
    readonly maxInstances: number;
    /** Sorted by name, at least one. */
    readonly subnets: readonly ExecutorSubnet[];
  };
  readonly executorNAT?: {
    /** Sorted by key. */
    readonly addresses: readonly { readonly key: string; readonly state: NatAddressState }[];
    readonly minPortsPerVm: number;
    readonly maxPortsPerVm: number;
  };
  readonly executorPrivateDNS?: {
    /** As written, leading zeros kept: twelve digits or `sha256:…`. */
    readonly proxyTag: string;
    /** Sorted by source. */
    readonly routes: readonly Route[];
  };
  /** None or one today; the shape is ready for several accounts and regions. */
  readonly aws: readonly AwsConnection[];
  readonly privateServiceConnect?: {
    /** Name of the executor subnet that endpoint addresses are taken from. */
    readonly subnet: string;
    /** Sorted by domain. */
    readonly endpoints: readonly PscEndpoint[];
  };
  /** Sorted by key. */
  readonly registries: readonly Registry[];
  readonly health: {
    readonly keepaliveInterval: number;
    readonly dpdTimeoutSeconds: number;
    readonly logRetentionDays: number;
  };
  /** Sorted by path. */
  readonly permits: readonly Permit[];
}
