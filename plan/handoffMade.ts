import type { HandoffMade, HandoffValues } from "./handoff.ts";
import type { HandoffSection } from "./handoffSections.ts";
import type { Plan, RegistryPlan } from "./plan.ts";
import type { EndpointServicePlan, ServiceAttachmentPlan } from "./publish/plan.ts";

/** What this program makes in accounts of the customer's, as the hand-off tells it. */

export function handoffMade(plan: Plan, registry: RegistryPlan, values: HandoffValues): readonly HandoffMade[] {
  const { key, dnsName, codeArtifact, selfHosted, publishAws, publishGcp, path } = registry;
  const records = values.records[key] ?? [];
  const common = { registry: key, dnsName };
  const principals = plan.awsConnections.map(({ accountID }) => `arn:aws:iam::${accountID}:root`);
  const reachedBy = path.kind === "public" ? "nobody of ours yet" : "our executors, to read";
  const made: (HandoffMade | undefined)[] = [
    codeArtifact && {
      ...{ ...common, kind: "codeArtifact", admits: reachedBy, records: [] },
      ...{ account: codeArtifact.accountID, region: codeArtifact.region },
      reader: `arn:aws:iam::${codeArtifact.accountID}:role/${codeArtifact.consumer.roleName}`,
    },
    selfHosted && {
      ...{ ...common, kind: "selfHosted", admits: reachedBy, records },
      ...{ account: selfHosted.accountID, region: selfHosted.region },
    },
    publishAws && {
      ...{ ...common, kind: "endpointService", admits: principals.join(", ") },
      ...{ records: selfHosted === undefined ? records : [] },
      ...{ account: publishAws.accountID, region: publishAws.region, letIn: awsLetIn(publishAws) },
    },
    publishGcp && {
      ...{ ...common, kind: "serviceAttachment", admits: plan.projectID, records: [] },
      ...{ account: publishGcp.projectID, region: publishGcp.region, letIn: googleLetIn(publishGcp) },
    },
  ];
  return made.filter((one) => one !== undefined);
}

/** Targets that no security group is named of; what a group is named of gets its rule here. */
function awsLetIn({ listeners, subnets = [] }: EndpointServicePlan): NonNullable<HandoffMade["letIn"]> {
  const from = subnets.map(({ id }) => id);
  return listeners.flatMap(({ target, targetPort, targetSecurityGroupID: group, healthCheck }) => {
    if (group !== undefined || target.kind === "own") return [];
    const ports = [...new Set([targetPort, healthCheck.port ?? targetPort])];
    return ports.map((port) => ({ from, to: targetsOf(target), port }));
  });
}

function targetsOf(
  target: Exclude<EndpointServicePlan["listeners"][number]["target"], { kind: "own" }>,
): readonly string[] {
  switch (target.kind) {
    case "addresses":
      return target.addresses;
    case "instances":
      return target.instances;
    case "autoScalingGroup":
      return [target.autoScalingGroup];
    case "loadBalancer":
      return [target.loadBalancerArn];
  }
}

/** Firewall rules are made for what is in Google Cloud; what is outside has a firewall of its own. */
const googleLetIn = ({ backends, sourceRange, backendPort }: ServiceAttachmentPlan): HandoffMade["letIn"] & object =>
  backends.kind === "addresses" ? [{ from: [sourceRange], to: backends.addresses, port: backendPort }] : [];

const code = (text: string): string => `\`${text}\``;

const WHAT: Readonly<Record<HandoffMade["kind"], (made: HandoffMade) => string>> = {
  codeArtifact: ({ account, region }) =>
    `is an AWS CodeArtifact domain in your account ${code(account)}, ${code(region)}. The domain, its key and its packages are yours`,
  selfHosted: ({ account, region }) =>
    `runs in your account ${code(account)}, ${code(region)}. Its database, its bucket and its keys are yours`,
  endpointService: ({ account, region, admits }) =>
    `is published from your account ${code(account)}, ${code(region)}, as an endpoint service that allows ${code(admits)} and nobody else; there is nothing for you to accept`,
  serviceAttachment: ({ account, region, admits }) =>
    `is published from your project ${code(account)}, ${code(region)}, as a service attachment that accepts the project ${code(admits)} and nobody else`,
};

const END: Readonly<Record<HandoffMade["kind"], (made: HandoffMade) => string>> = {
  codeArtifact: ({ reader }) =>
    `To end our access, attach a policy that denies everything to the role ${code(reader ?? "")}; taking its trust away alone leaves tokens alive until they end.`,
  selfHosted: () => "To end our access, end the connection to it; who signs in to it is up to you.",
  endpointService: () => "To end the connection, reject our endpoint connection; that takes effect at once.",
  serviceAttachment: () => "To end the connection, take our project off the accept list; that takes effect at once.",
};

const list = (items: readonly string[]): string => items.map(code).join(", ");

const lettingIn = ({ from, to, port }: NonNullable<HandoffMade["letIn"]>[number]): string =>
  `Let ${list(from)} reach ${list(to)} on TCP ${code(String(port))}; connections and health checks come from there, whoever opened them.`;

/** One section for each registry that is made or published for the customer. */
export function madeSections(all: readonly HandoffMade[]): readonly HandoffSection[] {
  const keys = [...new Set(all.map(({ registry }) => registry))];
  return keys.map((key) => {
    const parts = all.filter(({ registry }) => registry === key);
    return {
      title: `Registry ${parts[0]!.dnsName}`,
      steps: [
        ...parts.map((part) => `It ${WHAT[part.kind](part)}.`),
        ...parts.flatMap(({ letIn = [] }) => letIn.map(lettingIn)),
        ...parts.flatMap(({ records }) =>
          records.map(({ name, type, value }) => `In your DNS, add ${code(name)} as ${type} ${code(value)}.`),
        ),
        ...parts.map((part) => END[part.kind](part)),
      ],
    };
  });
}
