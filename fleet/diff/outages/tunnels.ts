/** Which tunnels a change takes down, why, and for how long. */

import type { Outage, ResourceChange } from "../types.ts";
import { edits, FOR_GOOD, type Changed } from "./changed.ts";

/** Why one tunnel is down; of several, the longest counts. */
interface Drop {
  readonly tunnel: string;
  readonly why: string;
  readonly seconds: Outage["seconds"];
}

/**
 * AWS edits one tunnel of a connection at a time, each down for minutes. Source: AWS Site-to-Site VPN User Guide, "Modify
 * tunnel options": several minutes a tunnel; the range is of the durations the simulated clouds keep for one edit.
 */
const AWS_EDIT: Outage["seconds"] = [240, 900];

/**
 * Google deletes and makes tunnel, interface and session: three operations down, three up, at 11 to 25 seconds each in
 * public apply logs, then IKE and BGP, whose hold time is up to 60 seconds. Source: Cloud Router documentation, "BGP timers".
 */
const GOOGLE_REPLACES: Outage["seconds"] = [60, 240];

/** Only interface or session is new: two to four operations of the same logs, then BGP. */
const SESSION_REPLACED: Outage["seconds"] = [40, 160];

/** A VPN connection is deleted (1 to 5 minutes) and made (4 to 8, public apply logs), and Google's side after it. */
const CONNECTION_REPLACED: Outage["seconds"] = [360, 1200];

/** Another gateway takes the attachment's place and both connections are edited; the same sources. */
const GATEWAY_REPLACED: Outage["seconds"] = [60, 1200];

const BOTH = { a: ["t0", "t1"], b: ["t2", "t3"] } as const;

/** The tunnels of one connection, by the end of its name; tunnels are t0 and t1 on `a`, t2 and t3 on `b`. */
const tunnelsOf = (name: string): readonly string[] =>
  name.endsWith("-b") ? BOTH.b : name.endsWith("-a") ? BOTH.a : [];

const keyOf = (name: string): string => /-(t[0-3])$/.exec(name)?.[1] ?? name;

/** One outage per tunnel, or one for all where none stays up. */
export function tunnelOutages(changed: Changed): readonly Outage[] {
  const existing = changed.before("VPNTunnel").map(({ name }) => keyOf(name));
  const drops = [...googleDrops(changed), ...awsDrops(changed), ...sharedDrops(changed, existing)];
  const worst = existing.flatMap((tunnel) => longest(drops.filter((drop) => drop.tunnel === tunnel)) ?? []);
  const oneByOne = worst.every(({ seconds }) => seconds === AWS_EDIT);
  if (worst.length > 1 && worst.length === existing.length && !oneByOne) return allDown(worst);
  const redundant = worst.length < existing.length;
  return worst.map(({ tunnel, why, seconds }) => ({
    ...{ what: `tunnel ${tunnel}`, kind: "tunnel", seconds, redundant },
    why:
      redundant || worst.length === 1
        ? why
        : `${why}; every tunnel has its turn, and nothing waits for the session of the one before`,
  }));
}

/** No tunnel stays up: those that come back, and those that do not. */
function allDown(drops: readonly Drop[]): readonly Outage[] {
  const [gone, back] = [
    drops.filter(({ seconds }) => seconds === FOR_GOOD),
    drops.filter(({ seconds }) => seconds !== FOR_GOOD),
  ];
  return [back, gone].flatMap((some): readonly Outage[] => {
    const worst = longest(some);
    if (worst === undefined) return [];
    const what = some.map(({ tunnel }) => tunnel).join(", ");
    const why = `${worst.why}; no tunnel stays up`;
    return [{ what, kind: "all tunnels", why, seconds: worst.seconds, redundant: false }];
  });
}

/** The drop that takes longest; one for good outlasts any. */
function longest(drops: readonly Drop[]): Drop | undefined {
  const most = ({ seconds }: Drop): number => seconds?.[1] ?? Infinity;
  return drops.reduce<Drop | undefined>((a, b) => (a === undefined || most(b) > most(a) ? b : a), undefined);
}

function googleDrops(changed: Changed): readonly Drop[] {
  const drops = (className: string, seconds: Outage["seconds"], what: string): Drop[] =>
    changed.gone(className).map(({ kind, name }) => ({
      tunnel: keyOf(name),
      ...(kind === "delete"
        ? { why: "the tunnel is taken away", seconds: FOR_GOOD }
        : { why: `google deletes ${what} and makes it anew`, seconds }),
    }));
  return [
    ...drops("VPNTunnel", GOOGLE_REPLACES, "tunnel, interface and session"),
    ...drops("RouterInterface", SESSION_REPLACED, "the tunnel's interface"),
    ...drops("RouterPeer", SESSION_REPLACED, "the tunnel's bgp session"),
  ];
}

function awsDrops(changed: Changed): readonly Drop[] {
  return changed.of("VpnConnection").flatMap((change) => {
    const both = tunnelsOf(change.name);
    if (change.kind === "delete") {
      return both.map((tunnel) => ({ tunnel, why: "its vpn connection is taken away", seconds: FOR_GOOD }));
    }
    if (change.kind === "replace") {
      const why = "aws deletes its vpn connection and makes it anew";
      return both.map((tunnel) => ({ tunnel, why, seconds: CONNECTION_REPLACED }));
    }
    const moved = edits(change, "customerGatewayId", "vpnGatewayId", "transitGatewayId");
    return both.flatMap((tunnel, index) => editedDrop(change, tunnel, index + 1, moved));
  });
}

function editedDrop(change: ResourceChange, tunnel: string, n: number, moved: boolean): readonly Drop[] {
  if (moved) return [{ tunnel, why: "aws moves its vpn connection to another gateway", seconds: GATEWAY_REPLACED }];
  if (!edits(change, `tunnel${n}`)) return [];
  const what = edits(change, `tunnel${n}PresharedKey`) ? "aws gives it another key" : "aws edits its options";
  return [{ tunnel, why: `${what}, and takes it down for that`, seconds: AWS_EDIT }];
}

/** What all tunnels share: gateways, the router, and the network's attachment. */
function sharedDrops(changed: Changed, tunnels: readonly string[]): readonly Drop[] {
  const attachment = [...changed.gone("VpnGatewayAttachment"), ...changed.gone("VpnGateway")];
  const router = changed.of("Router").filter((change) => edits(change, "bgp.asn"));
  const drops: Drop[] = [];
  for (const tunnel of tunnels) {
    if (attachment.length > 0) {
      drops.push({ tunnel, why: "aws takes the vpn gateway off its vpc", seconds: GATEWAY_REPLACED });
    }
    if (router.length > 0)
      drops.push({ tunnel, why: "the cloud router starts every session anew", seconds: SESSION_REPLACED });
  }
  return drops;
}
