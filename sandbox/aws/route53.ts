/** Route 53: records in hosted zones that exist already. */
import { addressOf } from "../addresses.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, text, texts } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import { Doing } from "./common.ts";
import { LOAD_BALANCER } from "./elb.ts";

export const RECORD = "aws:route53/record:Record";
/** Hosted zones are seeded; no program under test makes one. */
export const HOSTED_ZONE = "aws:route53/zone:Zone";

const record: Handler = {
  scope: "global",
  create(call) {
    const [zoneId, type] = [String(call.args["zoneId"]), String(call.args["type"])];
    const doing = new Doing("creating Route53 Record", "Route 53: ChangeResourceRecordSets");
    const zone = call.world.find(call.place, HOSTED_ZONE, zoneId);
    if (!zone) throw doing.error("NoSuchHostedZone", `No hosted zone found with ID: ${zoneId}`);
    const fqdn = within(String(call.args["name"]), String(zone.name));
    unique(call, doing, zone, fqdn, type);
    wellFormed(call, doing, type);
    const id = `${zoneId}_${String(call.args["name"])}_${type}`;
    return { id, name: fqdn, attrs: { fqdn }, uses: [zone], terms: [term(fqdn, type)] };
  },
  update(call) {
    wellFormed(
      call,
      new Doing("updating Route53 Record", "Route 53: ChangeResourceRecordSets"),
      String(call.args["type"]),
    );
    return {};
  },
  inUse: ({ id }) => new Error(`nothing can use record ${id}`),
};

const term = (fqdn: string, type: string): string => `${fqdn} ${type}`;

/** The full name of a record: the provider adds the zone's name where it is missing. */
function within(name: string, zone: string): string {
  const bare = name.toLowerCase().replace(/\.$/, "");
  if (bare === "") return zone;
  return bare === zone || bare.endsWith(`.${zone}`) ? bare : `${bare}.${zone}`;
}

/** Source: Route 53 API Reference, ChangeResourceRecordSets; Developer Guide, Supported DNS record types, CNAME. */
function unique(call: Call, doing: Doing, zone: CloudObject, fqdn: string, type: string): void {
  const siblings = call.world.referrers(zone, RECORD).filter(({ name }) => name === fqdn);
  const refuse = (why: string): Error => doing.error("InvalidChangeBatch", `[${why}]`);
  if (siblings.some(({ args }) => args["type"] === type) && call.args["allowOverwrite"] !== true)
    throw refuse(`Tried to create resource record set [name='${fqdn}.', type='${type}'] but it already exists`);
  const set = `RRSet of type ${type} with DNS name ${fqdn}. is not permitted`;
  if (type === "CNAME" && fqdn === zone.name) throw refuse(`${set} at apex in zone ${zone.name}.`);
  const conflict = siblings.some(({ args }) => args["type"] !== type && [args["type"], type].includes("CNAME"));
  if (conflict)
    throw refuse(`${set} as it conflicts with other records with the same DNS name in zone ${String(zone.name)}.`);
}

const POLICIES = [
  ...["weightedRoutingPolicies", "latencyRoutingPolicies", "failoverRoutingPolicies", "geolocationRoutingPolicies"],
  ...["geoproximityRoutingPolicy", "cidrRoutingPolicy", "multivalueAnswerRoutingPolicy", "setIdentifier"],
];

/**
 * Types of records there is no alias of, and those of an alias of a load balancer.
 * Source: Route 53 Developer Guide, Choosing between alias and non-alias records; Values specific for simple alias records.
 */
function aliased({ args, world }: Call, doing: Doing, type: string): void {
  const [alias] = blocks(args["aliases"]);
  if (alias === undefined) return;
  const balancer = /\.elb(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?\.?$/.test(String(alias["name"]));
  const fits = balancer ? type === "A" || type === "AAAA" : type !== "SOA" && type !== "NS";
  const target = `[Tried to create an alias that targets ${String(alias["name"])}, type ${type} in zone ${String(alias["zoneId"])}, but`;
  if (!fits) throw doing.error("InvalidChangeBatch", `${target} that target was not found]`);
  const [found] = world.anywhere(LOAD_BALANCER, String(alias["name"]));
  if (found && found.attrs["zoneId"] !== alias["zoneId"])
    throw doing.error("InvalidChangeBatch", `${target} the alias target name does not lie within the target zone]`);
}

function wellFormed(call: Call, doing: Doing, type: string): void {
  const { args } = call;
  aliased(call, doing, type);
  const policy = POLICIES.find((name) => args[name] !== undefined);
  if (policy !== undefined) throw doing.error("InvalidInput", `the sandbox does not simulate ${policy}: leave it out`);
  const bad = type === "A" ? texts(args["records"]).find((value) => addressOf(value) === undefined) : undefined;
  if (bad === undefined) return;
  const message = `[Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '${bad}'']`;
  throw doing.error("InvalidChangeBatch", message);
}

/** Values of a name in public DNS, from whatever public zone holds it; quotes around texts are taken off. */
export function publicRecord(world: World, fqdn: string, type: string): string[] {
  return world
    .anywhere(RECORD, term(fqdn.toLowerCase().replace(/\.$/, ""), type))
    .filter(({ uses, within: zone }) => [...uses, ...zone].some((key) => world.get(key)?.args["private"] !== true))
    .flatMap(({ args }) => texts(args["records"]))
    .map((value) => text(value.replace(/^"(.*)"$/, "$1")) ?? "");
}

/** A record as it is in a zone without the program under test. */
export function recordOutside(zone: CloudObject, name: string, type: string, values: readonly string[]): CloudObject {
  const fqdn = within(name, String(zone.name));
  const { cloud, account, region } = zone;
  return {
    ...{ cloud, account, region, type: RECORD, id: `${zone.id}_${fqdn}_${type}`, name: fqdn, outside: true },
    args: { zoneId: zone.id, name: fqdn, type, ttl: 300, records: [...values] },
    ...{ attrs: { fqdn }, secrets: {}, uses: [], within: [keyOf(zone)] },
    terms: [term(fqdn, type)],
  };
}

export const ROUTE53_HANDLERS: Record<string, Handler> = { [RECORD]: record };
