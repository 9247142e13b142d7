import { Attachment } from "@pulumi/aws/autoscaling/attachment.js";
import { MetricAlarm } from "@pulumi/aws/cloudwatch/metricAlarm.js";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { VpcEndpointConnectionAccepter } from "@pulumi/aws/ec2/vpcEndpointConnectionAccepter.js";
import { VpcEndpointConnectionNotification } from "@pulumi/aws/ec2/vpcEndpointConnectionNotification.js";
import { VpcEndpointService } from "@pulumi/aws/ec2/vpcEndpointService.js";
import { Listener } from "@pulumi/aws/lb/listener.js";
import { LoadBalancer } from "@pulumi/aws/lb/loadBalancer.js";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import { TargetGroupAttachment } from "@pulumi/aws/lb/targetGroupAttachment.js";
import { Record as DnsRecord } from "@pulumi/aws/route53/record.js";
import { EndpointServicePrivateDnsVerification } from "@pulumi/aws/vpc/endpointServicePrivateDnsVerification.js";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";
import type { NameVerification } from "../../plan/publish/customer.ts";
import { TLS_POLICY } from "../../plan/publish/facts.ts";
import type { EndpointServicePlan, ListenerPlan } from "../../plan/publish/plan.ts";
import type { LoadBalancerTarget } from "../selfHosted/registry.ts";
import { SERVICE_ALARMS } from "./alarms.ts";

export interface EndpointServicePublisherArgs {
  readonly service: EndpointServicePlan;
  /** Of a registry run here; one the customer runs has its targets in the plan. */
  readonly target?: LoadBalancerTarget;
  /** Tags of every resource, less `Name`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What the customer puts into public DNS to prove that a private DNS name is its own. */
export interface NameProof {
  /** Full name of the record. */
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** What whoever connects has to know; the answers to the questions asked at intake. */
export interface EndpointServiceHandover {
  readonly dnsName: string;
  readonly region: string;
  readonly tlsType: "self-signed-ca" | "public-ca";
  readonly serviceName: pulumi.Output<string>;
  readonly ports: readonly number[];
  /** An endpoint finds the service in these zones alone; two or more in common keep it up when one is down. */
  readonly azIds: readonly string[];
  readonly privateDnsName?: string;
  readonly acceptanceRequired: boolean;
}

/**
 * The customer's AWS side of PrivateLink: an internal network load balancer with a security group of its own, a target
 * group and a listener per port, and an endpoint service that admits our account alone.
 *
 * The security group lets nobody in by itself: traffic over PrivateLink is not measured against it, since its source
 * addresses are the consumer's and unknown here, and from within the VPC nobody needs the load balancer. What leads out
 * of it is written rule by rule.
 *
 * With deletion protection AWS refuses to delete the load balancer: write `deletionProtection: false` and update before a
 * removal. The owner of a service can reject an endpoint at any time, which cuts it at once.
 */
export class EndpointServicePublisher extends pulumi.ComponentResource {
  /** `com.amazonaws.vpce.<region>.vpce-svc-…` */
  readonly serviceName: pulumi.Output<string>;
  readonly serviceId: pulumi.Output<string>;
  /** Whoever has targets of its own lets this group in. */
  readonly securityGroupId: pulumi.Output<string>;
  readonly handover: EndpointServiceHandover;
  /** Undefined where the service has no private DNS name. */
  readonly nameProof: pulumi.Output<NameProof> | undefined;

  readonly #name: string;
  readonly #plan: EndpointServicePlan;
  readonly #tags: (name: string) => Record<string, string>;

  constructor(name: string, args: EndpointServicePublisherArgs, opts: pulumi.ComponentResourceOptions) {
    const { service: plan, target, tags } = args;
    super("causeway:aws:EndpointServicePublisher", name, { accountID: plan.accountID, region: plan.region }, opts);
    this.#name = name;
    this.#plan = plan;
    this.#tags = (visible) => ({ ...tags, Name: visible });
    const vpcId = plan.vpcID ?? target!.vpcId;
    const group = this.createGroup(vpcId, target);
    const balancer = this.createLoadBalancer(group, target);
    const groups = plan.listeners.map((listener) => this.createListener(listener, vpcId, balancer, target));
    const service = new VpcEndpointService(
      name,
      {
        acceptanceRequired: plan.acceptanceRequired,
        networkLoadBalancerArns: [balancer.arn],
        allowedPrincipals: [...plan.allowedPrincipals],
        supportedIpAddressTypes: ["ipv4"],
        ...(plan.privateDns === undefined ? {} : { privateDnsName: plan.privateDns.name }),
        ...(plan.supportedRegions.length === 0 ? {} : { supportedRegions: [plan.region, ...plan.supportedRegions] }),
        tags: this.#tags(name),
      },
      { parent: this, protect: plan.protect },
    );
    this.nameProof = plan.privateDns && this.prove(service, plan.privateDns.name, plan.privateDns.verification);
    this.watch(service, balancer, groups);
    this.serviceName = service.serviceName;
    this.serviceId = service.id;
    this.securityGroupId = group.id;
    this.handover = this.describe(target);
    const { serviceName, serviceId, securityGroupId, handover, nameProof } = this;
    this.registerOutputs({ serviceName, serviceId, securityGroupId, handover, nameProof });
  }

