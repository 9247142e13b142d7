/**
 * Regions and availability zones by name. Static, so that a customer file can be checked without an account; what an
 * account is really offered is for preflight to ask.
 */

/**
 * Region to the prefix of its zone ids and the zones' numbers, the ones a new account is most likely offered first
 * (newer accounts get two of the three zones of us-west-1, and not apne1-az3).
 * Source: AWS Regions and Availability Zones guide, "AWS Availability Zones", as of 2026-03. Commercial partition only:
 * GovCloud and China have other service names and ARNs.
 */
const AWS: Readonly<Record<string, readonly [prefix: string, zones: readonly number[]]>> = {
  "af-south-1": ["afs1", [1, 2, 3]],
  "ap-east-1": ["ape1", [1, 2, 3]],
  "ap-east-2": ["ape2", [1, 2, 3]],
  "ap-northeast-1": ["apne1", [1, 2, 4, 3]],
  "ap-northeast-2": ["apne2", [1, 2, 3, 4]],
  "ap-northeast-3": ["apne3", [1, 2, 3]],
  "ap-south-1": ["aps1", [1, 2, 3]],
  "ap-south-2": ["aps2", [1, 2, 3]],
  "ap-southeast-1": ["apse1", [1, 2, 3]],
  "ap-southeast-2": ["apse2", [1, 2, 3]],
  "ap-southeast-3": ["apse3", [1, 2, 3]],
  "ap-southeast-4": ["apse4", [1, 2, 3]],
  "ap-southeast-5": ["apse5", [1, 2, 3]],
  "ap-southeast-6": ["apse6", [1, 2, 3]],
  "ap-southeast-7": ["apse7", [1, 2, 3]],
  "ca-central-1": ["cac1", [1, 2, 4]],
  "ca-west-1": ["caw1", [1, 2, 3]],
  "eu-central-1": ["euc1", [1, 2, 3]],
  "eu-central-2": ["euc2", [1, 2, 3]],
  "eu-north-1": ["eun1", [1, 2, 3]],
  "eu-south-1": ["eus1", [1, 2, 3]],
  "eu-south-2": ["eus2", [1, 2, 3]],
  "eu-west-1": ["euw1", [1, 2, 3]],
  "eu-west-2": ["euw2", [1, 2, 3]],
  "eu-west-3": ["euw3", [1, 2, 3]],
  "il-central-1": ["ilc1", [1, 2, 3]],
  "me-central-1": ["mec1", [1, 2, 3]],
  "me-south-1": ["mes1", [1, 2, 3]],
  "mx-central-1": ["mxc1", [1, 2, 3]],
  "sa-east-1": ["sae1", [1, 2, 3]],
  "us-east-1": ["use1", [1, 2, 3, 4, 5, 6]],
  "us-east-2": ["use2", [1, 2, 3]],
  "us-west-1": ["usw1", [1, 3, 2]],
  "us-west-2": ["usw2", [1, 2, 3, 4]],
};

/** AWS regions of the commercial partition, sorted. */
export const AWS_REGIONS: readonly string[] = Object.keys(AWS);

/** Zone ids of an AWS region, e.g. `use1-az1`, likeliest first; none where the region is unknown. */
export function awsZones(region: string): readonly string[] {
  const [prefix, zones] = AWS[region] ?? ["", []];
  return zones.map((zone) => `${prefix}-az${zone}`);
}

/** The two zones a connection gets when its file names none, sorted. */
export const defaultZones = (region: string): readonly string[] => awsZones(region).slice(0, 2).sort();

/** The region whose zone ids look like this one, whether or not it has that zone. */
export function regionOfZone(zoneId: string): string | undefined {
  const prefix = zoneId.replace(/-az\d+$/, "");
  return AWS_REGIONS.find((region) => AWS[region]?.[0] === prefix);
}

/**
 * Google Cloud regions, sorted.
 * Source: Compute Engine documentation, "Regions and zones", as of 2026-03.
 */
export const GCP_REGIONS: readonly string[] = [
  "africa-south1",
  "asia-east1",
  "asia-east2",
  "asia-northeast1",
  "asia-northeast2",
  "asia-northeast3",
  "asia-south1",
  "asia-south2",
  "asia-southeast1",
  "asia-southeast2",
  "asia-southeast3",
  "australia-southeast1",
  "australia-southeast2",
  "europe-central2",
  "europe-north1",
  "europe-north2",
  "europe-southwest1",
  "europe-west1",
  "europe-west10",
  "europe-west12",
  "europe-west2",
  "europe-west3",
  "europe-west4",
  "europe-west6",
  "europe-west8",
  "europe-west9",
  "me-central1",
  "me-central2",
  "me-west1",
  "northamerica-northeast1",
  "northamerica-northeast2",
  "northamerica-south1",
  "southamerica-east1",
  "southamerica-west1",
  "us-central1",
  "us-east1",
  "us-east4",
  "us-east5",
  "us-south1",
  "us-west1",
  "us-west2",
  "us-west3",
  "us-west4",
];
