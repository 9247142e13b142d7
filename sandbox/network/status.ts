/** The state of everything that connects, as an operator would gather it from both clouds' consoles. */
import { ROUTE_TABLE } from "../aws/common.ts";
import { VPC_ENDPOINT } from "../aws/endpoint.ts";
import { ADDRESS, FORWARDING_RULE, NETWORK, resolve, ROUTER_NAT } from "../gcp/common.ts";
import { isEndpoint, pscStatus } from "../gcp/psc.ts";
import { blocks, text, texts } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import { learnedRoutes, routesOf, type LearnedRoute, type PropagatedRoute } from "./routes.ts";
import { allTunnels, type Joined, type TunnelStatus } from "./tunnels.ts";

/** Whether the tunnels between an HA VPN gateway and one peer cover what Google's 99.99 % asks for. */
export interface Redundancy {
  readonly project: string;
  readonly gateway: string;
  readonly peer: string;
  readonly met: boolean;
  /** Interface pairs without a tunnel, where it is not met. */
  readonly reason?: string;
}

/** An interface endpoint in AWS or a Private Service Connect endpoint. */
export interface EndpointStatus {
  readonly kind: "interface endpoint" | "private service connect";
  /** AWS account or Google project. */
  readonly account: string;
  readonly region: string;
  readonly name: string;
  /** Name or URL path of the customer's service. */
  readonly service: string;
  /** As the cloud gives it, e.g. `available`, `pendingAcceptance`, `ACCEPTED`, `CLOSED`. */
  readonly state: string;
  /** True where the state lets traffic through. */
  readonly usable: boolean;
  readonly addresses: readonly string[];
}

/** The static addresses of one Cloud NAT. */
export interface NatStatus {
  readonly project: string;
  readonly region: string;
  readonly name: string;
  readonly active: readonly string[];
  readonly draining: readonly string[];
}

export interface NetworkStatus {
  readonly tunnels: readonly TunnelStatus[];
  readonly redundancy: readonly Redundancy[];
  readonly routes: {
    /** Learned by Google networks. */
    readonly google: readonly (LearnedRoute & { readonly project: string; readonly network: string })[];
    /** In AWS route tables, towards the VPN. */
    readonly aws: readonly (PropagatedRoute & { readonly account: string; readonly table: string })[];
  };
  readonly endpoints: readonly EndpointStatus[];
  readonly nats: readonly NatStatus[];
}

/**
 * What is connected in a world.
 * @param accounts AWS accounts and Google projects to keep to; everything when left out
 */
export function networkStatus(world: World, accounts?: readonly string[]): NetworkStatus {
  const chosen = accounts && new Set(accounts);
  const kept = <Place extends { readonly account: string }>(objects: Place[]): Place[] =>
    objects.filter(({ account }) => chosen?.has(account) ?? true);
  const joined = allTunnels(world).filter(({ status: { google, aws } }) =>
    [google?.project, aws?.account].some((one) => one !== undefined && (chosen?.has(one) ?? true)),
  );
  return {
    tunnels: joined.map(({ status }) => status).sort(byName),
    redundancy: redundancies(joined),
    routes: {
      google: kept(world.all(NETWORK.type)).flatMap((network) =>
        learnedRoutes(world, network).map((route) => ({ project: network.account, network: network.name!, ...route })),
      ),
      aws: kept(world.all(ROUTE_TABLE.type)).flatMap((table) =>
        routesOf(world, table).map((route) => ({ account: table.account, table: table.id, ...route })),
      ),
    },
    endpoints: [
      ...kept(world.all(VPC_ENDPOINT)).map(interfaceEndpoint),
      ...kept(world.all(FORWARDING_RULE.type).filter(isEndpoint)).map((rule) => pscEndpoint(world, rule)),
    ],
    nats: kept(world.all(ROUTER_NAT)).map((nat) => natStatus(world, nat)),
  };
}

function byName(left: TunnelStatus, right: TunnelStatus): number {
  return label(left) < label(right) ? -1 : 1;
}

/** Google's name of a tunnel, or AWS's where only AWS has it. */
export function label({ google, aws }: TunnelStatus): string {
  return google?.name ?? `${aws?.connection} tunnel ${aws?.tunnel}`;
}

/**
 * Which interfaces of an external gateway each HA VPN interface must have tunnels to.
 * Source: Compute API reference, ExternalVpnGateway, redundancyType; vpnGateways.getStatus.
 */
const PAIRS: Readonly<Record<string, readonly (readonly [own: number, peer: number])[]>> = {
  SINGLE_IP_INTERNALLY_REDUNDANT: [
    [0, 0],
    [1, 0],
  ],
  TWO_IPS_REDUNDANCY: [
    [0, 0],
    [1, 1],
  ],
  FOUR_IPS_REDUNDANCY: [
    [0, 0],
    [0, 1],
    [1, 2],
    [1, 3],
  ],
};

function redundancies(joined: readonly Joined[]): Redundancy[] {
  const groups = new Map<string, Joined[]>();
  for (const one of joined) {
    if (!one.google?.gateway || !one.google.external) continue;
    const key = `${keyOf(one.google.gateway)} ${keyOf(one.google.external)}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const { gateway, external } = group[0]!.google!;
    const pairs = group.map(({ google }) => `${google!.gatewayInterface} to ${google!.externalInterface}`);
    const needed = PAIRS[text(external!.args["redundancyType"]) ?? ""] ?? [];
    const missing = needed.map(([own, peer]) => `${own} to ${peer}`).filter((pair) => !pairs.includes(pair));
    return {
      ...{ project: gateway!.account, gateway: gateway!.name!, peer: external!.name!, met: missing.length === 0 },
      ...(missing.length > 0 && { reason: `no tunnel from interface ${missing.join(", ")}` }),
    };
  });
}

function interfaceEndpoint({ account, region, id, args, attrs }: CloudObject): EndpointStatus {
  const state = String(attrs["state"]);
  const addresses = blocks(attrs["networkInterfaces"]).map(({ ip }) => String(ip));
  const service = String(args["serviceName"]);
  return {
    kind: "interface endpoint",
    account,
    region,
    name: id,
    service,
    state,
    usable: state === "available",
    addresses,
  };
}

function pscEndpoint(world: World, rule: CloudObject): EndpointStatus {
  const { account, region, name, id, args, attrs } = rule;
  const state = pscStatus(world, rule);
  return {
    ...{
      kind: "private service connect" as const,
      account,
      region,
      name: name ?? id,
      state,
      usable: state === "ACCEPTED",
    },
    service: String(args["target"]).replace(/^.*?projects\//, "projects/"),
    addresses: [String(attrs["ipAddress"])],
  };
}

/** Addresses of a Cloud NAT, as numbers. */
export function natStatus(world: World, nat: CloudObject): NatStatus {
  const listed = (name: string): string[] =>
    texts(nat.args[name]).map((url) => String(resolve(world, nat, ADDRESS, url)?.attrs["address"]));
  const { account, region, name, id } = nat;
  return { project: account, region, name: name ?? id, active: listed("natIps"), draining: listed("drainNatIps") };
}
