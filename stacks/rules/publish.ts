import { contains, parseAddress, range } from "../../plan/cidr.ts";
import { PRIVATE_RANGES } from "../../plan/publish/facts.ts";
import { defaultZones, regionOfZone } from "../../plan/regions.ts";
import { registryZones } from "../../plan/selfHosted/plan.ts";
import type { Path } from "../paths.ts";
import { either } from "../wording.ts";
import type { Check, Infrastructure, Rule } from "./check.ts";
import { arnInWords, inWords, isAt, publishedPlace, type AwsPlace } from "./place.ts";
import { publishOnGoogle } from "./publishGoogle.ts";

/** What a registry is published by in the customer's AWS account. */

type Registry = NonNullable<NonNullable<Infrastructure["registries"]>[string]>;
type Aws = NonNullable<NonNullable<Registry["publish"]>["aws"]>;
type Listener = NonNullable<NonNullable<Aws["listeners"]>[string]>;

interface Published {
  readonly check: Check;
  readonly path: Path;
  readonly registry: Registry;
  readonly aws: Aws;
  /** Where it is published, whichever block says so. */
  readonly place: AwsPlace;
}

/** A rule for each registry that is published on AWS. */
const each =
  (rule: (published: Published) => void): Rule =>
  (check) => {
    for (const [key, registry] of Object.entries(check.infrastructure.registries ?? {})) {
      const aws = registry?.publish?.aws;
      if (registry !== undefined && aws !== undefined)
        rule({ check, path: ["registries", key, "publish", "aws"], registry, aws, place: publishedPlace(registry) });
    }
  };

/** What of a registry that is run here is known already may be left out; of any other nothing. */
const complete = each(({ check, path, registry, aws }) => {
  const own = registry.selfHosted !== undefined;
  if (registry.codeArtifact !== undefined) {
    check.report(path, "expected no publish with codeArtifact, got one; aws publishes it, remove the block", "key");
    return;
  }
  if (!check.isIntact(path[0]!, path[1]!, "selfHosted")) return;
  const needed = { accountID: "the account's id", region: "the region", vpcID: "the targets' vpc" } as const;
  for (const field of ["accountID", "region", "vpcID", "subnets", "listeners"] as const) {
    const what = field === "subnets" || field === "listeners" ? field : needed[field];
    if (!own && aws[field] === undefined && check.isIntact(...path, field)) {
      check.report([...path, field], `expected ${what} of a registry the customer runs, got nothing; add ${field}`);
    }
    if (!own || aws[field] === undefined || field === "listeners") continue;
    const known = field === "accountID" || field === "region" ? registry.selfHosted[field] : undefined;
    if (known === aws[field]) continue;
    const expected = known === undefined ? `no ${field}` : known;
    const got = typeof aws[field] === "string" ? aws[field] : "some";
    check.report([...path, field], `expected ${expected} with selfHosted, got ${got}; remove the line`, "key");
  }
});

/** Somebody has to connect, in the same region and from another account (CP-04, CP-08). */
const consumers = each(({ check, path, aws, place }) => {
  const connection = check.infrastructure.privateCodeHost?.aws;
  if (connection === undefined) {
    if (!check.isIntact("privateCodeHost")) return;
    const message = "expected privateCodeHost.aws beside publish.aws, got none; its account is the one that is let in";
    check.report(path, message, "key");
    return;
  }
  const linked = (connection.privateLinks ?? []).some((link) => link?.registry === path[1]);
  // Where a link leads to the registry the mistake is told of there.
  if (linked) return;
  const { accountID, region } = place;
  const said = (field: keyof AwsPlace): Path =>
    aws[field] === undefined ? [...path.slice(0, 2), "selfHosted", field] : [...path, field];
  if (connection.region !== undefined && region !== undefined && region !== connection.region) {
    const fix = "an endpoint and its service share a region, correct one of the two";
    check.report(said("region"), `expected ${connection.region} (aws.region), got ${region}; ${fix}`);
  }
  if (connection.accountID !== undefined && accountID === connection.accountID) {
    const fix = "nobody is let into an account of its own, write the customer's";
    check.report(said("accountID"), `expected an account other than aws.accountID, got the same; ${fix}`);
  }
});

