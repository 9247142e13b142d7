/** Static addresses, external and internal. */
import { addressOf, blockOf, dotted, publicAddress } from "../addresses.ts";
import type { Call, Handler } from "../handler.ts";
import { text } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { ADDRESS, Doing, identity, inUse, numericId, SUBNETWORK } from "./common.ts";

const address: Handler = {
  create(call) {
    const doing = new Doing("Error creating Address");
    const made = identity(call, ADDRESS, doing);
    const attrs = { ...made.attrs, addressId: numericId(call) };
    if (call.args["addressType"] === "INTERNAL") {
      const parent = doing.find(call, SUBNETWORK, "subnetwork", call.args["subnetwork"]);
      if (parent.region !== call.place.region)
        throw doing.invalid("subnetwork", parent.id, "The subnetwork must be in the region of the address.");
      if ((parent.args["purpose"] ?? "PRIVATE") !== "PRIVATE")
        throw doing.invalid("subnetwork", parent.id, "The purpose of the subnetwork must be PRIVATE.");
      const link = { subnetwork: parent.attrs["selfLink"], purpose: call.args["purpose"] ?? "GCE_ENDPOINT" };
      const chosen = internal(call, doing, parent);
      return { ...made, attrs: { ...attrs, ...link, address: chosen }, terms: [chosen], uses: [parent] };
    }
    if (text(call.args["address"]) !== undefined) {
      throw doing.invalid("address", call.args["address"], "External addresses are chosen by Google.");
    }
    if (text(call.args["subnetwork"]) !== undefined)
      throw doing.invalid("subnetwork", call.args["subnetwork"], "Only for internal addresses.");
    const tier = text(call.args["networkTier"]) ?? "PREMIUM";
    return { ...made, attrs: { ...attrs, address: publicAddress(call.tx, "googleAddress"), networkTier: tier } };
  },
  outputs: (object, world) => ({ users: world.referrers(object).map((user) => user.id) }),
  inUse: inUse(ADDRESS),
};

/** A free address of the subnetwork. Google keeps the first two and the last two. Source: Google VPC documentation, Subnets. */
function internal(call: Call, doing: Doing, parent: CloudObject): string {
  const { first, last } = blockOf(String(parent.args["ipCidrRange"]))!;
  const used = new Set(call.world.referrers(parent, ADDRESS.type).map(({ attrs }) => attrs["address"]));
  const wanted = text(call.args["address"]);
  if (wanted !== undefined) {
    const number = addressOf(wanted) ?? -1;
    if (number < first + 2 || number > last - 2) {
      throw doing.invalid(
        "address",
        wanted,
        `The address must be in the range of subnetwork ${parent.name} and not reserved.`,
      );
    }
    if (used.has(wanted))
      throw doing.error("resourceInUseByAnotherResource", `IP '${wanted}' is already being used by another resource.`);
    return wanted;
  }
  for (let number = first + 2; number <= last - 2; number++) if (!used.has(dotted(number))) return dotted(number);
  throw doing.error("invalid", `IP space of '${parent.id}' is exhausted.`);
}

export const ADDRESS_HANDLERS: Record<string, Handler> = { [ADDRESS.type]: address };
