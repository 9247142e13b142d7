/**
 * Whether VPN tunnels and their BGP sessions are up, from what both ends have. Nothing is remembered: a state is worked
 * out whenever somebody looks, so that it is never older than either end.
 */
import { VPN_CONNECTION } from "../aws/common.ts";
import { TUNNEL } from "../gcp/common.ts";
import { text } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import {
  advertisedRanges,
  awsEnd,
  awsEndAt,
  gatewayOf,
  googleEnd,
  googleEndsTowards,
  TUNNELS,
  vpcOf,
  type AwsEnd,
  type GoogleEnd,
} from "./ends.ts";
import { awsVersions, disagreement, googleVersion, rekeyRisk } from "./proposals.ts";

/** Google's word for the state of a tunnel. Source: Compute API reference, vpnTunnels, status. */
export type GoogleTunnelState = "ESTABLISHED" | "NO_INCOMING_PACKETS" | "AUTHORIZATION_ERROR" | "NEGOTIATION_FAILURE";

/** What keeps something down, for the person who has to put it right. */
interface Fault {
  readonly state: Exclude<GoogleTunnelState, "ESTABLISHED">;
  readonly reason: string;
}

/** One tunnel with its BGP session; at least one of its ends exists. */
export interface TunnelStatus {
  readonly google?: {
    readonly project: string;
    readonly region: string;
    readonly name: string;
    readonly address: string;
    readonly state: GoogleTunnelState;
  };
  readonly aws?: {
    readonly account: string;
    readonly region: string;
    readonly connection: string;
    readonly tunnel: 1 | 2;
    readonly address: string;
  };
  /** Whether IPsec is established. */
  readonly up: boolean;
  /** Why it is not. */
  readonly reason?: string;
  readonly session: {
    readonly up: boolean;
    readonly reason?: string;
    /** Prefixes AWS has from Google, and Google from AWS; empty while the session is down. */
    readonly toAws: readonly string[];
    readonly toGoogle: readonly string[];
  };
  /** Something that works now and may not for long. */
  readonly warning?: string;
}

/** A status with the ends it was worked out from. */
export interface Joined {
  readonly status: TunnelStatus;
  readonly google?: GoogleEnd;
  readonly aws?: AwsEnd;
}

/** Prefixes above which AWS closes a session. Source: AWS Site-to-Site VPN User Guide, Quotas, Dynamic routes. */
const MOST_PREFIXES = 100;

/** Every tunnel in the world: Google's first, then those of AWS that no Google tunnel leads to. */
export function allTunnels(world: World): Joined[] {
  const fromGoogle = world.all(TUNNEL.type).map((tunnel) => joinGoogle(world, tunnel));
  const met = new Set(fromGoogle.map(({ aws }) => aws?.outside));
  const alone = world
    .all(VPN_CONNECTION)
    .flatMap((connection) => TUNNELS.map((n) => awsEnd(world, connection, n)))
    .filter(({ outside }) => !met.has(outside));
  return [...fromGoogle, ...alone.map((aws) => join(world, undefined, aws))];
}

/** The tunnel a Cloud VPN tunnel is one end of. */
export function joinGoogle(world: World, tunnel: CloudObject): Joined {
  const google = googleEnd(world, tunnel);
  return join(world, google, awsEndAt(world, google.peerAddress));
}

/** The tunnel that one of a VPN connection's two is one end of. Of several Google tunnels to it the working one counts. */
export function joinAws(world: World, connection: CloudObject, n: 1 | 2): Joined {
  const aws = awsEnd(world, connection, n);
  const joined = googleEndsTowards(world, aws.outside).map((google) => join(world, google, aws));
  return joined.find(({ status }) => status.up) ?? joined[0] ?? join(world, undefined, aws);
}

function join(world: World, google: GoogleEnd | undefined, aws: AwsEnd | undefined): Joined {
  const fault = tunnelFault(google, aws);
  const warning = google && aws && rekeyRisk(google.tunnel, aws.connection, aws.n);
  const status: TunnelStatus = {
    ...(google && { google: { ...googleSide(google), state: fault?.state ?? "ESTABLISHED" } }),
    ...(aws && { aws: awsSide(aws) }),
    up: fault === undefined,
    ...(fault && { reason: fault.reason }),
    session: sessionOf(world, fault, google, aws),
    ...(warning !== undefined && { warning }),
  };
  return { status, ...(google && { google }), ...(aws && { aws }) };
}

function googleSide({ tunnel, outside }: GoogleEnd): Omit<NonNullable<TunnelStatus["google"]>, "state"> {
  return { project: tunnel.account, region: tunnel.region, name: tunnel.name ?? tunnel.id, address: outside };
}

