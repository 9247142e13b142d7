import type { Customer } from "../../plan/customer.ts";
import { dnsProxySize, METADATA_VALUE_MAX } from "../../plan/dnsProxy.ts";
import { planCustomer } from "../../plan/plan.ts";
import { userDataText } from "../../plan/selfHosted/bootstrap/cloudInit.ts";
import { reckonedFacts, userDataMistake } from "../../plan/selfHosted/bootstrap/userDataSize.ts";
import { planSelfHosted, type SelfHostedPlan } from "../../plan/selfHosted/plan.ts";
import type { Check } from "./check.ts";

/** Bytes of certificates and number of routes below which the artefact is far from its limit. */
const SMALL = { bundles: 64 * 1024, routes: 200 };

/**
 * Whether what executors are given fits where it is put: CA bundles and routes share one metadata value. Asked of a
 * whole customer only, since it takes the plan; and of a large one only, since most are small.
 */
export function deliverable(check: Check, customer: Customer): void {
  const bundles = customer.registries.reduce(
    (sum, { certificate }) => sum + (certificate.kind === "privateCA" ? certificate.caBundle.length : 0),
    0,
  );
  const routes = customer.executorPrivateDNS?.routes.length ?? 0;
  if (bundles < SMALL.bundles && routes < SMALL.routes) return;
  const { dnsProxy } = planCustomer(customer);
  const size = dnsProxy === undefined ? 0 : dnsProxySize(dnsProxy);
  if (size <= METADATA_VALUE_MAX) return;
  const path = bundles > 0 ? ["registries"] : ["executorPrivateDNS", "routes"];
  check.report(
    path,
    `expected routes and certificates of at most ${METADATA_VALUE_MAX} bytes together, got ${size}, which one metadata ` +
      "value cannot hold; remove routes nobody uses, and certificates that signed no registry's",
    "key",
  );
}

/** Whether the registries that are run here can start, and keep their copies apart. Asked of a whole customer only. */
export function runnable(check: Check, customer: Customer): void {
  const plans = customer.registries.flatMap((registry) =>
    registry.origin.kind === "selfHosted"
      ? [{ key: registry.key, plan: planSelfHosted(customer, registry, registry.origin.selfHosted) }]
      : [],
  );
  for (const run of plans) {
    startable(check, run);
    copiedElsewhere(check, run, plans);
  }
}

/** A registry that is run here. */
interface RunHere {
  readonly key: string;
  readonly plan: SelfHostedPlan;
}

/** Whether what an instance begins with fits into its user data. */
function startable(check: Check, { key, plan }: RunHere): void {
  const mistake = userDataMistake(plan, userDataText(plan, reckonedFacts(plan)));
  if (mistake === undefined) return;
  const field = mistake.field === undefined ? [] : ["container", mistake.field];
  check.report(["registries", key, "selfHosted", ...field], mistake.message, "key");
}

/** Whether what is kept is copied to a bucket that is none of a registry of the file. */
function copiedElsewhere(check: Check, { key, plan }: RunHere, all: readonly RunHere[]): void {
  const bucket = plan.replication?.bucketArn.split(":").at(-1);
  const owner = all.find(
    (other) => bucket !== undefined && [other.plan.dataBucket, other.plan.logBucket].includes(bucket),
  );
  if (owner === undefined) return;
  const whose = owner.key === key ? "the registry's own" : `that of ${owner.key}`;
  const message = `expected a bucket beside those of registries, got ${bucket}, which is ${whose}; write the arn of one that is for the copies alone`;
  check.report(["registries", key, "selfHosted", "replication", "bucketArn"], message);
}
