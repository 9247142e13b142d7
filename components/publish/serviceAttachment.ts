import { Firewall } from "@pulumi/gcp/compute/firewall.js";
import { ForwardingRule } from "@pulumi/gcp/compute/forwardingRule.js";
import { ServiceAttachment } from "@pulumi/gcp/compute/serviceAttachment.js";
import { Subnetwork } from "@pulumi/gcp/compute/subnetwork.js";
import { AlertPolicy } from "@pulumi/gcp/monitoring/alertPolicy.js";
import * as pulumi from "@pulumi/pulumi";
import { PROBE_RANGES } from "../../plan/publish/facts.ts";
import type { ServiceAttachmentPlan } from "../../plan/publish/plan.ts";
import { createBackends, createProxy } from "./googleLoadBalancer.ts";

export interface ServiceAttachmentPublisherArgs {
  readonly attachment: ServiceAttachmentPlan;
  /** Labels of every resource that takes any. */
  readonly labels: Readonly<Record<string, string>>;
}

/** One endpoint that asks for the attachment. */
export interface ConnectedEndpoint {
  readonly endpoint: string;
  /** `ACCEPTED`; `PENDING`, `REJECTED`, `CLOSED` and `NEEDS_ATTENTION` carry nothing. */
  readonly status: string;
  readonly pscConnectionId: string;
  readonly consumerNetwork: string;
}

/** What whoever connects has to know. */
export interface ServiceAttachmentHandover {
  readonly domain: string;
  readonly targetService: pulumi.Output<string>;
  readonly region: string;
  readonly tlsType: "self-signed-ca" | "public-ca";
}

/** Source: Compute API reference, serviceAttachments. */
const ATTACHMENT = /^projects\/[^/]+\/regions\/[^/]+\/serviceAttachments\/[^/]+$/;

/**
 * The customer's Google side of Private Service Connect: an internal load balancer, the subnet whose addresses consumers
 * appear from, firewall rules, and a service attachment that admits our project alone.
 *
 * Where the backends end TLS packets are passed through to them. Where they do not, or are outside Google Cloud, Google's
 * proxies stand between, in a subnet of their own.
 *
 * An attachment keeps its load balancer: another forwarding rule replaces both, and every connection ends. Taking our
 * project off the accept list cuts what is connected, as connections are reconciled.
 */
export class ServiceAttachmentPublisher extends pulumi.ComponentResource {
  /** `projects/<project>/regions/<region>/serviceAttachments/<name>` */
  readonly targetService: pulumi.Output<string>;
  readonly connectedEndpoints: pulumi.Output<readonly ConnectedEndpoint[]>;
  readonly handover: ServiceAttachmentHandover;

  constructor(name: string, args: ServiceAttachmentPublisherArgs, opts: pulumi.ComponentResourceOptions) {
    const { attachment: plan, labels } = args;
    super("causeway:gcp:ServiceAttachmentPublisher", name, { projectID: plan.projectID, region: plan.region }, opts);
    const { region, protect } = plan;
    const subnet = new Subnetwork(
      plan.natSubnetName,
      {
        name: plan.natSubnetName,
        region,
        network: plan.networkPath,
        ipCidrRange: plan.natRange,
        purpose: "PRIVATE_SERVICE_CONNECT",
      },
      // Google deletes none that an attachment has, and a move makes a new one first.
      { parent: this },
    );
    const rule = this.createRule(name, plan, labels);
    this.createFirewall(name, plan);
    const attachment = new ServiceAttachment(
      name,
      {
        name: plan.name,
        region,
        connectionPreference: "ACCEPT_MANUAL",
        enableProxyProtocol: false,
        natSubnets: [subnet.selfLink],
        targetService: rule.selfLink,
        consumerAcceptLists: [{ projectIdOrNum: plan.acceptedProject, connectionLimit: plan.connectionLimit }],
        reconcileConnections: true,
        ...(plan.domainName === undefined ? {} : { domainNames: [`${plan.domainName}.`] }),
      },
      // An attachment takes no other rule, and a rule does not go before its attachment.
      { parent: this, protect, replaceOnChanges: ["targetService"], deleteBeforeReplace: true, replaceWith: [rule] },
    );
    if (plan.alarms) this.watch(name, plan);
    this.targetService = attachment.id.apply((id) => {
      if (!ATTACHMENT.test(id)) throw new RangeError(`expected projects/…/serviceAttachments/…, got ${id}`);
      return id;
    });
    this.connectedEndpoints = attachment.connectedEndpoints.apply((endpoints) =>
      endpoints.map(({ endpoint, status, pscConnectionId, consumerNetwork }) => ({
        endpoint,
        status,
        pscConnectionId,
        consumerNetwork,
      })),
    );
    this.handover = { domain: plan.dnsName, targetService: this.targetService, region, tlsType: plan.tlsType };
    const { targetService, connectedEndpoints, handover } = this;
    this.registerOutputs({ targetService, connectedEndpoints, handover });
  }