function awsSide({ connection, n, outside }: AwsEnd): NonNullable<TunnelStatus["aws"]> {
  const { account, region, id } = connection;
  return { account, region, connection: id, tunnel: n, address: outside };
}

/** What keeps IPsec down, in the order in which the two ends would find out. */
function tunnelFault(google: GoogleEnd | undefined, aws: AwsEnd | undefined): Fault | undefined {
  const silent = (reason: string): Fault => ({ state: "NO_INCOMING_PACKETS", reason });
  if (google === undefined) return silent(`no Google tunnel leads to ${aws?.outside ?? "it"}`);
  const { external, externalInterface, peerAddress, outside, gateway, gatewayInterface, tunnel } = google;
  if (aws === undefined) {
    return silent(
      `no AWS tunnel has the address ${peerAddress} that interface ${externalInterface} of ${external?.name} names`,
    );
  }
  if (aws.peerAddress !== outside) {
    const told = `customer gateway ${aws.customerGateway?.id} of ${aws.connection.id}`;
    return silent(
      `AWS expects ${aws.peerAddress} (${told}), but the tunnel comes from ${outside} (interface ${gatewayInterface} of ${gateway?.name})`,
    );
  }
  const refused = (reason: string): Fault => ({ state: "NEGOTIATION_FAILURE", reason });
  const [allowed, used] = [awsVersions(aws.connection, aws.n), googleVersion(tunnel)];
  if (!allowed.includes(used)) return refused(`AWS allows ${allowed.join(" and ")}, Google uses ${used}`);
  const early = disagreement(tunnel, aws.connection, aws.n);
  // Keys are compared once phase 1 has been agreed on, before phase 2.
  if (early?.startsWith("no phase 1") === true) return refused(early);
  if (google.keyHash !== aws.keyHash) return { state: "AUTHORIZATION_ERROR", reason: "pre-shared keys differ" };
  return early === undefined ? undefined : refused(early);
}

function sessionOf(
  world: World,
  fault: Fault | undefined,
  google: GoogleEnd | undefined,
  aws: AwsEnd | undefined,
): TunnelStatus["session"] {
  const down = (reason: string): TunnelStatus["session"] => ({ up: false, reason, toAws: [], toGoogle: [] });
  if (fault !== undefined || google === undefined || aws === undefined) return down("the tunnel is down");
  const reason = sessionFault(google, aws);
  if (reason !== undefined) return down(reason);
  const toAws = advertisedRanges(world, google.router!, google.peer!);
  if (toAws.length > MOST_PREFIXES) {
    return down(`AWS closes the session: Google advertises ${toAws.length} prefixes, AWS takes ${MOST_PREFIXES}`);
  }
  const gateway = gatewayOf(world, aws.connection);
  const vpc = gateway && vpcOf(world, gateway);
  // Source: AWS Site-to-Site VPN User Guide, How it works: a virtual private gateway advertises the range of its VPC.
  return { up: true, toAws, toGoogle: vpc ? [String(vpc.args["cidrBlock"])] : [] };
}

/** What keeps BGP down in a tunnel that is up. */
function sessionFault({ link, peer, router, asn }: GoogleEnd, aws: AwsEnd): string | undefined {
  if (aws.staticRoutes) return `${aws.connection.id} has static routes only and speaks no BGP`;
  if (link === undefined || router === undefined) return "no router interface is linked to the tunnel";
  if (peer === undefined) return `router interface ${link.name} has no BGP peer`;
  if (peer.args["enable"] === false) return `BGP peer ${peer.name} is disabled`;
  const own = text(peer.args["ipAddress"]) ?? text(peer.attrs["ipAddress"]) ?? "";
  const other = text(peer.args["peerIpAddress"]) ?? text(peer.attrs["peerIpAddress"]) ?? "";
  if (own === aws.inside.own && other === aws.inside.peer) {
    return `inside addresses are swapped: AWS has ${aws.inside.own}, which Google takes for its own`;
  }
  if (own !== aws.inside.peer) return `inside addresses differ: Google has ${own}, AWS expects ${aws.inside.peer}`;
  if (other !== aws.inside.own) return `inside addresses differ: AWS has ${aws.inside.own}, Google expects ${other}`;
  if (asn !== aws.peerAsn) return `ASNs differ: Google has ${asn}, AWS expects ${aws.peerAsn}`;
  const expected = Number(peer.args["peerAsn"]);
  return expected === aws.asn ? undefined : `ASNs differ: AWS has ${aws.asn}, Google expects ${expected}`;
}