/** Two zones at least, each once, of the service's region (CP-01, CP-07). */
const zones = each(({ check, path, aws, place }) => {
  const subnets = Object.entries(aws.subnets ?? {});
  if (aws.subnets === undefined || !check.isIntact(...path, "subnets")) return;
  const seen = new Map<string, string>();
  for (const [id, zone] of subnets) {
    if (zone === undefined) continue;
    const region = regionOfZone(zone);
    if (place.region !== undefined && region !== place.region) {
      const fix = region === undefined ? "there is no such zone" : `${zone} is in ${region}`;
      check.report([...path, "subnets", id], `expected a zone of ${place.region}, got ${zone}; ${fix}, correct it`);
    }
    const first = seen.get(zone);
    if (first !== undefined) {
      const fix = "a load balancer has one subnet in a zone, remove one";
      check.report([...path, "subnets", id], `expected each zone once, got ${zone} again (first at ${first}); ${fix}`);
    }
    seen.set(zone, first ?? id);
  }
  if (seen.size < 2) {
    const message = `expected subnets in two zones or more, got ${seen.size === 1 ? "one" : "none"}; add a subnet of another zone`;
    check.report([...path, "subnets"], message);
    return;
  }
  inCommon(check, [...path, "subnets"], "the subnets' zones", new Set(seen.keys()));
});

/** A registry that is run here is published in the zones it runs in. */
const ownZones = each(({ check, path, registry, place }) => {
  if (registry.selfHosted === undefined || place.region === undefined) return;
  if (check.infrastructure.privateCodeHost?.aws?.region !== place.region) return;
  const theirs = registryZones(place.region);
  const where = `those that ${path[1]} runs in (${either(theirs, "and")})`;
  inCommon(check, ["privateCodeHost", "aws", "availabilityZoneIDs"], where, new Set(theirs));
});

/** An endpoint finds a service in zones alone that both have. */
function inCommon(check: Check, at: Path, where: string, theirs: ReadonlySet<string>): void {
  const { availabilityZoneIDs: given, region = "" } = check.infrastructure.privateCodeHost?.aws ?? {};
  if (!check.isIntact("privateCodeHost", "aws", "availabilityZoneIDs")) return;
  const ours = given === undefined ? defaultZones(region) : given.filter((id) => id !== undefined);
  const common = ours.filter((id) => theirs.has(id));
  if (ours.length === 0 || common.length > 1) return;
  const found = common.length === 0 ? "none" : "one";
  const which = `${either(ours, "and")}${given === undefined ? " by default" : ""}`;
  const message = `${found} of aws.availabilityZoneIDs (${which}) is among ${where}, and an endpoint finds the service in common zones alone; have two in common`;
  if (common.length === 0) check.report(at, `expected zones in common with ours, got none; ${message}`);
  else check.note(at, message);
}

const listeners = each(({ check, path, registry, aws, place }) => {
  for (const [key, listener] of Object.entries(aws.listeners ?? {})) {
    if (listener === undefined) continue;
    const at = [...path, "listeners", key];
    encrypted(check, at, listener, place);
    targeted(check, at, listener, registry, place);
  }
  if (aws.listeners !== undefined && Object.keys(aws.listeners).length === 0) {
    check.report([...path, "listeners"], 'expected at least one listener, got none; add "443": { target: … }');
  }
});

/** CP-02: TLS ends where the certificate is. */
function encrypted(check: Check, at: Path, listener: Listener, place: AwsPlace): void {
  const ends = listener.mode === "tls-terminate";
  if (listener.mode === undefined) return;
  if (ends && listener.certificateArn === undefined && check.isIntact(...at, "certificateArn")) {
    const fix = "add the arn, or write tls-passthrough";
    check.report([...at, "certificateArn"], `expected a certificate with tls-terminate, got nothing; ${fix}`);
  }
  for (const field of ["certificateArn", "reencrypt"] as const) {
    if (ends || listener[field] === undefined || listener[field] === false) continue;
    const message = `expected no ${field} with ${listener.mode}, got one; the target ends tls, remove the line`;
    check.report([...at, field], message, "key");
  }
  if (ends && listener.idleTimeoutSeconds !== undefined) {
    const message = "expected no idleTimeoutSeconds with tls-terminate, got some; aws keeps 350 there, remove the line";
    check.report([...at, "idleTimeoutSeconds"], message, "key");
  }
  here(check, [...at, "certificateArn"], listener.certificateArn, place, "certificate");
}

