/** Launch templates: what an instance is started with, in numbered versions. */
import type { Call, Handler } from "../handler.ts";
import { isRecord, text, texts, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { arn, Doing, ec2Id } from "./common.ts";

export const LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";

/** Arguments that are the template's own and not part of a version. */
const UNVERSIONED = ["tags", "defaultVersion", "updateDefaultVersion"];

export const launchTemplate: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating EC2 Launch Template (${name})`, "EC2: CreateLaunchTemplate");
    if (call.world.byTerm(call.place, LAUNCH_TEMPLATE, name).length > 0)
      throw doing.error("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
    wellFormed(call, doing);
    const id = ec2Id(call, "lt");
    const attrs = { arn: arn("ec2", call.place, `launch-template/${id}`), latestVersion: 1, defaultVersion: 1 };
    return { id, name, attrs, terms: [name] };
  },
  update(call, template, changed) {
    const doing = new Doing(`updating EC2 Launch Template (${template.id})`, "EC2: CreateLaunchTemplateVersion");
    wellFormed(call, doing);
    const next = [...changed].some((name) => !UNVERSIONED.includes(name));
    const latestVersion = Number(template.attrs["latestVersion"]) + (next ? 1 : 0);
    const wanted = call.args["updateDefaultVersion"] === true ? latestVersion : call.args["defaultVersion"];
    const defaultVersion = Number(wanted ?? template.attrs["defaultVersion"]);
    if (defaultVersion > latestVersion)
      throw doing.error(
        "InvalidLaunchTemplateId.VersionNotFound",
        `Could not find the specified version ${defaultVersion} for the launch template with ID ${template.id}.`,
      );
    return { attrs: { latestVersion, defaultVersion } };
  },
  inUse: ({ id }) => new Error(`nothing holds launch template ${id}`),
};

/** Source: EC2 User Guide, Run commands when you launch an EC2 instance: 16 KB in raw form, before it is base64-encoded. */
const LONGEST_USER_DATA = 16384;

function wellFormed({ args }: Call, doing: Doing): void {
  const userData = text(args["userData"]);
  if (userData !== undefined) {
    if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(userData))
      throw doing.error("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
    const size = Buffer.from(userData, "base64").length;
    if (size > LONGEST_USER_DATA)
      throw doing.error("InvalidParameterValue", `User data is limited to ${LONGEST_USER_DATA} bytes, got ${size}`);
  }
  const image = text(args["imageId"]);
  if (image !== undefined && !/^(ami-[0-9a-f]{8,17}|resolve:ssm:.+)$/.test(image))
    throw doing.error("InvalidAMIID.Malformed", `Invalid id: "${image}" (expecting "ami-...")`);
  const limit = isRecord(args["metadataOptions"]) ? args["metadataOptions"]["httpPutResponseHopLimit"] : undefined;
  if (typeof limit === "number" && (limit < 1 || limit > 64))
    throw doing.error(
      "InvalidParameterValue",
      `Value (${limit}) for parameter HttpPutResponseHopLimit is invalid: 1 to 64`,
    );
}

/** Ids of the security groups instances of a template get. */
export function groupIdsOf({ args }: CloudObject): string[] {
  const interfaces = Array.isArray(args["networkInterfaces"]) ? (args["networkInterfaces"] as Values[]) : [];
  return [...texts(args["vpcSecurityGroupIds"]), ...interfaces.flatMap((one) => texts(one["securityGroups"]))];
}

/** The template a specification names by id or name, if it and its version exist. */
export function templateOf(world: World, place: Call["place"], given: Values): CloudObject | undefined {
  const id = text(given["id"]) ?? text(given["launchTemplateId"]);
  const name = text(given["name"]) ?? text(given["launchTemplateName"]);
  const found =
    id === undefined ? world.byTerm(place, LAUNCH_TEMPLATE, name ?? "")[0] : world.find(place, LAUNCH_TEMPLATE, id);
  if (!found) return undefined;
  const version = text(given["version"]) ?? "$Default";
  const number = Number(version);
  const known =
    ["$Latest", "$Default"].includes(version) || (number >= 1 && number <= Number(found.attrs["latestVersion"]));
  return known ? found : undefined;
}
