/** Cloud NAT: a router's rules for which subnetworks leave by which addresses. */
import type { Call, Handler, Made } from "../handler.ts";
import { blocks, texts } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { ADDRESS, Doing, ROUTER, ROUTER_NAT, SUBNETWORK } from "./common.ts";

const routerNat: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing("Error creating RouterNat");
    const parent = doing.find(call, ROUTER, "router", call.args["router"]);
    if (call.world.referrers(parent, ROUTER_NAT).some((other) => other.name === name)) {
      throw doing.error("alreadyExists", `The NAT '${name}' already exists on router ${parent.name}`);
    }
    return {
      ...translation(call, doing, parent),
      id: `${call.place.account}/${call.place.region}/${parent.name}/${name}`,
      name,
    };
  },
  update(call, object) {
    const doing = new Doing(`Error updating RouterNat "${object.id}"`);
    return translation(call, doing, doing.find(call, ROUTER, "router", call.args["router"]), object);
  },
  outputs: ({ args }) => ({
    ...{ autoNetworkTier: "PREMIUM", endpointTypes: args["endpointTypes"] ?? ["ENDPOINT_TYPE_VM"] },
    ...{
      natIps: args["natIps"] ?? [],
      drainNatIps: args["drainNatIps"] ?? [],
      enableDynamicPortAllocation: dynamic(args),
    },
    enableEndpointIndependentMapping: args["enableEndpointIndependentMapping"] ?? false,
    minPortsPerVm: args["minPortsPerVm"] ?? (dynamic(args) ? 32 : 64),
  }),
  inUse: ({ id }) => new Error(`nothing can use NAT ${id}`),
};

function dynamic(args: CloudObject["args"]): boolean {
  return args["enableDynamicPortAllocation"] === true;
}

function translation(call: Call, doing: Doing, parent: CloudObject, self?: CloudObject): Made {
  const addresses = ["natIps", "drainNatIps"].flatMap((field) =>
    texts(call.args[field]).map((url) => externalAddress(call, doing, field, url, self)),
  );
  const listed = blocks(call.args["subnetworks"]).map((one) =>
    doing.find(call, SUBNETWORK, "nats.subnetworks", one["name"]),
  );
  const twice = listed.find(({ id }, index) => listed.findIndex((other) => other.id === id) !== index);
  if (twice) throw doing.invalid("nats.subnetworks", twice.id, "The subnetwork is listed twice.");
  const again = addresses.find(({ id }, index) => addresses.findIndex((other) => other.id === id) !== index);
  if (again) throw doing.invalid("nats.natIps", again.id, "The address is listed twice.");
  const foreign = listed.find((subnet) => subnet.uses[0] !== parent.uses[0] || subnet.region !== parent.region);
  if (foreign)
    throw doing.invalid(
      "nats.subnetworks",
      foreign.id,
      `It must be of the network and region of router ${parent.name}.`,
    );
  for (const other of others(call, parent, self)) {
    const all = [call.args, other.args].some((args) => args["sourceSubnetworkIpRangesToNat"] !== "LIST_OF_SUBNETWORKS");
    const shared = listed.find((subnet) => other.uses.some((key) => key.endsWith(`|${subnet.id}`)));
    if (all || shared) {
      const which = shared?.id ?? "ALL_SUBNETWORKS";
      throw doing.invalid("nats.subnetworks", which, `Its ranges are translated by NAT ${other.name} already.`);
    }
  }
  return { uses: [...addresses, ...listed], within: [parent] };
}

/** The other NATs of the router's network in its region. */
function others(call: Call, parent: CloudObject, self?: CloudObject): CloudObject[] {
  const network = call.world.get(parent.uses[0]!)!;
  const routers = call.world.referrers(network, ROUTER.type).filter(({ region }) => region === parent.region);
  return routers.flatMap((router) => call.world.referrers(router, ROUTER_NAT)).filter(({ id }) => id !== self?.id);
}

function externalAddress(call: Call, doing: Doing, field: string, url: string, self?: CloudObject): CloudObject {
  const address = doing.find(call, ADDRESS, `nats.${field}`, url);
  if (address.args["addressType"] === "INTERNAL")
    throw doing.invalid(`nats.${field}`, url, "The address must be external.");
  if (address.region !== call.place.region)
    throw doing.invalid(`nats.${field}`, url, "The address must be in the region of the router.");
  const user = call.world.referrers(address).find(({ id }) => id !== self?.id);
  if (user) {
    const message = `IP address '${address.attrs["address"] as string}' (${address.id}) is already being used by another resource`;
    throw doing.error("resourceInUseByAnotherResource", message);
  }
  return address;
}

export const NAT_HANDLERS: Record<string, Handler> = { [ROUTER_NAT]: routerNat };
