import { parseRange } from "../../plan/cidr.ts";
import { parseServiceName } from "../names.ts";
import { mistake } from "../wording.ts";
import { repeats } from "./check.ts";
import type { Check, Rule } from "./check.ts";

/** V2–V5: the endpoints in AWS. */

const LINKS = ["privateCodeHost", "aws", "privateLinks"] as const;

const linksOf = ({ infrastructure }: Check) => infrastructure.privateCodeHost?.aws?.privateLinks ?? [];

/** Keys of the links that can be read, by position: service ids, and registries of this file. */
export const linkKeys = (check: Check): readonly (string | undefined)[] =>
  linksOf(check).map((link) => link?.registry ?? parseServiceName(link?.endpoint ?? "")?.serviceId);

const services: Rule = (check) => {
  const region = check.infrastructure.privateCodeHost?.aws?.region;
  for (const [index, link] of linksOf(check).entries()) {
    const name = link?.endpoint;
    if (name === undefined) continue;
    const path = [...LINKS, index, "endpoint"];
    const service = parseServiceName(name);
    if (service === undefined) check.reportUnreadable(path, serviceNameMistake(name, region ?? "<region>"));
    else if (region !== undefined && service.region !== region) {
      const fix = "an endpoint and its service share a region, correct one of the two";
      check.report(path, `expected a service in ${region} (aws.region), got one in ${service.region}; ${fix}`);
    }
  }
};

function serviceNameMistake(name: string, region: string): string {
  const fix = (): string => {
    if (name.startsWith("vpce-svc-")) return `this is the id alone, write com.amazonaws.vpce.${region}.${name}`;
    if (name.startsWith("vpce-")) return "this is an endpoint's id or name, ask the customer for the service's name";
    if (name !== name.toLowerCase()) return "write it in lower case";
    return "ask the customer for the service name as aws shows it";
  };
  const expected = `com.amazonaws.vpce.${region}.vpce-svc-<8 or 17 hex digits>`;
  return mistake(name, { expected, what: "the service name the customer sent", fix });
}

const once: Rule = (check) => {
  for (const { value, index, first } of repeats(
    linksOf(check).map((link) => parseServiceName(link?.endpoint ?? "")?.serviceId),
  )) {
    const message = `expected each service once, got ${value} again (first at [${first}]); put its ports there and remove this one`;
    check.report([...LINKS, index, "endpoint"], message);
  }
};

/** AWS keeps five addresses of a subnet. Source: Amazon VPC User Guide, "Subnet sizing". */
const KEPT_PER_SUBNET = 5;

/** Every endpoint takes an address in each zone's block, an eighth of the VPC. */
const room: Rule = (check) => {
  const cidr = parseRange(check.infrastructure.privateCodeHost?.aws?.vpcCidr ?? "");
  const count = linksOf(check).length;
  if (cidr === undefined) return;
  const most = 2 ** (32 - (cidr.prefix + 3)) - KEPT_PER_SUBNET;
  if (count <= most) return;
  const fix = "a zone's block is an eighth of aws.vpcCidr, widen that";
  check.report(LINKS, `expected at most ${most} links in a /${cidr.prefix}, got ${count}; ${fix}`);
};

/** V4, for links and Private Service Connect endpoints alike. */
const portsOnce: Rule = (check) => {
  const { aws, gcp } = check.infrastructure.privateCodeHost ?? {};
  const report = (path: readonly (string | number)[], ports: readonly (number | undefined)[] | undefined): void => {
    for (const { value, index } of repeats(ports ?? [])) {
      check.report([...path, "ports", index], `expected each port once, got ${value} again; remove one`);
    }
  };
  (aws?.privateLinks ?? []).forEach((link, index) => report([...LINKS, index], link?.ports));
  const endpoints = ["privateCodeHost", "gcp", "privateServiceConnectEndpoints"];
  (gcp?.privateServiceConnectEndpoints ?? []).forEach((endpoint, index) =>
    report([...endpoints, index], endpoint?.ports),
  );
};

/** V5, where nothing is known of the endpoint; with a record of what is deployed, `deployed.ts` decides. */
const privateDns: Rule = (check) => {
  if (check.deployed !== undefined) return;
  for (const [index, link] of linksOf(check).entries()) {
    if (link?.privateDnsEnabled !== true) continue;
    check.note(
      [...LINKS, index, "privateDnsEnabled"],
      "true needs an endpoint the customer has accepted, which this check cannot see",
    );
  }
};

export const privateLink: readonly Rule[] = [services, once, room, portsOnce, privateDns];
