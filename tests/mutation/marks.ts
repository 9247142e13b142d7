/**
 * Whether everything is in accounts, projects and regions that the customer file names, and everything of a registry is
 * marked as the customer's, so that whoever finds it in a console learns whose it is.
 */
import type { Customer } from "../../plan/customer.ts";
import { TABLES } from "../../sandbox/tables.ts";
import { blocks, isRecord, type Values } from "../../sandbox/values.ts";
import type { CloudObject } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";
import { isRegistrys } from "./whose.ts";

export function marksTrouble({ ours }: Aftermath, customer: Customer): string | undefined {
  const places = placesIn(customer);
  const astray = ours.find((one) => one.outside !== true && !places.has(placeOf(one)));
  if (astray) return `${astray.id} is in ${placeOf(astray)}, which the file does not name`;
  return ours
    .filter((object) => isRegistrys(object, customer))
    .map((object) => unmarked(object, customer))
    .find((trouble) => trouble !== undefined);
}

const placeOf = ({ account, region }: CloudObject): string => `${account} ${region}`;

/** `<account or project> <region or global>` */
function placesIn({ aws, gcp, registries }: Customer): ReadonlySet<string> {
  const all = [
    ...aws.map(({ accountID, region }) => [accountID, region]),
    [gcp.projectID, gcp.region],
    ...registries.flatMap(({ origin, publish }) => [
      ...(origin.kind === "codeArtifact" ? [[origin.codeArtifact.accountID, origin.codeArtifact.region]] : []),
      ...(origin.kind === "selfHosted" ? [[origin.selfHosted.accountID, origin.selfHosted.region]] : []),
      ...(publish.aws?.accountID === undefined ? [] : [[publish.aws.accountID, publish.aws.region]]),
      ...(publish.gcp === undefined ? [] : [[publish.gcp.projectID, publish.gcp.region]]),
    ]),
  ];
  return new Set(all.flatMap(([account, region]) => [`${account} ${region}`, `${account} global`]));
}

function unmarked({ cloud, type, id, account, args }: CloudObject, customer: Customer): string | undefined {
  const { inputs } = TABLES[cloud].types[type]!;
  const [argument, own] =
    cloud === "aws"
      ? (["tags", { "causeway:customer": customer.name, "causeway:registry": keyAt(account, customer) }] as const)
      : (["labels", { "causeway-customer": customer.name }] as const);
  if (inputs[argument] === undefined) return undefined;
  const marks = marksOf(args[argument]);
  const wrong = Object.entries({ ...customer.labels, ...own }).find(([key, value]) => marks[key] !== value);
  return wrong && `${id} is not marked ${wrong[0]}: ${String(wrong[1])}`;
}

/** A map, or, of an Auto Scaling group, a list of which every instance gets the marks too. */
function marksOf(given: unknown): Values {
  if (isRecord(given)) return given;
  const passedOn = blocks(given).filter(({ propagateAtLaunch }) => propagateAtLaunch === true);
  return Object.fromEntries(passedOn.map(({ key, value }) => [String(key), value]));
}

/** The registry that is in an account. */
function keyAt(account: string, { registries }: Customer): string | undefined {
  const found = registries.find(({ origin, publish }) => {
    const here =
      origin.kind === "codeArtifact"
        ? origin.codeArtifact
        : origin.kind === "selfHosted"
          ? origin.selfHosted
          : publish.aws;
    return here?.accountID === account;
  });
  return found?.key;
}
