import type { Handoff } from "./handoff.ts";
import { madeSections } from "./handoffMade.ts";

/** Stands where the clouds have not answered yet. */
export const PENDING = "not assigned yet";

/** One step list of a hand-off, in plain sentences; code is between backticks. */
export interface HandoffSection {
  readonly title: string;
  readonly steps: readonly string[];
}

type Facts = Omit<Handoff, "sections">;

const code = (text: string): string => `\`${text}\``;
const list = (items: readonly (string | number)[]): string => items.map((item) => code(String(item))).join(", ");

/** Everything the customer is asked to do, how to check it, and how to end it; a kind that is not used says nothing. */
export function handoffSections(facts: Facts): readonly HandoffSection[] {
  return [
    ...facts.aws.map(awsSection),
    ...pscSections(facts),
    ...madeSections(facts.made),
    ...addressSections(facts),
    certificates(facts),
    checking(facts),
    nextSteps(facts),
    ending(facts),
  ].filter(({ steps }) => steps.length > 0);
}

function awsSection(aws: Facts["aws"][number]): HandoffSection {
  const { principalArn, region, serviceNameForm, sourceRanges, zones, services } = aws;
  const waiting = services.filter(({ state }) => state !== "available");
  return {
    title: `AWS PrivateLink in ${region}`,
    steps: [
      `Publish the registry behind a Network Load Balancer as a VPC endpoint service in ${code(region)}.`,
      `Enable the load balancer in the zones ${list(zones)} (zone ids, which mean the same in every account), or tell us ` +
        "which of the region's zones it is in.",
      `On the endpoint service, under "Allow principals", allow ${code(principalArn)} and no other principal of ours.`,
      `A load balancer whose security group is enforced on PrivateLink traffic sees our executors' own addresses: allow ` +
        `TCP from ${list(sourceRanges)}, or switch that enforcement off.`,
      ...(services.length === 0
        ? [`Send us the service name, in the form ${code(serviceNameForm)}, and the ports the registry listens on.`]
        : services.map((service) => connection(service))),
      ...(services.length > 0 && waiting.length === 0
        ? []
        : [
            'Where the service asks for acceptance: under "Endpoint connections", accept the request from our account' +
              `${waiting.length > 0 && waiting.every(({ endpointId }) => endpointId !== PENDING) ? `, ${list(waiting.map(({ endpointId }) => endpointId))}` : ""}.`,
          ]),
    ],
  };
}

/** One connection, with its state once there is one. */
const connection = ({ serviceName, ports, state }: Facts["aws"][number]["services"][number]): string =>
  `We connect to ${code(serviceName)} on TCP ${list(ports)}${state === PENDING ? "" : `; its state is ${state}`}.`;

function pscSections({ privateServiceConnect, awaitedAttachment }: Facts): readonly HandoffSection[] {
  if (awaitedAttachment !== null) {
    const { consumerProject, region } = awaitedAttachment;
    return [
      {
        title: "Google Private Service Connect",
        steps: [
          `Publish the registry as a service attachment in ${code(region)}, and accept the project ${code(consumerProject)} ` +
            "with a connection limit of at least 1.",
          `Send us its name, in the form ${code(`projects/<project>/regions/${region}/serviceAttachments/<name>`)}, the ` +
            "registry's DNS name and the ports it listens on.",
        ],
      },
    ];
  }
  return privateServiceConnect.map(({ domain, targetService, consumerProject, ports, status }) => ({
    title: `Google Private Service Connect for ${domain}`,
    steps: [
      `On the service attachment ${code(targetService)}, accept the project ${code(consumerProject)} with a connection ` +
        `limit of at least 1.`,
      `Let the attachment's subnets reach the registry on TCP ${list(ports)}${status === PENDING ? "" : `; the connection's status is ${status}`}.`,
    ],
  }));
}

function addressSections({ staticAddresses }: Facts): readonly HandoffSection[] {
  if (staticAddresses.length === 0) return [];
  const shown = staticAddresses.map(({ address, key, state }) => `${code(address)} (${key}, ${state})`);
  const draining = staticAddresses.filter(({ state }) => state === "draining");
  return [
    {
      title: "Static addresses for your allowlist",
      steps: [
        `On the load balancer in front of the registry, allow TCP 443 from ${shown.join(", ")}.`,
        "Allow every one of them, reserved ones included: any executor may use any active address at any time, and a " +
          "reserved one becomes active once you have confirmed it.",
        ...(draining.length > 0 ? ["Keep a draining address allowed until we write that it is empty."] : []),
        "Confirm in writing when the allowlist is in place.",
      ],
    },
  ];
}

