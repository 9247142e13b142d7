/** One of every type that publishes a registry from AWS or that a self-hosted one runs on. */
import type { Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Resource } from "./client.ts";
import * as on from "./registryEstate.ts";

/** Makes one resource and keeps it in mind. */
export type Make = (type: string, args: Values, name?: string) => Promise<Resource>;

/**
 * @param make makes a resource in the account of `tests/sandbox/estate.ts`
 * @param endpointFor makes an interface endpoint, of any account, for a service by name
 */
export async function makeRegistryTypes(
  sandbox: Sandbox,
  make: Make,
  endpointFor: (serviceName: string) => Promise<Resource>,
): Promise<void> {
  await on.seedRegistrySide(sandbox);
  const certificate = await proven(make);
  const group = await make(on.TARGETS, on.targets());
  await make(on.TARGET, { targetGroupArn: group.id, targetId: on.HOST });
  const balancer = await make(on.BALANCER, on.networkBalancer());
  const tls = { port: 443, protocol: "TLS", certificateArn: certificate.id, defaultActions: [on.forward(group)] };
  await make(on.LISTENER, { loadBalancerArn: balancer.id, ...tls });
  await published(make, balancer, endpointFor);
  await running(make, certificate);
  await wayOut(make);
  await stored(make);
}

async function proven(make: Make): Promise<Resource> {
  const certificate = await make(on.CERTIFICATE, { domainName: "registry.example.com", validationMethod: "DNS" });
  const [option] = certificate.state["domainValidationOptions"] as Values[];
  const values = { ttl: 60, records: [option!["resourceRecordValue"]] };
  await make(on.RECORD, { zoneId: on.ZONE, name: option!["resourceRecordName"], type: "CNAME", ...values });
  await make(on.VALIDATION, { certificateArn: certificate.id });
  return certificate;
}

async function published(
  make: Make,
  balancer: Resource,
  endpointFor: (name: string) => Promise<Resource>,
): Promise<void> {
  const named = { acceptanceRequired: true, privateDnsName: "registry.example.com" };
  const service = await make(on.SERVICE, { networkLoadBalancerArns: [balancer.id], ...named });
  const [proof] = service.state["privateDnsNameConfigurations"] as Values[];
  const record = { zoneId: on.ZONE, name: proof!["name"], type: "TXT", ttl: 1800 };
  await make(on.RECORD, { ...record, records: [proof!["value"]] }, "proof");
  await make(on.VERIFICATION, { serviceId: service.id, waitForVerification: true });
  const about = { vpcEndpointServiceId: service.id };
  await make(on.PERMISSION, { ...about, principalArn: "arn:aws:iam::222233334444:root" });
  const connectionNotificationArn = "arn:aws:sns:us-east-1:333344445555:endpoints";
  await make(on.NOTIFICATION, { ...about, connectionNotificationArn, connectionEvents: ["Connect", "Delete"] });
  const endpoint = await endpointFor(String(service.state["serviceName"]));
  await make(on.ACCEPTER, { ...about, vpcEndpointId: endpoint.id });
}

/** Machines behind an application load balancer. */
async function running(make: Make, certificate: Resource): Promise<void> {
  const web = await make(on.TARGETS, on.targets({ name: "web", targetType: "instance", protocol: "HTTP", port: 80 }));
  const security = await make(on.GROUP, { vpcId: on.VPC, name: "app" });
  const everywhere = { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" };
  await make(on.EGRESS, { securityGroupId: security.id, ...everywhere });
  const balancer = await make(on.BALANCER, on.requestBalancer({ securityGroups: [security.id] }));
  const https = { port: 443, protocol: "HTTPS", certificateArn: certificate.id, defaultActions: [on.forward(web)] };
  const listener = await make(on.LISTENER, { loadBalancerArn: balancer.id, ...https }, "app");
  const conditions = [{ pathPattern: { values: ["/healthcheck"] } }];
  await make(on.RULE, { listenerArn: listener.id, priority: 10, conditions, actions: [on.forward(web)] });
  const image = { imageId: "ami-0123456789abcdef0", instanceType: "t3.small", vpcSecurityGroupIds: [security.id] };
  const template = await make(on.TEMPLATE, { name: "registry", ...image });
  const from = {
    launchTemplate: { id: template.id, version: "$Latest" },
    vpcZoneIdentifiers: [...on.SUBNETS.slice(0, 2)],
  };
  const scaling = await make(on.SCALING, { name: "registry", minSize: 1, maxSize: 2, ...from });
  await make(on.SCALING_ATTACHMENT, { autoscalingGroupName: scaling.id, lbTargetGroupArn: web.id });
}

async function wayOut(make: Make): Promise<void> {
  const gateway = await make(on.GATEWAY, { vpcId: on.VPC });
  const address = await make(on.ADDRESS, { domain: "vpc" });
  await make(on.NAT, { subnetId: on.SUBNETS[2], allocationId: address.id });
  const table = await make(on.ROUTE_TABLE, { vpcId: on.VPC });
  await make(on.ROUTE, { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id });
}

async function stored(make: Make): Promise<void> {
  const group = await make(on.SUBNET_GROUP, { name: "registry", subnetIds: [...on.SUBNETS.slice(0, 2)] });
  const parameters = [{ name: "rds.force_ssl", value: "1" }];
  const family = await make(on.PARAMETER_GROUP, { name: "registry", family: "postgres16", parameters });
  const size = { instanceClass: "db.t4g.small", allocatedStorage: 20, storageType: "gp3", skipFinalSnapshot: true };
  const login = { engine: "postgres", engineVersion: "16", username: "registry", manageMasterUserPassword: true };
  const where = { identifier: "registry", dbSubnetGroupName: group.id, parameterGroupName: family.id };
  const database = await make(on.DATABASE, { ...where, ...size, ...login });
  const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "backup.amazonaws.com" } };
  const role = await make(
    on.ROLE,
    { name: "backup", assumeRolePolicy: JSON.stringify({ Statement: [trust] }) },
    "backup",
  );
  const vault = await make(on.VAULT, { name: "registry" });
  const rules = [{ ruleName: "daily", targetVaultName: vault.id, schedule: "cron(0 5 ? * * *)" }];
  const plan = await make(on.PLAN, { name: "registry", rules });
  const resources = [database.state["arn"]];
  await make(on.SELECTION, { planId: plan.id, name: "registry", iamRoleArn: role.state["arn"], resources });
}
