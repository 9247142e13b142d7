import { parseRange, formatRange } from "../cidr.ts";
import type { Customer, Registry } from "../customer.ts";
import { isPermitted } from "../guards.ts";
import { fit } from "../names.ts";
import { awsZones } from "../regions.ts";
import type { SelfHosted } from "./customer.ts";

/** What a subnet is for: `app` instances and an internal load balancer, `db` the database, `public` what has public addresses. */
export type Tier = "app" | "db" | "public";

export interface RegistrySubnet {
  /** `<tier>-<zone id>` */
  readonly key: string;
  readonly tier: Tier;
  readonly zoneID: string;
  readonly cidr: string;
}

export interface DatabasePlan {
  readonly dbName: string;
  readonly username: string;
  readonly allocatedStorage: number;
  readonly maxAllocatedStorage: number;
}

/** What is kept from deletion: everything until the block's removal is permitted, some until a change of its own field is. */
export interface SelfHostedProtection {
  /** VPC, database, buckets, key and secrets. */
  readonly data: boolean;
  readonly loadBalancer: boolean;
  /** Secret with the long-lived key that URLs are signed with: it goes when another signs. */
  readonly accessKey: boolean;
  /** Vault of the backups. */
  readonly backup: boolean;
}

/** A self-hosted registry with every name decided. */
export interface SelfHostedPlan extends SelfHosted {
  /** What names begin with: at most 21 characters. */
  readonly name: string;
  /** Names that lead to the load balancer, the registry's first. */
  readonly hosts: readonly string[];
  readonly subnets: readonly RegistrySubnet[];
  /** Bucket of the packages, or of the copies of the registry's own volume. */
  readonly dataBucket?: string;
  /** Bucket of the load balancer's access logs. */
  readonly logBucket: string;
  readonly database?: DatabasePlan;
  readonly logRetentionDays: number;
  readonly protect: SelfHostedProtection;
}

/** Longest beginning of a name. Source: Elastic Load Balancing, names of at most 32 characters; the rest is for what follows. */
const PREFIX_MAX = 21;

/** @throws nothing: what cannot be planned was refused when the file was read. */
export function planSelfHosted(customer: Customer, registry: Registry, selfHosted: SelfHosted): SelfHostedPlan {
  const { app, accountID, registryHost } = selfHosted;
  const name = selfHosted.namePrefix ?? fit(`${customer.name}-${registry.key}`, PREFIX_MAX);
  const path = `registries[${registry.key}].selfHosted`;
  const dataBucket = bucketOf(name, selfHosted);
  return {
    ...selfHosted,
    name,
    hosts: app.kind === "quilt" ? [registryHost, app.catalogHost] : [registryHost],
    subnets: planSubnets(selfHosted),
    ...(dataBucket === undefined ? {} : { dataBucket }),
    logBucket: `${name}-logs-${accountID}`,
    ...(app.kind === "quilt" ? { database: DATABASE } : {}),
    logRetentionDays: customer.health.logRetentionDays,
    protect: {
      data: !isPermitted(customer, path),
      loadBalancer: !isPermitted(customer, `${path}.internetFacing`),
      accessKey: !isPermitted(customer, `${path}.s3Identity`),
      backup: !isPermitted(customer, `${path}.backup`),
    },
  };
}

const DATABASE: DatabasePlan = {
  dbName: "quilt",
  username: "registry",
  allocatedStorage: 20,
  maxAllocatedStorage: 200,
};

function bucketOf(name: string, { app, accountID }: SelfHosted): string | undefined {
  if (app.kind === "quilt") return app.packageBucketName;
  return app.data === undefined ? undefined : `${name}-data-${accountID}`;
}

const TIERS: readonly Tier[] = ["app", "db", "public"];

/** The published template has three subnets; a region with fewer zones gives fewer. */
const ZONES = 3;

/** AZ ids of the zones that a registry in a region runs in. */
export const registryZones = (region: string): readonly string[] => awsZones(region).slice(0, ZONES);

/** A sixteenth of the VPC for each zone of each tier: a fourth zone, or a fourth tier, finds its place free. */
function planSubnets({ region, vpcCidr, layout, egress, internetFacing }: SelfHosted): readonly RegistrySubnet[] {
  const zones = registryZones(region);
  const { network, prefix } = parseRange(vpcCidr)!;
  const size = 2 ** (32 - prefix - 4);
  const wanted = TIERS.filter((tier) => {
    if (layout === "seed") return tier === "public";
    return tier !== "public" || egress === "nat" || internetFacing;
  });
  return wanted.flatMap((tier) =>
    zones.map((zoneID, index) => ({
      key: `${tier}-${zoneID}`,
      tier,
      zoneID,
      cidr: formatRange({ network: network + (TIERS.indexOf(tier) * 4 + index) * size, prefix: prefix + 4 }),
    })),
  );
}

/** Subnets of what needs one: in the seed's layout all share the same. */
export const subnetsFor = ({ subnets, layout }: SelfHostedPlan, tier: Tier): readonly RegistrySubnet[] =>
  subnets.filter((subnet) => layout === "seed" || subnet.tier === tier);