/** Keys of the registries that are made here, so that their certificates and credentials are nobody else's task. */
const keysMade = ({ made }: Facts, ...kinds: readonly Facts["made"][number]["kind"][]): readonly string[] =>
  made.flatMap(({ registry, kind }) => (kinds.includes(kind) ? [registry] : []));

function certificates(facts: Facts): HandoffSection {
  const { registries, routes, staticAddresses } = facts;
  const own = registries.filter(({ certificate }) => certificate === "privateCA");
  const made = keysMade(facts, "codeArtifact", "selfHosted");
  const theirs = registries.length === 0 || registries.some(({ key }) => !made.includes(key));
  return {
    title: "Certificates",
    steps: [
      ...(theirs && (routes.length > 0 || staticAddresses.length > 0)
        ? [
            "Executors ask for the registry by its private name and check the certificate against that name. We " +
              "recommend a load balancer that passes TCP through, which needs no certificate; one that ends TLS needs " +
              "a certificate for the private name beside its own.",
          ]
        : []),
      ...own.map(
        ({ dnsName }) =>
          `${code(dnsName)} is vouched for by your own CA, whose bundle executors trust; send us the next one before this one ends.`,
      ),
    ],
  };
}

function checking(facts: Facts): HandoffSection {
  const { aws, privateServiceConnect, staticAddresses } = facts;
  const published = (kind: Facts["made"][number]["kind"]): boolean => keysMade(facts, kind).length > 0;
  return {
    title: "How to check it",
    steps: [
      ...(aws.length > 0 || published("endpointService")
        ? ['In the AWS console, the endpoint connection\'s state is "Available".']
        : []),
      ...(privateServiceConnect.length > 0 || published("serviceAttachment")
        ? ['In the Google Cloud console, the connected project\'s status on the service attachment is "Accepted".']
        : []),
      ...(staticAddresses.length > 0 ? ["The load balancer's log shows connections from the addresses above."] : []),
      "Index one repository whose configuration names the private registry: a finished index is the proof.",
    ],
  };
}

function nextSteps(facts: Facts): HandoffSection {
  const { registries } = facts;
  const tokens = keysMade(facts, "codeArtifact");
  const namesOf = (withToken: boolean): readonly string[] =>
    registries.filter(({ key }) => tokens.includes(key) === withToken).map(({ dnsName }) => dnsName);
  const [kept, names] = [namesOf(true), namesOf(false)];
  return {
    title: "Next steps once it is connected",
    steps: [
      ...(kept.length > 0
        ? [
            `There is no secret to create for ${list(kept)}: its tokens are got on our side, and indexing jobs are given ` +
              "one as an executor secret.",
          ]
        : []),
      ...(kept.length > 0 && names.length === 0
        ? []
        : [
            `If the registry asks for credentials, create executor secrets that hold them${names.length > 0 ? ` for ${list(names)}` : ""}. ` +
              "Never send credentials to us.",
          ]),
      "Extend the auto-indexing inference configuration so that it writes those secrets to the files your package manager reads.",
      "Index one repository that needs a private package, then switch on auto-indexing for the rest.",
    ],
  };
}

function ending({ aws, privateServiceConnect, staticAddresses, made }: Facts): HandoffSection {
  return {
    title: "How to end the connection at any time",
    steps: [
      ...(aws.length > 0
        ? [
            "AWS: reject our endpoint connection and remove our principal; removing the principal alone leaves a connection open.",
          ]
        : []),
      ...(privateServiceConnect.length > 0
        ? ["Google Cloud: remove our project from the accept list with connection reconciliation on."]
        : []),
      ...(staticAddresses.length > 0 ? ["Load balancer: remove our addresses from the allowlist."] : []),
      ...(made.length > 0
        ? [
            "What we made or published in your accounts: as its section says; tell us as well, since a later update of " +
              "ours may connect again.",
          ]
        : []),
      "Nothing on our side is needed for it to take effect.",
    ],
  };
}