  private createRule(
    name: string,
    plan: ServiceAttachmentPlan,
    labels: Readonly<Record<string, string>>,
  ): ForwardingRule {
    const { region, networkPath: network, subnetworkPath: subnetwork, ports, protect } = plan;
    const backends = createBackends(name, plan, this);
    const common = { name: plan.name, region, network, subnetwork, ipProtocol: "TCP", labels };
    // Its name is kept by the rule it replaces.
    const opts = { parent: this, protect, deleteBeforeReplace: true };
    if (plan.mode === "passthrough") {
      return new ForwardingRule(
        name,
        {
          ...common,
          loadBalancingScheme: "INTERNAL",
          backendService: backends.selfLink,
          ports: ports.map(String),
        },
        opts,
      );
    }
    const { target, subnet } = createProxy(name, plan, backends, this);
    return new ForwardingRule(
      name,
      { ...common, loadBalancingScheme: "INTERNAL_MANAGED", target, ports: ports.slice(0, 1).map(String) },
      { ...opts, dependsOn: subnet === undefined ? [] : [subnet] },
    );
  }

  /** Machines let in who connects, and health checks. Of addresses outside Google Cloud their own firewall decides. */
  private createFirewall(name: string, plan: ServiceAttachmentPlan): void {
    if (plan.backends.kind === "addresses") return;
    const { networkPath: network, serviceAccount, sourceRange, healthCheck, mode, backendPort } = plan;
    const served = mode === "passthrough" ? plan.ports : [backendPort];
    const checked = [...new Set([...(mode === "passthrough" ? plan.ports.slice(0, 1) : served)])];
    const rules = [
      { key: "in", sources: [sourceRange], ports: served },
      { key: "probes", sources: PROBE_RANGES, ports: healthCheck.port === undefined ? checked : [healthCheck.port] },
    ];
    for (const { key, sources, ports } of rules) {
      new Firewall(
        `${name}-${key}`,
        {
          name: `${plan.name}-${key}`,
          network,
          direction: "INGRESS",
          allows: [{ protocol: "tcp", ports: ports.map(String) }],
          sourceRanges: [...sources],
          ...(serviceAccount === undefined ? {} : { targetServiceAccounts: [serviceAccount] }),
          logConfig: { metadata: "EXCLUDE_ALL_METADATA" },
        },
        { parent: this },
      );
    }
  }

  /** Every endpoint takes an address; without one left the next is not connected. */
  private watch(name: string, plan: ServiceAttachmentPlan): void {
    const metric = "compute.googleapis.com/private_service_connect/producer/used_nat_ip_addresses";
    const resource = `resource.type = "gce_service_attachment" AND resource.labels.region = "${plan.region}"`;
    new AlertPolicy(
      name,
      {
        displayName: `${plan.name}: addresses of the nat subnet`,
        combiner: "OR",
        conditions: [
          {
            displayName: `more than ${plan.natAlarmAt} addresses in use`,
            conditionThreshold: {
              filter: `metric.type = "${metric}" AND ${resource}`,
              comparison: "COMPARISON_GT",
              thresholdValue: plan.natAlarmAt,
              duration: "300s",
              aggregations: [{ alignmentPeriod: "300s", perSeriesAligner: "ALIGN_MAX" }],
            },
          },
        ],
      },
      { parent: this },
    );
  }
}
