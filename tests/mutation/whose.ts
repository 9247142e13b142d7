/** Whose a resource is: a connection's, which is in our accounts, or a registry's, which is in the customer's. */
import type { Customer } from "../../plan/customer.ts";
import type { CloudObject } from "../../sandbox/world.ts";

/** What keeps a registry's token fresh: on our own project, beside the connections. */
const REFRESHER = /^gcp:(secretmanager|cloudrunv2|cloudscheduler|serviceaccount|monitoring)\//;

export function isRegistrys({ cloud, account, type }: CloudObject, { aws, gcp }: Customer): boolean {
  if (cloud === "gcp") return account !== gcp.projectID || REFRESHER.test(type);
  return aws.every(({ accountID }) => account !== accountID);
}
