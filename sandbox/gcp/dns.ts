/** Cloud DNS zones and record sets. */
import { addressOf } from "../addresses.ts";
import { googleError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, isRecord, texts } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { Doing, MANAGED_ZONE, NETWORK, numericId, RECORD_SET, resolve, timestamp } from "./common.ts";

const managedZone: Handler = {
  scope: "global",
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing("Error creating ManagedZone");
    const id = `projects/${call.place.account}/managedZones/${name}`;
    if (call.world.find(call.place, MANAGED_ZONE, id))
      throw doing.error("alreadyExists", `The resource 'entity.managedZone' named '${name}' already exists`);
    const nameServers = Array.from({ length: 4 }, (_, index) => `ns-cloud-a${index + 1}.googledomains.com.`);
    const attrs = { creationTime: timestamp(), managedZoneId: String(numericId(call)) };
    const visible = call.args["visibility"] === "private" ? [] : nameServers;
    return { id, name, attrs: { ...attrs, nameServers: visible }, uses: networksOf(call, doing) };
  },
  update(call, { id }) {
    return { uses: networksOf(call, new Doing(`Error updating ManagedZone "${id}"`)) };
  },
  remove(call, zone) {
    if (zone.args["forceDestroy"] !== true) return;
    for (const records of call.world.referrers(zone, RECORD_SET)) call.tx.drop(records);
    call.tx.drop(zone);
    return true;
  },
  outputs: ({ args }) => ({ cloudLoggingConfig: args["cloudLoggingConfig"] ?? { enableLogging: false } }),
  inUse: ({ name }) =>
    googleError(
      "Error when reading or editing ManagedZone",
      "containerNotEmpty",
      `The resource named '${name}' cannot be deleted because it contains one or more 'resource records'.`,
    ),
};

/** The networks a private zone is visible in. */
function networksOf(call: Call, doing: Doing): CloudObject[] {
  const config = call.args["privateVisibilityConfig"];
  const urls = isRecord(config) ? blocks(config["networks"]).map((one) => String(one["networkUrl"])) : [];
  const prefixed = urls.map((url) => url.replace(/^.*?projects\//, "projects/"));
  return prefixed.map((url) => {
    const found = resolve(call.world, call.place, NETWORK, url);
    if (!found)
      throw doing.error(
        "notFound",
        `The 'entity.managedZone.privateVisibilityConfig.networks' resource named '${url}' does not exist.`,
      );
    return found;
  });
}

const recordSet: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing("Error creating DNS RecordSet");
    const [zoneName, name, type] = ["managedZone", "name", "type"].map((key) => String(call.args[key])) as [
      string,
      string,
      string,
    ];
    const short = zoneName.split("/").at(-1)!;
    const zone = call.world.find(call.place, MANAGED_ZONE, `projects/${call.place.account}/managedZones/${short}`);
    if (!zone) throw doing.error("notFound", `The 'parameters.managedZone' resource named '${short}' does not exist.`);
    const apex = String(zone.args["dnsName"]);
    if (name !== apex && !name.endsWith(`.${apex}`)) {
      throw doing.error(
        "invalid",
        `Invalid value for 'entity.change.additions[0].name': '${name}' is not in the zone ${apex}`,
      );
    }
    const id = `${zone.id}/rrsets/${name}/${type}`;
    if (call.world.find(call.place, RECORD_SET, id)) {
      throw doing.error(
        "alreadyExists",
        `The resource 'entity.change.additions[0]' named '${name} (${type})' already exists`,
      );
    }
    checkData(call, doing);
    return { id, name, uses: [zone] };
  },
  update: (call, { id }) => (checkData(call, new Doing(`Error changing DNS RecordSet ${id}`)), {}),
  inUse: ({ id }) => new Error(`nothing can use record set ${id}`),
};

function checkData(call: Call, doing: Doing): void {
  if (call.args["type"] !== "A") return;
  const bad = texts(call.args["rrdatas"]).find((data) => addressOf(data) === undefined);
  if (bad !== undefined)
    throw doing.error("invalid", `Invalid value for 'entity.change.additions[0].rrdata[0]': '${bad}'`);
}

export const DNS_HANDLERS: Record<string, Handler> = { [MANAGED_ZONE]: managedZone, [RECORD_SET]: recordSet };
