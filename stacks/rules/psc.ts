import { parseAttachment } from "../names.ts";
import { either, show } from "../wording.ts";
import { repeats } from "./check.ts";
import type { Check, Rule } from "./check.ts";

/** V22–V24 and the subnet: Private Service Connect endpoints. */

const BLOCK = ["privateCodeHost", "gcp"] as const;
const ENDPOINTS = [...BLOCK, "privateServiceConnectEndpoints"] as const;

const endpointsOf = ({ infrastructure }: Check) =>
  infrastructure.privateCodeHost?.gcp?.privateServiceConnectEndpoints ?? [];

const targets: Rule = (check) => {
  const { region, projectID } = check.infrastructure.gcp ?? {};
  for (const [index, endpoint] of endpointsOf(check).entries()) {
    const target = parseAttachment(endpoint?.targetService ?? "");
    if (target === undefined) continue;
    const path = [...ENDPOINTS, index, "targetService"];
    if (region !== undefined && target.region !== region) {
      const message = `expected a service attachment in ${region} (gcp.region), got one in ${target.region}; ask the customer to publish in ${region}`;
      check.report(path, message);
    }
    if (projectID !== undefined && target.project === projectID) {
      const message = `expected a service attachment of the customer's project, got one in ${projectID} (gcp.projectID); a network has no endpoint to its own service, ask the customer for the uri`;
      check.report(path, message);
    }
  }
};

const domains: Rule = (check) => {
  for (const { value, index, first } of repeats(endpointsOf(check).map((endpoint) => endpoint?.domain))) {
    const message = `expected each domain once, got ${value} again (first at [${first}]); remove one`;
    check.report([...ENDPOINTS, index, "domain"], message);
  }
};

const subnet: Rule = (check) => {
  const block = check.infrastructure.privateCodeHost?.gcp;
  const subnets = Object.keys(check.infrastructure.executors?.subnets ?? {}).sort();
  if (block === undefined || !check.isIntact("executors", "subnets")) return;
  if (block.subnet !== undefined) {
    if (subnets.includes(block.subnet)) return;
    const message = `expected ${either(subnets)} (executors.subnets), got ${show(block.subnet)}; endpoint addresses come from an executor subnet`;
    check.report([...BLOCK, "subnet"], message);
  } else if (subnets.length > 1 && endpointsOf(check).length > 0 && check.isIntact(...BLOCK, "subnet")) {
    const message = `expected ${either(subnets)} (executors.subnets), got nothing; say which one endpoint addresses come from`;
    check.report([...BLOCK, "subnet"], message);
  }
};

export const psc: readonly Rule[] = [targets, domains, subnet];
