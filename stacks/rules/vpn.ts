import { AWS_REGIONS, awsZones, regionOfZone } from "../../plan/regions.ts";
import { either } from "../wording.ts";
import { repeats } from "./check.ts";
import type { Check, Rule } from "./check.ts";

/** V12, V15, V18: the VPN's two ends, its zones and its tunnels. */

const AWS = ["privateCodeHost", "aws"] as const;

const ofAws = ({ infrastructure }: Check) => infrastructure.privateCodeHost?.aws;

/** BGP between the two ends is external: it needs two numbers. */
const asns: Rule = (check) => {
  const amazon = ofAws(check)?.vpn?.amazonSideAsn;
  const router = check.infrastructure.gcp?.routerAsn;
  if (amazon === undefined || amazon !== router) return;
  const fix = router === 64512 ? "65001 is the router's default" : "64512 is the default";
  const message = `expected another asn than ${router} (gcp.routerAsn), got the same; the two ends need two, ${fix}`;
  check.report([...AWS, "vpn", "amazonSideAsn"], message);
};

function zoneMistake(zone: string, region: string): string | undefined {
  const known = awsZones(region);
  if (known.includes(zone)) return undefined;
  const other = regionOfZone(zone);
  const got = other === undefined || other === region ? zone : `${zone}, which is in ${other}`;
  return `expected a zone of ${region} (aws.region), got ${got}; choose among ${either([...known].sort(), "and")}`;
}

const zones: Rule = (check) => {
  const aws = ofAws(check);
  const ids = aws?.availabilityZoneIDs;
  if (aws === undefined || ids === undefined) return;
  const path = [...AWS, "availabilityZoneIDs"];
  for (const { value, index, first } of repeats(ids)) {
    check.report([...path, index], `expected each zone once, got ${value} again (first at [${first}]); remove one`);
  }
  const { region } = aws;
  for (const [index, zone] of ids.entries()) {
    const mistake =
      region === undefined || !AWS_REGIONS.includes(region) || zone === undefined
        ? undefined
        : zoneMistake(zone, region);
    if (mistake !== undefined) check.report([...path, index], mistake);
  }
  if (aws.highAvailable === true && ids.length === 1) {
    const free = region === undefined ? undefined : awsZones(region).find((zone) => !ids.includes(zone));
    const fix = `add another zone${free === undefined ? "" : ` such as ${free}`}, or write highAvailable: false`;
    check.report(path, `expected two zones or more with highAvailable, got one; ${fix}`);
  }
};

/** Without high availability there is one connection, with tunnels t0 and t1; the other numbers wait for it. */
const tunnels: Rule = (check) => {
  const aws = ofAws(check);
  if (aws?.highAvailable !== false) return;
  for (const tunnel of ["t2", "t3"] as const) {
    if ((aws.vpn?.pskGenerations?.[tunnel] ?? 1) === 1) continue;
    const message = `there is no ${tunnel} while highAvailable is false, so its generation counts for nothing`;
    check.note([...AWS, "vpn", "pskGenerations", tunnel], message);
  }
};

export const vpn: readonly Rule[] = [asns, zones, tunnels];
