import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import type * as pulumi from "@pulumi/pulumi";
import type { RegistryNetwork } from "./network.ts";
import type { Scope } from "./scope.ts";

/** Security groups by what is in them; each lets in exactly what stands before it. */
export interface Groups {
  readonly alb: SecurityGroup;
  readonly app: SecurityGroup;
  readonly db?: SecurityGroup;
  readonly endpoints?: SecurityGroup;
}

/** nginx before the registry, and the catalog. */
export const APP_PORTS = { registry: 5000, catalog: 80 } as const;

type Peer = { readonly group: SecurityGroup; readonly key: string } | { readonly cidr: string };

/** Groups and one rule per peer and port. What publishes the registry adds a rule of its own to `alb`. */
export function groups(scope: Scope, { vpc }: RegistryNetwork): Groups {
  const { plan } = scope;
  const make = (key: string, description: string): SecurityGroup => group(scope, vpc.id, key, description);
  const alb = make("alb", "Load balancer of the registry");
  const app = make("app", "Instances of the registry");
  const db = plan.database === undefined ? undefined : make("db", "Database of the registry");
  const endpoints = plan.egress === "vpc-endpoints" ? make("endpoints", "Services of AWS for the registry") : undefined;
  const from = { alb: { group: alb, key: "alb" }, app: { group: app, key: "app" } };
  for (const cidr of plan.allowedCidrs) ingress(scope, "alb", alb, { cidr }, 443);
  if (plan.internetFacing) for (const cidr of plan.allowedCidrs) ingress(scope, "alb", alb, { cidr }, 80);
  const ports = plan.app.kind === "quilt" ? [APP_PORTS.catalog, APP_PORTS.registry] : [APP_PORTS.registry];
  for (const port of ports) {
    egress(scope, "alb", alb, { group: app, key: "app" }, port);
    ingress(scope, "app", app, from.alb, port);
  }
  for (const cidr of plan.ssh?.inputCidrs ?? []) ingress(scope, "app", app, { cidr }, 22);
  egress(scope, "app", app, { cidr: "0.0.0.0/0" }, 443);
  const mail = plan.app.kind === "quilt" ? plan.app.smtp.port : undefined;
  if (mail !== undefined) egress(scope, "app", app, { cidr: "0.0.0.0/0" }, mail);
  if (db !== undefined) {
    egress(scope, "app", app, { group: db, key: "db" }, 5432);
    ingress(scope, "db", db, from.app, 5432);
  }
  if (endpoints !== undefined) {
    ingress(scope, "endpoints", endpoints, from.app, 443);
    if (mail !== undefined) ingress(scope, "endpoints", endpoints, from.app, mail);
  }
  return { alb, app, ...(db === undefined ? {} : { db }), ...(endpoints === undefined ? {} : { endpoints }) };
}

function group(
  { plan, parent, tags }: Scope,
  vpcId: pulumi.Output<string>,
  key: string,
  description: string,
): SecurityGroup {
  const name = `${plan.name}-${key}`;
  return new SecurityGroup(name, { vpcId, name, description, tags: tags(name) }, { parent });
}

function rule(owner: SecurityGroup, peer: Peer, port: number) {
  const to = "cidr" in peer ? { cidrIpv4: peer.cidr } : { referencedSecurityGroupId: peer.group.id };
  return { securityGroupId: owner.id, ipProtocol: "tcp", fromPort: port, toPort: port, ...to };
}

const ruleName = (name: string, key: string, way: string, peer: Peer, port: number): string =>
  `${name}-${key}-${way}-${"cidr" in peer ? peer.cidr.replace(/[./]/g, "-") : peer.key}-${port}`;

function ingress({ plan, parent, tags }: Scope, key: string, owner: SecurityGroup, peer: Peer, port: number): void {
  const name = ruleName(plan.name, key, "from", peer, port);
  new SecurityGroupIngressRule(name, { ...rule(owner, peer, port), tags: tags(name) }, { parent });
}

function egress({ plan, parent, tags }: Scope, key: string, owner: SecurityGroup, peer: Peer, port: number): void {
  const name = ruleName(plan.name, key, "to", peer, port);
  new SecurityGroupEgressRule(name, { ...rule(owner, peer, port), tags: tags(name) }, { parent });
}
