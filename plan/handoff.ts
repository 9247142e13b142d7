import type { AwsConnectionPlan } from "./aws.ts";
import { handoffMade } from "./handoffMade.ts";
import type { Plan, RegistryPlan } from "./plan.ts";
import { handoffSections, PENDING, type HandoffSection } from "./handoffSections.ts";

/** What the clouds answered; empty before the first update, and the hand-off is valid all the same. */
export interface HandoffValues {
  /** IPv4 by address key. */
  readonly natAddresses: Readonly<Record<string, string>>;
  /** State by `vpce-svc-…`. */
  readonly endpointStates: Readonly<Record<string, string>>;
  /** Id (`vpce-…`) by `vpce-svc-…`. */
  readonly endpointIds: Readonly<Record<string, string>>;
  /** Status by PSC domain. */
  readonly pscStatuses: Readonly<Record<string, string>>;
  /** DNS records a registry made or published here asks of the customer, by registry. */
  readonly records: Readonly<Record<string, HandoffMade["records"]>>;
}

export const NO_VALUES: HandoffValues = {
  natAddresses: {},
  endpointStates: {},
  endpointIds: {},
  pscStatuses: {},
  records: {},
};

/** One AWS account and region the customer's endpoint services are used from. */
export interface HandoffAws {
  readonly accountID: string;
  /** What to allow on the endpoint service. */
  readonly principalArn: string;
  readonly region: string;
  /** Form of the service name expected back. */
  readonly serviceNameForm: string;
  /** Where connections come from, for a load balancer whose security group is enforced on PrivateLink traffic. */
  readonly sourceRanges: readonly string[];
  /** AZ ids the load balancer has to be enabled in. */
  readonly zones: readonly string[];
  readonly services: readonly {
    readonly serviceName: string;
    readonly ports: readonly number[];
    readonly state: string;
    /** What the customer's console lists, once there is one. */
    readonly endpointId: string;
  }[];
}

/** One thing of ours in an account of the customer's. */
export interface HandoffMade {
  readonly registry: string;
  readonly dnsName: string;
  readonly kind: "codeArtifact" | "selfHosted" | "endpointService" | "serviceAttachment";
  /** AWS account or Google project. */
  readonly account: string;
  readonly region: string;
  /** Who is let in: of a published registry the principal or project that is allowed. */
  readonly admits: string;
  /** ARN of the role that reads; of `codeArtifact`. */
  readonly reader?: string;
  /** Where the customer has to let connections in by hand, since nothing here opens it; of what is published. */
  readonly letIn?: readonly {
    readonly from: readonly string[];
    readonly to: readonly string[];
    readonly port: number;
  }[];
  /** Records the customer adds to DNS, once they are known. */
  readonly records: readonly { readonly name: string; readonly type: string; readonly value: string }[];
}

/**
 * What the customer's network team is told: facts first, then what to do, in the order it is done. A contract: `version`
 * changes with any change of meaning, and no secret is ever in it.
 */
export interface Handoff {
  readonly version: 1;
  readonly customer: string;
  readonly displayName: string;
  readonly aws: readonly HandoffAws[];
  readonly privateServiceConnect: readonly {
    readonly domain: string;
    readonly targetService: string;
    /** Project to accept on the service attachment. */
    readonly consumerProject: string;
    readonly ports: readonly number[];
    readonly status: string;
  }[];
  /** Google Cloud is asked for and the customer has not published yet; what they need for it. */
  readonly awaitedAttachment: { readonly consumerProject: string; readonly region: string } | null;
  readonly staticAddresses: readonly {
    readonly key: string;
    readonly state: string;
    readonly address: string;
  }[];
  /** Private names executors translate. */
  readonly routes: readonly { readonly source: string; readonly leadsTo: string }[];
  readonly registries: readonly {
    readonly key: string;
    readonly dnsName: string;
    readonly certificate: "publicCA" | "privateCA";
    readonly reachedBy: RegistryPlan["path"]["kind"];
  }[];
  /** Registries made or published in the customer's own accounts. */
  readonly made: readonly HandoffMade[];
  readonly sections: readonly HandoffSection[];
}

/** The hand-off of a plan, from the plan alone or with what the clouds answered. */
export function planHandoff(plan: Plan, values: HandoffValues = NO_VALUES): Handoff {
  const facts = {
    version: 1 as const,
    customer: plan.name,
    displayName: plan.displayName,
    aws: plan.awsConnections.flatMap((connection) => handoffAws(plan, connection, values) ?? []),
    privateServiceConnect: plan.pscEndpoints.flatMap(({ domain, target, ports }) =>
      target.kind === "registry"
        ? []
        : [
            {
              domain,
              targetService: target.targetService,
              consumerProject: plan.projectID,
              ports,
              status: values.pscStatuses[domain] ?? PENDING,
            },
          ],
    ),
    awaitedAttachment:
      plan.awaitsPsc && plan.pscEndpoints.length === 0
        ? { consumerProject: plan.projectID, region: plan.region }
        : null,
    staticAddresses: (plan.nat?.addresses ?? []).map(({ key, state }) => ({
      key,
      state,
      address: values.natAddresses[key] ?? PENDING,
    })),
    routes: (plan.dnsProxy?.routes ?? []).map(({ source, target }) => ({ source, leadsTo: leadsTo(target) })),
    made: plan.registries.flatMap((registry) => handoffMade(plan, registry, values)),
    registries: plan.registries.map(({ key, dnsName, certificate, path }) => ({
      key,
      dnsName,
      certificate: certificate.kind,
      reachedBy: path.kind,
    })),
  };
  return { ...facts, sections: handoffSections(facts) };
}

/** What a customer is to do for one connection; undefined where it leads to nothing but registries we make or publish. */
function handoffAws(plan: Plan, connection: AwsConnectionPlan, values: HandoffValues): HandoffAws | undefined {
  const { accountID, region, zones, endpoints } = connection;
  const services = endpoints.flatMap(({ key, service, ports, registries }) =>
    service.kind !== "service" || registries.length > 0
      ? []
      : [
          {
            serviceName: service.serviceName,
            ports,
            state: values.endpointStates[key] ?? PENDING,
            endpointId: values.endpointIds[key] ?? PENDING,
          },
        ],
  );
  if (endpoints.length > 0 && services.length === 0) return undefined;
  return {
    accountID,
    principalArn: `arn:aws:iam::${accountID}:root`,
    region,
    serviceNameForm: `com.amazonaws.vpce.${region}.vpce-svc-<17 hex digits>`,
    sourceRanges: plan.subnets.map(({ ipCidrRange }) => ipCidrRange),
    zones: zones.map(({ id }) => id),
    services,
  };
}

function leadsTo(target: NonNullable<Plan["dnsProxy"]>["routes"][number]["target"]): string {
  switch (target.kind) {
    case "name":
      return target.destination;
    case "privateLink":
      return target.link;
    case "privateServiceConnect":
      return target.domain;
  }
}
