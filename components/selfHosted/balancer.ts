import { getCertificate } from "@pulumi/aws/acm/getCertificate.js";
import { Certificate } from "@pulumi/aws/acm/certificate.js";
import { CertificateValidation } from "@pulumi/aws/acm/certificateValidation.js";
import { Listener } from "@pulumi/aws/lb/listener.js";
import { ListenerRule } from "@pulumi/aws/lb/listenerRule.js";
import { LoadBalancer } from "@pulumi/aws/lb/loadBalancer.js";
import { TargetGroup } from "@pulumi/aws/lb/targetGroup.js";
import { Record } from "@pulumi/aws/route53/record.js";
import * as pulumi from "@pulumi/pulumi";
import { TLS_POLICY } from "../../plan/publish/facts.ts";
import { HEALTH_PATH } from "../../plan/selfHosted/bootstrap/nginx.ts";
import { certificateMistake, type FoundCertificate } from "../../plan/selfHosted/certificate.ts";
import { APP_PORTS, type Groups } from "./groups.ts";
import type { RegistryNetwork } from "./network.ts";
import type { Scope } from "./scope.ts";
import type { Stored } from "./storage.ts";

/** What stands before the instances. */
export interface Balancer {
  readonly balancer: LoadBalancer;
  /** HTTPS. */
  readonly listener: Listener;
  readonly targetGroups: readonly TargetGroup[];
  readonly certificateArn: pulumi.Output<string>;
}

/** An application load balancer that ends TLS and knows the registry's names alone; its health path answers to any. */
export function balancer(scope: Scope, network: RegistryNetwork, groups: Groups, logs: Stored): Balancer {
  const { plan, parent, tags } = scope;
  const name = `${plan.name}-app`;
  const made = new LoadBalancer(
    name,
    {
      name,
      loadBalancerType: "application",
      internal: !plan.internetFacing,
      subnets: [...network.subnetIds(plan.internetFacing ? "public" : "app")],
      securityGroups: [groups.alb.id],
      dropInvalidHeaderFields: true,
      enableDeletionProtection: plan.protect.loadBalancer,
      idleTimeout: 120,
      accessLogs: { bucket: logs.bucket.bucket, enabled: true },
      tags: tags(name),
    },
    {
      parent,
      protect: plan.protect.loadBalancer,
      dependsOn: [logs.policy, ...(plan.internetFacing ? network.ways : [])],
    },
  );
  const registry = targetGroup(scope, network, "registry", HEALTH_PATH);
  const catalog = plan.app.kind === "quilt" ? targetGroup(scope, network, "catalog", "/") : undefined;
  const certificateArn = certificate(scope);
  const listener = https(scope, made, certificateArn);
  rule(scope, listener, "health", 10, [{ pathPattern: { values: [HEALTH_PATH] } }], registry);
  rule(scope, listener, "registry", 20, [{ hostHeader: { values: [plan.registryHost] } }], registry);
  if (plan.app.kind === "quilt" && catalog !== undefined) {
    rule(scope, listener, "catalog", 30, [{ hostHeader: { values: [plan.app.catalogHost] } }], catalog);
  }
  if (plan.internetFacing) redirect(scope, made);
  records(scope, made);
  const targetGroups = catalog === undefined ? [registry] : [registry, catalog];
  return { balancer: made, listener, targetGroups, certificateArn };
}

function targetGroup(
  { plan, parent, tags }: Scope,
  { vpc }: RegistryNetwork,
  key: keyof typeof APP_PORTS,
  path: string,
): TargetGroup {
  const name = `${plan.name}-${key}`;
  const healthCheck = {
    enabled: true,
    protocol: "HTTP",
    path,
    matcher: "200-399",
    interval: 15,
    unhealthyThreshold: 3,
  };
  const what = { port: APP_PORTS[key], protocol: "HTTP", targetType: "instance", deregistrationDelay: 120 };
  return new TargetGroup(name, { name, vpcId: vpc.id, ...what, healthCheck, tags: tags(name) }, { parent });
}

