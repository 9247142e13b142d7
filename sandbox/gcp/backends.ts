/** What a customer's project has before anything is published from there: a network, a subnet, machines that answer in it. */
import { blockOf, dotted } from "../addresses.ts";
import type { Backend } from "../otherSide.ts";
import { outside, put } from "../outside.ts";
import { keyOf, type CloudObject, type Place, type World } from "../world.ts";
import { INSTANCE_GROUP, NETWORK, pathOf, REGION_INSTANCE_GROUP, relativeUrl, selfLink, SUBNETWORK } from "./common.ts";

export interface GoogleBackendsSpec extends Backend {
  readonly project: string;
  readonly region: string;
  /** Name of their network. */
  readonly network: string;
  readonly subnet: { readonly name: string; readonly ipCidrRange: string };
  /** URL or path of the group the machines are in, `projects/<project>/{zones/<zone>|regions/<region>}/instanceGroups/<name>`. */
  readonly instanceGroup: string;
  /** Private addresses of the machines; the first three of the subnet unless given. */
  readonly addresses?: readonly string[];
  /** Email the machines run as, and their network tags: what the customer's firewall rules may be for. */
  readonly serviceAccount?: string;
  readonly tags?: readonly string[];
}

/**
 * Puts a customer's registry hosts into the world with the network they are in; what is there already stays.
 * @throws Error for a path that names no instance group
 */
export async function seedGoogleBackends(world: World, spec: GoogleBackendsSpec): Promise<void> {
  const global: Place = { cloud: "gcp", account: spec.project, region: "global" };
  const place: Place = { ...global, region: spec.region };
  const network = networkOf(world, global, spec.network);
  await put(world, network);
  const subnet = subnetOf(world, place, spec, network);
  await put(world, subnet);
  const id = relativeUrl(spec.instanceGroup);
  const [, name] = /^projects\/[^/]+\/(?:zones|regions)\/[^/]+\/instanceGroups\/([^/]+)$/.exec(id) ?? [];
  if (name === undefined)
    throw new Error(
      `${spec.instanceGroup} is no instance group: use projects/<project>/zones/<zone>/instanceGroups/<name>`,
    );
  const kind = id.includes("/zones/") ? INSTANCE_GROUP : REGION_INSTANCE_GROUP;
  const { ports, certificateNames, privateCA, serviceAccount, tags } = spec;
  const args = Object.fromEntries(
    Object.entries({ ports, certificateNames, privateCA, serviceAccount, tags }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const first = blockOf(spec.subnet.ipCidrRange)!.first;
  const addresses = [...(spec.addresses ?? [2, 3, 4].map((offset) => dotted(first + offset)))];
  const attrs = { selfLink: selfLink(id), network: network.attrs["selfLink"], addresses };
  await put(world, { ...outside(place, kind.type, { id, name, args, attrs }), uses: [keyOf(network), keyOf(subnet)] });
}

function networkOf(world: World, place: Place, name: string): CloudObject {
  const id = pathOf(NETWORK, place, name);
  const number = Number.parseInt(world.hash(id).slice(0, 12), 16);
  const attrs = { selfLink: selfLink(id), gatewayIpv4: "", networkId: number, numericId: String(number) };
  const args = { name, autoCreateSubnetworks: false, routingMode: "REGIONAL" };
  return world.find(place, NETWORK.type, id) ?? outside(place, NETWORK.type, { id, name, args, attrs });
}

function subnetOf(world: World, place: Place, { subnet }: GoogleBackendsSpec, network: CloudObject): CloudObject {
  const id = pathOf(SUBNETWORK, place, subnet.name);
  const attrs = { selfLink: selfLink(id), network: network.attrs["selfLink"], state: "READY" };
  const args = { ...subnet, network: network.id };
  const made = outside(place, SUBNETWORK.type, { id, name: subnet.name, args, attrs });
  return world.find(place, SUBNETWORK.type, id) ?? { ...made, uses: [keyOf(network)] };
}

/** The machines with an address in a network, or anywhere it leads. */
export function machinesAt(world: World, address: string): CloudObject | undefined {
  const groups = world.all(INSTANCE_GROUP.type);
  return groups.find(({ attrs }) => (attrs["addresses"] as readonly string[]).includes(address));
}
