import { isDeepStrictEqual } from "node:util";
import type { PendingOperation, Recorded } from "../engine/recovery.ts";
import type { Customer } from "../plan/customer.ts";
import { planCustomer } from "../plan/plan.ts";
import { untaggedOf } from "./untagged.ts";

/** Key of the project metadata that dns-proxy is read from; the component of that name writes it. */
export const METADATA_KEY = "causeway-dns-proxy";

/** One object as the clouds themselves list it, whoever made it. */
export interface CloudObject {
  /** Names the object to `remove`. */
  readonly key: string;
  readonly cloud: "aws" | "gcp";
  /** AWS account or Google project. */
  readonly account: string;
  readonly region: string;
  readonly type: string;
  readonly id: string;
  readonly name: string;
  /** Undefined where objects of this type carry none. */
  readonly tags: Readonly<Record<string, unknown>> | undefined;
  /** What it was made with, as far as the cloud tells. */
  readonly args: Readonly<Record<string, unknown>>;
  /** Keys of the objects it needs or lives in. */
  readonly needs: readonly string[];
  /** Whether the cloud refuses to delete it until that is switched off. */
  readonly isProtected: boolean;
}

/**
 * The clouds' own listing: what there is, told without this program's memory. Simulated clouds have one; real accounts are
 * not listed yet.
 */
export interface Listing {
  /** Objects in the accounts and projects a customer file names. */
  list(customer: Customer): Promise<readonly CloudObject[]>;
  /**
   * Deletes an object, with `unprotect` also one that is protected from deletion.
   * @throws Error where the cloud refuses, in its words
   */
  remove(object: CloudObject, options?: { readonly unprotect: boolean }): Promise<void>;
}

/** The AWS accounts and Google projects a customer file names. */
export function accountsOf(customer: Customer): readonly string[] {
  const registries = planCustomer(customer).registries.flatMap(
    ({ codeArtifact, selfHosted, publishAws, publishGcp }) => [
      ...[codeArtifact, selfHosted, publishAws].map((made) => made?.accountID),
      publishGcp?.projectID,
    ],
  );
  const own = [customer.gcp.projectID, ...customer.aws.map(({ accountID }) => accountID)];
  return [...new Set([...own, ...registries.flatMap((account) => account ?? [])])];
}

/** What the clouds have and the state has not. */
export interface Unrecorded {
  /** Carries the customer's tag, label or name, so this program made it. */
  readonly ours: readonly CloudObject[];
  /** Hangs on something this program made, and somebody else made it. */
  readonly foreign: readonly CloudObject[];
}

/** What the clouds have of a customer's and its state has not. */
export function unrecorded(
  customer: Customer,
  objects: readonly CloudObject[],
  recorded: readonly Recorded[],
): Unrecorded {
  const known = new Set(recorded.map(({ type, id }) => `${type} ${id}`));
  const isKnown = ({ type, id }: CloudObject): boolean => known.has(`${type} ${id}`);
  // what hangs on it is made after it: with each round, those that hang on what the round before found
  const belongs = new Set(objects.filter(isKnown).map(({ key }) => key));
  let rest = objects.filter((object) => !isKnown(object));
  const isUntagged = rest.length === 0 ? () => false : untaggedOf(planCustomer(customer).registries);
  const ours: CloudObject[] = [];
  for (let count = -1; count < ours.length;) {
    count = ours.length;
    for (const object of rest) {
      if (!isOurs(customer, object, belongs) && !isUntagged(object)) continue;
      ours.push(object);
      belongs.add(object.key);
    }
    rest = rest.filter(({ key }) => !belongs.has(key));
  }
  const foreign = rest.filter(({ needs }) => needs.some((key) => belongs.has(key)));
  return { ours, foreign };
}

function isOurs(customer: Customer, { cloud, name, tags, needs }: CloudObject, known: ReadonlySet<string>): boolean {
  if (cloud === "aws") {
    if (tags !== undefined) return tags["causeway:customer"] === customer.name;
    return needs.some((key) => known.has(key));
  }
  if (tags?.["causeway-customer"] === customer.name) return true;
  return name.startsWith(`${customer.name}-`) || physicalNames(customer).has(name);
}

/** Names on Google Cloud that do not begin with the customer's. */
function physicalNames({ name, gcp, executors, privateServiceConnect }: Customer): ReadonlySet<string> {
  const network =
    gcp.network.kind === "create" ? [gcp.network.name, ...executors.subnets.map((each) => each.name)] : [];
  const records = (privateServiceConnect?.endpoints ?? []).map(({ domain }) => `${domain}.`);
  return new Set([name, METADATA_KEY, ...network, ...records]);
}

/** The object a create that was cut off has made: of its type, with its arguments, and in no state. */
export function madeBy({ type, inputs }: PendingOperation, objects: readonly CloudObject[]): CloudObject | undefined {
  return objects.find(
    (object) =>
      object.type === type &&
      Object.entries(object.args).every(([name, value]) => isDeepStrictEqual(value, inputs[name])),
  );
}

/** `aws:ec2/vpc:Vpc vpc-0a1 (acme-…), in 111122223333 us-east-1` */
export function describeObject({ type, id, name, account, region }: CloudObject): string {
  return `${type} ${id}${name === id ? "" : ` (${name})`}, in ${account} ${region}`;
}