function https({ plan, parent, tags }: Scope, made: LoadBalancer, certificateArn: pulumi.Output<string>): Listener {
  const name = `${plan.name}-https`;
  const fixedResponse = { contentType: "text/plain", statusCode: "404", messageBody: "no such host" };
  return new Listener(
    name,
    {
      loadBalancerArn: made.arn,
      port: 443,
      protocol: "HTTPS",
      sslPolicy: TLS_POLICY,
      certificateArn,
      routingHttpResponseStrictTransportSecurityHeaderValue: "max-age=31536000",
      defaultActions: [{ type: "fixed-response", fixedResponse }],
      tags: tags(name),
    },
    { parent },
  );
}

function redirect({ plan, parent, tags }: Scope, made: LoadBalancer): void {
  const name = `${plan.name}-http`;
  const action = { type: "redirect", redirect: { port: "443", protocol: "HTTPS", statusCode: "HTTP_301" } };
  const listens = { loadBalancerArn: made.arn, port: 80, protocol: "HTTP", defaultActions: [action] };
  new Listener(name, { ...listens, tags: tags(name) }, { parent });
}

type Condition = { hostHeader: { values: string[] } } | { pathPattern: { values: string[] } };

function rule(
  { plan, parent, tags }: Scope,
  listener: Listener,
  key: string,
  priority: number,
  conditions: Condition[],
  to: TargetGroup,
): void {
  const name = `${plan.name}-${key}`;
  const actions = [{ type: "forward", targetGroupArn: to.arn }];
  new ListenerRule(name, { listenerArn: listener.arn, priority, conditions, actions, tags: tags(name) }, { parent });
}

/** The certificate that exists, once it was looked at, or a new one, once it is issued. */
function certificate(scope: Scope): pulumi.Output<string> {
  const { plan, parent } = scope;
  if (plan.certificate.kind === "create") return newCertificate(scope);
  const { arn, domain } = plan.certificate;
  const look = async (): Promise<string> => {
    let found: FoundCertificate | undefined;
    try {
      found = await getCertificate({ domain, statuses: ["ISSUED"], mostRecent: true }, { parent });
    } catch (error) {
      // Only what says that there is none: whoever may not look is told so.
      if (!/no (matching )?ACM Certificate|empty result/i.test(String(error))) throw error;
    }
    const wrong = certificateMistake(found, { arn, domain, region: plan.region, hosts: plan.hosts }, new Date());
    if (wrong !== undefined) throw new pulumi.RunError(`${plan.name}: ${wrong}`);
    return arn;
  };
  return pulumi.output(look());
}

function newCertificate({ plan, parent, tags }: Scope): pulumi.Output<string> {
  const { name, hosts, hostedZoneID } = plan;
  const [domainName, ...others] = hosts;
  const made = new Certificate(
    name,
    {
      domainName: domainName!,
      ...(others.length === 0 ? {} : { subjectAlternativeNames: others }),
      validationMethod: "DNS",
      tags: tags(name),
    },
    { parent },
  );
  const proofs = hosts.map((host) => {
    const option = made.domainValidationOptions.apply((options) => options.find((one) => one.domainName === host)!);
    return new Record(
      `${name}-proof-${host}`,
      {
        zoneId: hostedZoneID!,
        name: option.resourceRecordName,
        type: option.resourceRecordType,
        ttl: 300,
        records: [option.resourceRecordValue],
        allowOverwrite: true,
      },
      { parent },
    );
  });
  const validation = new CertificateValidation(
    name,
    { certificateArn: made.arn, validationRecordFqdns: proofs.map(({ fqdn }) => fqdn) },
    { parent },
  );
  return validation.certificateArn;
}

function records({ plan, parent }: Scope, made: LoadBalancer): void {
  if (plan.hostedZoneID === undefined) return;
  for (const host of plan.hosts) {
    const aliases = [{ name: made.dnsName, zoneId: made.zoneId, evaluateTargetHealth: true }];
    new Record(`${plan.name}-${host}`, { zoneId: plan.hostedZoneID, name: host, type: "A", aliases }, { parent });
  }
}
