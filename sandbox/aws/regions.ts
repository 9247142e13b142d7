/** AWS regions and availability zones. */

const DIRECTIONS: Record<string, string> = {
  ...{ north: "n", south: "s", east: "e", west: "w", central: "c" },
  ...{ northeast: "ne", northwest: "nw", southeast: "se", southwest: "sw" },
};

/** Regions with other than three zones open to new accounts. Source: AWS Global Infrastructure, Regions and Availability Zones. */
const ZONES: Record<string, number> = { "us-east-1": 6, "us-west-2": 4, "us-west-1": 2, "ca-central-1": 3 };

export interface Zone {
  /** The account's own name for it, e.g. `us-east-1a`. */
  readonly name: string;
  /** The same in every account, e.g. `use1-az1`. */
  readonly id: string;
}

export function isRegion(region: string): boolean {
  const [, direction] = /^[a-z]{2}(?:-gov|-iso[a-z]?)?-([a-z]+)-\d$/.exec(region) ?? [];
  return direction !== undefined && direction in DIRECTIONS;
}

/**
 * The zones of a region as one account sees them. Names map to zone ids differently per account, which is why zones
 * must be matched by id. Source: Amazon EC2 User Guide, Availability Zone IDs.
 */
export function zonesOf(region: string, account: string): Zone[] {
  const count = ZONES[region] ?? 3;
  const [country, ...rest] = region.split("-");
  const number = rest.pop()!;
  const stem = `${country}${rest.map((part) => DIRECTIONS[part] ?? part[0]).join("")}${number}`;
  const shift = account.split("").reduce((sum, digit) => sum + Number(digit), 1);
  return Array.from({ length: count }, (_, index) => ({
    name: `${region}${"abcdef"[index]}`,
    id: `${stem}-az${((index + shift) % count) + 1}`,
  }));
}