  /**
   * Accepts our own endpoint where the service asks for acceptance; does nothing where it does not.
   * @param endpointId `vpce-…` of the interface endpoint
   */
  accept(endpointId: pulumi.Input<string>): void {
    if (!this.#plan.acceptanceRequired) return;
    new VpcEndpointConnectionAccepter(
      this.#name,
      { vpcEndpointServiceId: this.serviceId, vpcEndpointId: endpointId },
      { parent: this },
    );
  }

  private createGroup(vpcId: pulumi.Input<string>, target: LoadBalancerTarget | undefined): SecurityGroup {
    const { reach } = this.#plan;
    // Security groups cannot be given later: a load balancer that was made without one never takes any.
    const group = new SecurityGroup(
      this.#name,
      {
        vpcId,
        // No name of a group may begin with "sg-", as a customer's might.
        name: `nlb-${this.#name}`,
        description: "Network load balancer to the registry",
        tags: this.#tags(`${this.#name}-nlb`),
      },
      { parent: this },
    );
    for (const { key, port, cidr, securityGroupID } of reach) {
      const name = `${this.#name}-${key}`;
      const other = securityGroupID ?? (cidr === undefined ? target!.securityGroupId : undefined);
      const rule = { ipProtocol: "tcp", fromPort: port, toPort: port, tags: this.#tags(name) };
      new SecurityGroupEgressRule(
        name,
        {
          ...rule,
          securityGroupId: group.id,
          ...(other === undefined ? { cidrIpv4: cidr! } : { referencedSecurityGroupId: other }),
        },
        { parent: this },
      );
      if (other === undefined) continue;
      new SecurityGroupIngressRule(
        name,
        { ...rule, securityGroupId: other, referencedSecurityGroupId: group.id },
        { parent: this },
      );
    }
    return group;
  }

  private createLoadBalancer(group: SecurityGroup, target: LoadBalancerTarget | undefined): LoadBalancer {
    const { loadBalancerName, subnets, crossZone, deletionProtection, protect } = this.#plan;
    return new LoadBalancer(
      this.#name,
      {
        name: loadBalancerName,
        internal: true,
        loadBalancerType: "network",
        subnets: subnets === undefined ? [...target!.subnetIds] : subnets.map(({ id }) => id),
        securityGroups: [group.id],
        enforceSecurityGroupInboundRulesOnPrivateLinkTraffic: "off",
        enableCrossZoneLoadBalancing: crossZone,
        enableDeletionProtection: deletionProtection,
        tags: this.#tags(this.#name),
      },
      { parent: this, protect, deleteBeforeReplace: true },
    );
  }

  private createListener(
    plan: ListenerPlan,
    vpcId: pulumi.Input<string>,
    balancer: LoadBalancer,
    target: LoadBalancerTarget | undefined,
  ): TargetGroup {
    const { name } = plan;
    const group = new TargetGroup(
      name,
      {
        name: plan.targetGroupName,
        vpcId,
        port: plan.targetPort,
        protocol: plan.targetProtocol,
        targetType: TARGET_TYPES[plan.target.kind],
        healthCheck: {
          enabled: true,
          protocol: plan.healthCheck.protocol,
          port: plan.healthCheck.port === undefined ? "traffic-port" : String(plan.healthCheck.port),
          ...(plan.healthCheck.path === undefined ? {} : { path: plan.healthCheck.path, matcher: "200-399" }),
        },
        // Of what is reached over peering or a transit gateway the client's address would find no way back.
        ...(plan.target.kind === "addresses" ? { preserveClientIp: "false" } : {}),
        tags: this.#tags(name),
      },
      { parent: this },
    );
    const attached = this.attach(plan, group, target);
    new Listener(
      name,
      {
        loadBalancerArn: balancer.arn,
        port: plan.port,
        protocol: plan.listenerProtocol,
        ...(plan.listenerProtocol === "TLS"
          ? { certificateArn: plan.certificateArn!, sslPolicy: TLS_POLICY, alpnPolicy: "HTTP2Optional" }
          : {}),
        ...(plan.idleTimeoutSeconds === undefined ? {} : { tcpIdleTimeoutSeconds: plan.idleTimeoutSeconds }),
        defaultActions: [{ type: "forward", targetGroupArn: group.arn }],
        tags: this.#tags(name),
      },
      { parent: this, dependsOn: attached },
    );
    return group;
  }

  /** Registers what answers: of an application load balancer the listener has to be there before. */
  private attach(
    { name, target: plan, targetPort: port }: ListenerPlan,
    group: TargetGroup,
    own: LoadBalancerTarget | undefined,
  ): pulumi.Resource[] {
    const targetGroupArn = group.arn;
    if (plan.kind === "autoScalingGroup") {
      const { autoScalingGroup } = plan;
      const args = { autoscalingGroupName: autoScalingGroup, lbTargetGroupArn: targetGroupArn };
      return [new Attachment(name, args, { parent: this })];
    }
    if (plan.kind === "own" || plan.kind === "loadBalancer") {
      const targetId = plan.kind === "own" ? own!.loadBalancerArn : plan.loadBalancerArn;
      const waits = plan.kind === "own" ? [own!.listener] : [];
      return [new TargetGroupAttachment(name, { targetGroupArn, targetId, port }, { parent: this, dependsOn: waits })];
    }
    const ids = plan.kind === "instances" ? plan.instances : plan.addresses;
    const zone = plan.kind === "addresses" && plan.outsideVpc ? { availabilityZone: "all" } : {};
    return ids.map(
      (targetId) =>
        new TargetGroupAttachment(`${name}-${targetId}`, { targetGroupArn, targetId, port, ...zone }, { parent: this }),
    );
  }

  /** The proof of a private DNS name, put into the customer's public zone where that is in Route 53. */
  private prove(
    service: VpcEndpointService,
    dnsName: string,
    verification: NameVerification,
  ): pulumi.Output<NameProof> {
    const proof = service.privateDnsNameConfigurations.apply(([first]): NameProof => {
      const { name = "", type = "TXT", value = "" } = first ?? {};
      return { name: `${name}.${dnsName}`, type, value };
    });
    if (verification.kind === "manual") return proof;
    const record = new DnsRecord(
      `${this.#name}-proof`,
      {
        zoneId: verification.zoneID,
        name: proof.name,
        type: "TXT",
        ttl: 1800,
        records: [proof.value],
        // AWS makes the name up for this service; an update that was cut off may have made the record already
        allowOverwrite: true,
      },
      { parent: this },
    );
    new EndpointServicePrivateDnsVerification(
      this.#name,
      { serviceId: service.id, waitForVerification: true },
      { parent: this, dependsOn: [record], customTimeouts: { create: "30m" } },
    );
    return proof;
  }

  private watch(service: VpcEndpointService, balancer: LoadBalancer, groups: readonly TargetGroup[]): void {
    const { notificationTopicArn: topic, alarms, listeners } = this.#plan;
    if (topic !== undefined) {
      new VpcEndpointConnectionNotification(
        this.#name,
        {
          vpcEndpointServiceId: service.id,
          connectionEvents: ["Accept", "Connect", "Delete", "Reject"],
          connectionNotificationArn: topic,
        },
        { parent: this },
      );
    }
    if (!alarms) return;
    for (const { key, per, namespace, ...alarm } of SERVICE_ALARMS) {
      const dimensions =
        per === "service"
          ? [{ suffix: key, values: { "Service Id": service.id } }]
          : groups.map((group, index) => ({
              suffix: `${key}-${listeners[index]!.port}`,
              values: {
                LoadBalancer: balancer.arnSuffix,
                ...(per === "group" ? { TargetGroup: group.arnSuffix } : {}),
              },
            }));
      for (const { suffix, values } of per === "balancer" ? dimensions.slice(0, 1) : dimensions) {
        const name = `${this.#name}-${per === "balancer" ? key : suffix}`;
        new MetricAlarm(
          name,
          {
            name,
            namespace,
            ...alarm,
            dimensions: values,
            treatMissingData: "notBreaching",
            ...(topic === undefined ? {} : { alarmActions: [topic], okActions: [topic] }),
            tags: this.#tags(name),
          },
          { parent: this },
        );
      }
    }
  }

  private describe(target: LoadBalancerTarget | undefined): EndpointServiceHandover {
    const { dnsName, region, tlsType, listeners, subnets, privateDns, acceptanceRequired } = this.#plan;
    return {
      dnsName,
      region,
      tlsType,
      serviceName: this.serviceName,
      ports: listeners.map(({ port }) => port),
      azIds: (subnets?.map(({ zoneID }) => zoneID) ?? target?.zoneIDs ?? []).toSorted(),
      ...(privateDns === undefined ? {} : { privateDnsName: privateDns.name }),
      acceptanceRequired,
    };
  }
}

const TARGET_TYPES = {
  addresses: "ip",
  instances: "instance",
  autoScalingGroup: "instance",
  loadBalancer: "alb",
  own: "alb",
} as const;