/** What is in an ARN is in the account and region of the load balancer. */
function here(check: Check, at: Path, arn: string | undefined, place: AwsPlace, what: string): void {
  if (arn === undefined || isAt(arn, place)) return;
  const got = `got one${arnInWords(arn, place)}`;
  check.report(at, `expected a ${what}${inWords(place)}, ${got}; aws takes no other`);
}

const KINDS = ["addresses", "instances", "autoScalingGroup", "loadBalancerArn"] as const;
const PRIVATE = PRIVATE_RANGES.map(range);

/** CP-03, SR-20: one kind of target, which the load balancer takes. */
function targeted(check: Check, at: Path, listener: Listener, { selfHosted }: Registry, place: AwsPlace): void {
  const target = listener.target;
  const path = [...at, "target"];
  if (!check.isIntact(...path)) return;
  const kinds = KINDS.filter((kind) => target?.[kind] !== undefined);
  const own = selfHosted !== undefined;
  if (own && kinds.length > 0) {
    const message = `expected no ${kinds[0]} with selfHosted, got some; the registry itself is the target, remove the line`;
    check.report([...path, kinds[0]!], message, "key");
  } else if (!own && kinds.length !== 1) {
    const got = kinds.length === 0 ? "none" : either(kinds, "and");
    check.report(path, `expected one of ${either(KINDS)}, got ${got}; ${kinds.length === 0 ? "add" : "keep"} one`);
    return;
  }
  const requests = own || target?.loadBalancerArn !== undefined;
  if (requests && listener.mode === "tls-terminate") {
    const fix = "a load balancer is reached over tcp alone and ends tls itself, write tls-passthrough";
    check.report([...at, "mode"], `expected tls-passthrough or tcp, got tls-terminate; ${fix}`);
  }
  if (requests && listener.healthCheck?.protocol === "TCP") {
    const message = "expected HTTP or HTTPS of a load balancer, got TCP; write one of the two";
    check.report([...at, "healthCheck", "protocol"], message);
  }
  if (!requests && listener.healthCheck?.protocol === "TCP" && listener.healthCheck.path !== undefined) {
    const message = "expected no path with TCP, got one; remove the line, or write HTTPS";
    check.report([...at, "healthCheck", "path"], message, "key");
  }
  here(check, [...path, "loadBalancerArn"], target?.loadBalancerArn, place, "load balancer");
  privateAddresses(check, [...path, "addresses"], target?.addresses);
  if (target?.outsideVpc === true && target.addresses === undefined) {
    const message = "expected addresses with outsideVpc, got none; remove the line";
    check.report([...path, "outsideVpc"], message, "key");
  }
}

/** Source: Elastic Load Balancing API Reference, TargetDescription: RFC 1918 and RFC 6598. */
function privateAddresses(check: Check, at: Path, addresses: readonly (string | undefined)[] | undefined): void {
  (addresses ?? []).forEach((address, index) => {
    const network = parseAddress(address ?? "");
    if (network === undefined || PRIVATE.some((outer) => contains(outer, { network, prefix: 32 }))) return;
    const expected = `an address in ${either(PRIVATE_RANGES)}`;
    check.report(
      [...at, index],
      `expected ${expected}, got ${address}; a public one is no target, write the private one`,
    );
  });
}

const elsewhere = each(({ check, path, aws, place }) => {
  const own = place.region;
  const topic = aws.notificationTopicArn;
  const region = topic?.split(":")[3];
  if (topic !== undefined && own !== undefined && region !== own) {
    const fix = "alarms tell a topic of their own region alone";
    check.report([...path, "notificationTopicArn"], `expected a topic in ${own}, got one in ${region}; ${fix}`);
  }
  (aws.supportedRegions ?? []).forEach((one, index) => {
    if (one === undefined || one !== own) return;
    const message = `expected a region besides ${own}, got it again; its own is always supported, remove it`;
    check.report([...path, "supportedRegions", index], message);
  });
  if (aws.deletionProtection === false) {
    check.note(
      [...path, "deletionProtection"],
      "aws lets anybody with access delete the load balancer until this is true",
    );
  }
  if (
    aws.privateDns !== undefined &&
    aws.privateDns.hostedZoneID === undefined &&
    check.isIntact(...path, "privateDns")
  ) {
    const message =
      "the name stays unverified until the customer has put the txt record of the outputs into public dns";
    check.note([...path, "privateDns"], message);
  }
});

export const publish: readonly Rule[] = [
  complete,
  consumers,
  zones,
  ownZones,
  listeners,
  elsewhere,
  ...publishOnGoogle,
];
