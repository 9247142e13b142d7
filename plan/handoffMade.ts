import type { HandoffMade, HandoffValues } from "./handoff.ts";
import type { HandoffSection } from "./handoffSections.ts";
import type { Plan, RegistryPlan } from "./plan.ts";

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
    },
    selfHosted && {
      ...{ ...common, kind: "selfHosted", admits: reachedBy, records },
      ...{ account: selfHosted.accountID, region: selfHosted.region },
    },
    publishAws && {
      ...{ ...common, kind: "endpointService", admits: principals.join(", ") },
      ...{ records: selfHosted === undefined ? records : [] },
      ...{ account: publishAws.accountID, region: publishAws.region },
    },
    publishGcp && {
      ...{ ...common, kind: "serviceAttachment", admits: plan.projectID, records: [] },
      ...{ account: publishGcp.projectID, region: publishGcp.region },
    },
  ];
  return made.filter((one) => one !== undefined);
}

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

const END: Readonly<Record<HandoffMade["kind"], string>> = {
  codeArtifact:
    "To end our access, deny the role our token job takes on; taking its trust away alone leaves tokens alive until they end.",
  selfHosted: "To end our access, end the connection to it; who signs in to it is up to you.",
  endpointService: "To end the connection, reject our endpoint connection; that takes effect at once.",
  serviceAttachment: "To end the connection, take our project off the accept list; that takes effect at once.",
};

/** One section for each registry that is made or published for the customer. */
export function madeSections(all: readonly HandoffMade[]): readonly HandoffSection[] {
  const keys = [...new Set(all.map(({ registry }) => registry))];
  return keys.map((key) => {
    const parts = all.filter(({ registry }) => registry === key);
    return {
      title: `Registry ${parts[0]!.dnsName}`,
      steps: [
        ...parts.map((part) => `It ${WHAT[part.kind](part)}.`),
        ...parts.flatMap(({ records }) =>
          records.map(({ name, type, value }) => `In your DNS, add ${code(name)} as ${type} ${code(value)}.`),
        ),
        ...parts.map(({ kind }) => END[kind]),
      ],
    };
  });
}
