/** How many of a type may be in one place, as accounts and projects begin. All but the hard ones can be raised there. */
import { CUSTOMER_GATEWAY, VPC, VPN_CONNECTION, VPN_GATEWAY } from "./aws/common.ts";
import { VPC_ENDPOINT } from "./aws/endpoint.ts";
import { awsError, googleError, type CloudError } from "./errors.ts";
import { NETWORK, ROUTER } from "./gcp/common.ts";
import type { CloudObject, World } from "./world.ts";

export interface Quota {
  readonly type: string;
  readonly limit: number;
  /** Type of what the limit is for, among what the resource uses; a region of an account when left out. */
  readonly per?: string;
  readonly source: string;
  /** The cloud's words for one too many. */
  readonly refuse: (limit: number) => CloudError;
}

const VPN_GUIDE = "AWS Site-to-Site VPN User Guide, Quotas";

const aws =
  (doing: string, operation: string, code: string): Quota["refuse"] =>
  (limit) =>
    awsError(doing, `EC2: ${operation}`, code, `You have reached the limit of ${limit}.`);

const connections = aws("creating EC2 VPN Connection", "CreateVpnConnection", "VpnConnectionLimitExceeded");

export const QUOTAS: readonly Quota[] = [
  { type: VPN_CONNECTION, limit: 50, source: VPN_GUIDE, refuse: connections },
  { type: VPN_CONNECTION, limit: 10, per: VPN_GATEWAY.type, source: VPN_GUIDE, refuse: connections },
  {
    ...{ type: VPN_GATEWAY.type, limit: 5, source: VPN_GUIDE },
    refuse: aws("creating EC2 VPN Gateway", "CreateVpnGateway", "VpnGatewayLimitExceeded"),
  },
  {
    ...{ type: CUSTOMER_GATEWAY.type, limit: 50, source: VPN_GUIDE },
    refuse: aws("creating EC2 Customer Gateway", "CreateCustomerGateway", "CustomerGatewayLimitExceeded"),
  },
  {
    ...{ type: VPC_ENDPOINT, limit: 50, per: VPC.type, source: "AWS PrivateLink Guide, Quotas" },
    refuse: aws("creating EC2 VPC Endpoint", "CreateVpcEndpoint", "VpcEndpointLimitExceeded"),
  },
  {
    ...{
      type: ROUTER.type,
      limit: 5,
      per: NETWORK.type,
      source: "Cloud Router documentation, Quotas: a network and region",
    },
    refuse: (limit) =>
      googleError(
        "Error creating Router",
        "limitExceeded",
        `Exceeded the limit of ${limit} routers in the network and region`,
      ),
  },
];

/** @throws CloudError when a new object is one too many */
export function withinQuotas(world: World, made: CloudObject): void {
  for (const { type, limit, per, refuse } of QUOTAS) {
    if (type !== made.type) continue;
    if (peers(world, made, per) >= limit) throw refuse(limit);
  }
}

/** How many there are already in the region, or of the region in what the limit is for. */
function peers(world: World, made: CloudObject, per: string | undefined): number {
  if (per === undefined) return world.count(made, made.type);
  const holder = made.uses.map((key) => world.get(key)).find((used) => used?.type === per);
  return holder ? world.referrers(holder, made.type).filter(({ region }) => region === made.region).length : 0;
}
