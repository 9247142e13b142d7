import type { Customer } from "../../plan/customer.ts";
import { compareWithDeployed, type EndedPermit } from "../../plan/compare.ts";
import { canonicalPath, guardKind, guardedValues } from "../../plan/guards.ts";
import type { Partly } from "../../plan/partly.ts";
import { parseServiceName } from "../names.ts";
import type { Path } from "../paths.ts";
import type { Check } from "./check.ts";

/** V5, V29, V37, V38: the file against what is deployed; and permits that no longer do anything. */

/** The index that a list does not have. */
const GONE = -1;

/** The place in the file of a path whose list members are named by key. */
function fileSteps(path: string, check: Check): Path {
  const { aws, gcp } = check.infrastructure.privateCodeHost ?? {};
  return path.split(/\.(?![^[]*\])/).flatMap((step) => {
    const [, name = step, key] = /^(.*)\[(.*)\]$/.exec(step) ?? [];
    if (key === undefined) return [name];
    const index = indexOf(name, key);
    return [name, index];
  });

  function indexOf(list: string, key: string): string | number {
    if (list === "privateLinks") {
      return (aws?.privateLinks ?? []).findIndex(
        (link) => (link?.registry ?? parseServiceName(link?.endpoint ?? "")?.serviceId) === key,
      );
    }
    if (list === "privateServiceConnectEndpoints") {
      return (gcp?.privateServiceConnectEndpoints ?? []).findIndex((endpoint) => endpoint?.domain === key);
    }
    return key;
  }
}

/** Compares what is valid of the file with the last update. Silent offline, where nobody knows what is deployed. */
export function compare(check: Check, customer: Partly<Customer>): void {
  if (check.deployed === undefined) return;
  for (const { path, message } of compareWithDeployed(customer, check.deployed, ended(check))) {
    const steps = path === "name" ? undefined : fileSteps(path, check);
    if (steps === undefined) {
      check.problems.push({ path: ["name"], message });
      continue;
    }
    // What is gone from a list has no index any more.
    const place = steps.at(-1) === GONE ? steps.slice(0, -1) : steps;
    // What cannot be read was neither changed nor taken away.
    if (check.isIntact(...place)) check.report(place, message);
  }
}

/** Permits past their date. */
const ended = ({ infrastructure, today }: Check): readonly EndedPermit[] =>
  Object.entries(infrastructure.permits ?? {}).flatMap(([path, permit]) =>
    permit?.until !== undefined && permit.until < today ? [{ path, until: permit.until }] : [],
  );

/** Permits past their date, and permits for something that neither the file nor the last update has. */
export function notePermits(check: Check, customer: Partly<Customer>): void {
  const values = { ...check.deployed?.values, ...guardedValues(customer) };
  for (const [path, permit] of Object.entries(check.infrastructure.permits ?? {})) {
    if (permit?.until !== undefined && permit.until < check.today) {
      check.note(["permits", path], `the permit ended on ${permit.until} and counts for nothing; remove it`, "key");
    } else if (guardKind(path) === "guarded" && !(canonicalPath(path) in values)) {
      check.note(["permits", path], `nothing is at ${path} any more; remove the permit`, "key");
    }
  }
}
