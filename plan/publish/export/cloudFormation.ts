import { stringify } from "yaml";
import { className, ExportError, partsOf } from "./resources.ts";
import type { ExportedFile, ExportedResource, ExportedSide, Reference } from "./resources.ts";

type Properties = Record<string, unknown>;
type Inputs = Readonly<Record<string, unknown>>;

interface Template {
  readonly resources: Record<string, unknown>;
  /** What a template cannot say, for a person to do. */
  readonly steps: string[];
}

/** A logical id holds letters and digits alone. Source: AWS CloudFormation User Guide, Template anatomy, "Resources". */
const logicalId = (type: string, name: string): string =>
  `${className(type)}${name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("")}`;

/** How CloudFormation names an output; undefined for what `Ref` gives. Source: its resource reference, "Return values". */
const ATTRIBUTES: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  LoadBalancer: { id: undefined, arn: undefined, arnSuffix: "LoadBalancerFullName" },
  TargetGroup: { id: undefined, arn: undefined, arnSuffix: "TargetGroupFullName" },
  SecurityGroup: { id: "GroupId" },
  VpcEndpointService: { id: undefined },
};

function referred({ type, name, property }: Reference): Properties {
  const known = ATTRIBUTES[className(type)];
  if (known === undefined || !(property in known)) throw new ExportError(`no ${property} of ${type} in cloudformation`);
  const attribute = known[property];
  return attribute === undefined
    ? { Ref: logicalId(type, name) }
    : { "Fn::GetAtt": [logicalId(type, name), attribute] };
}

function value(text: unknown): unknown {
  if (Array.isArray(text)) return text.map(value);
  if (typeof text !== "string") return text;
  const [only, ...rest] = partsOf(text);
  if (rest.length > 0) throw new ExportError(`expected one reference, got ${text}`);
  return typeof only === "object" ? referred(only) : text;
}

const tagsOf = (tags: unknown): { readonly Key: string; readonly Value: unknown }[] =>
  Object.entries((tags ?? {}) as Inputs).map(([Key, Value]) => ({ Key, Value }));

const given = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, one]) => one !== undefined));

function loadBalancer({ inputs }: ExportedResource): Properties {
  return {
    Name: inputs["name"],
    Type: "network",
    Scheme: "internal",
    Subnets: inputs["subnets"],
    SecurityGroups: value(inputs["securityGroups"]),
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic:
      inputs["enforceSecurityGroupInboundRulesOnPrivateLinkTraffic"],
    LoadBalancerAttributes: [
      { Key: "load_balancing.cross_zone.enabled", Value: String(inputs["enableCrossZoneLoadBalancing"]) },
      { Key: "deletion_protection.enabled", Value: String(inputs["enableDeletionProtection"]) },
    ],
    Tags: tagsOf(inputs["tags"]),
  };
}

function listener({ inputs }: ExportedResource): Properties {
  const actions = inputs["defaultActions"] as readonly { readonly targetGroupArn: string }[];
  const [certificate, alpn, idle] = [inputs["certificateArn"], inputs["alpnPolicy"], inputs["tcpIdleTimeoutSeconds"]];
  return given({
    LoadBalancerArn: value(inputs["loadBalancerArn"]),
    Port: inputs["port"],
    Protocol: inputs["protocol"],
    SslPolicy: inputs["sslPolicy"],
    AlpnPolicy: alpn === undefined ? undefined : [alpn],
    Certificates: certificate === undefined ? undefined : [{ CertificateArn: certificate }],
    ListenerAttributes:
      idle === undefined ? undefined : [{ Key: "tcp.idle_timeout.seconds", Value: String(Number(idle)) }],
    DefaultActions: actions.map(({ targetGroupArn }) => ({ Type: "forward", TargetGroupArn: value(targetGroupArn) })),
  });
}

function targetGroup({ inputs, name }: ExportedResource, all: readonly ExportedResource[]): Properties {
  const check = inputs["healthCheck"] as Inputs;
  const targets = all
    .filter((one) => className(one.type) === "TargetGroupAttachment" && isOf(one.inputs["targetGroupArn"], name))
    .map(({ inputs: target }) =>
      given({ Id: target["targetId"], Port: target["port"], AvailabilityZone: target["availabilityZone"] }),
    );
  const preserve = inputs["preserveClientIp"];
  return given({
    Name: inputs["name"],
    Port: inputs["port"],
    Protocol: inputs["protocol"],
    TargetType: inputs["targetType"],
    VpcId: inputs["vpcId"],
    HealthCheckEnabled: true,
    HealthCheckProtocol: check["protocol"],
    HealthCheckPort: check["port"],
    HealthCheckPath: check["path"],
    Matcher: check["matcher"] === undefined ? undefined : { HttpCode: check["matcher"] },
    TargetGroupAttributes:
      preserve === undefined ? undefined : [{ Key: "preserve_client_ip.enabled", Value: preserve }],
    Targets: targets.length === 0 ? undefined : targets,
    Tags: tagsOf(inputs["tags"]),
  });
}

const isOf = (text: unknown, name: string): boolean =>
  partsOf(String(text)).some((part) => typeof part === "object" && part.name === name);

/** A rule of a security group, as a resource of its own. */
function groupRule({ inputs }: ExportedResource, out: boolean): Properties {
  const { ipProtocol, fromPort, toPort, cidrIpv4, referencedSecurityGroupId, securityGroupId } = inputs;
  return given({
    GroupId: value(securityGroupId),
    IpProtocol: ipProtocol,
    FromPort: fromPort,
    ToPort: toPort,
    CidrIp: cidrIpv4,
    [out ? "DestinationSecurityGroupId" : "SourceSecurityGroupId"]: value(referencedSecurityGroupId),
  });
}

/** Source: AWS CloudFormation, AWS::EC2::SecurityGroup: a group without an egress rule of its own gets one that allows all. */
const NOTHING_OUT = { IpProtocol: "icmp", FromPort: -1, ToPort: -1, CidrIp: "127.0.0.1/32", Description: "nothing" };

function alarm({ inputs }: ExportedResource): Properties {
  const { actionsEnabled: _, name, dimensions, tags, ...rest } = inputs;
  const entries = Object.entries(rest).map(([key, one]) => {
    const named = key === "alarmActions" ? "AlarmActions" : key === "okActions" ? "OKActions" : capital(key);
    return [named, one] as const;
  });
  return {
    AlarmName: name,
    ...Object.fromEntries(entries),
    Dimensions: Object.entries(dimensions as Inputs).map(([Name, one]) => ({ Name, Value: value(one) })),
    Tags: tagsOf(tags),
  };
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function add(template: Template, type: string, one: ExportedResource, properties: Properties, kind = one.type): void {
  template.resources[logicalId(kind, one.name)] = {
    Type: type,
    ...(one.protect ? { DeletionPolicy: "Retain", UpdateReplacePolicy: "Retain" } : {}),
    Properties: properties,
  };
}

function service(template: Template, one: ExportedResource): void {
  const { inputs, name } = one;
  add(template, "AWS::EC2::VPCEndpointService", one, {
    AcceptanceRequired: inputs["acceptanceRequired"],
    NetworkLoadBalancerArns: value(inputs["networkLoadBalancerArns"]),
    SupportedIpAddressTypes: inputs["supportedIpAddressTypes"],
    ...(inputs["supportedRegions"] === undefined ? {} : { SupportedRegions: inputs["supportedRegions"] }),
    Tags: tagsOf(inputs["tags"]),
  });
  const id = { Ref: logicalId(one.type, name) };
  const permissions = { AllowedPrincipals: inputs["allowedPrincipals"], ServiceId: id };
  const unprotected = { ...one, protect: false };
  add(template, "AWS::EC2::VPCEndpointServicePermissions", unprotected, permissions, "a:b:Permissions");
  if (inputs["privateDnsName"] === undefined) return;
  template.steps.push(
    `aws ec2 modify-vpc-endpoint-service-configuration --service-id <service id> --private-dns-name ${inputs["privateDnsName"] as string}`,
    "put the txt record of describe-vpc-endpoint-service-configurations (PrivateDnsNameConfiguration) into public dns",
    "aws ec2 start-vpc-endpoint-service-private-dns-verification --service-id <service id>",
  );
}

/** What each resource is in a template. What has no resource of its own there becomes a step for a person. */
const WRITE: Readonly<Record<string, (template: Template, one: ExportedResource, side: ExportedSide) => void>> = {
  SecurityGroup: (template, one) =>
    add(template, "AWS::EC2::SecurityGroup", one, {
      GroupName: one.inputs["name"],
      GroupDescription: one.inputs["description"],
      VpcId: one.inputs["vpcId"],
      SecurityGroupEgress: [NOTHING_OUT],
      Tags: tagsOf(one.inputs["tags"]),
    }),
  SecurityGroupEgressRule: (template, one) => add(template, "AWS::EC2::SecurityGroupEgress", one, groupRule(one, true)),
  SecurityGroupIngressRule: (template, one) =>
    add(template, "AWS::EC2::SecurityGroupIngress", one, groupRule(one, false)),
  LoadBalancer: (template, one) => add(template, "AWS::ElasticLoadBalancingV2::LoadBalancer", one, loadBalancer(one)),
  TargetGroup: (template, one, { resources }) =>
    add(template, "AWS::ElasticLoadBalancingV2::TargetGroup", one, targetGroup(one, resources)),
  TargetGroupAttachment: () => undefined,
  Attachment: (template, { inputs }) => {
    template.steps.push(
      `aws autoscaling attach-load-balancer-target-groups --auto-scaling-group-name ${JSON.stringify(inputs["autoscalingGroupName"])} --target-group-arns <arn of the target group>`,
    );
  },
  Listener: (template, one) => add(template, "AWS::ElasticLoadBalancingV2::Listener", one, listener(one)),
  VpcEndpointService: service,
  VpcEndpointConnectionNotification: (template, one) =>
    add(template, "AWS::EC2::VPCEndpointConnectionNotification", one, {
      ConnectionEvents: one.inputs["connectionEvents"],
      ConnectionNotificationArn: one.inputs["connectionNotificationArn"],
      ServiceId: value(one.inputs["vpcEndpointServiceId"]),
    }),
  MetricAlarm: (template, one) => add(template, "AWS::CloudWatch::Alarm", one, alarm(one)),
  // Their values are known to EC2 alone: the steps of the service say how to come by them.
  Record: () => undefined,
  EndpointServicePrivateDnsVerification: () => undefined,
};

/**
 * A publisher on AWS as a CloudFormation template, with what a template cannot say as steps at its top.
 * @throws ExportError for a type without a counterpart: a defect of this program
 */
export function cloudFormation(side: ExportedSide): ExportedFile {
  const template: Template = { resources: {}, steps: [] };
  for (const one of side.resources) {
    const write = WRITE[className(one.type)];
    if (write === undefined) throw new ExportError(`expected a type that cloudformation has, got ${one.type}`);
    write(template, one, side);
  }
  const own = side.resources.find(({ type }) => className(type) === "VpcEndpointService")!;
  const content = stringify(
    {
      AWSTemplateFormatVersion: "2010-09-09",
      Description: `Publishes ${side.registry} over AWS PrivateLink`,
      Resources: template.resources,
      Outputs: {
        ServiceName: {
          Description: "What whoever connects is told",
          Value: {
            "Fn::Sub": `com.amazonaws.vpce.\${AWS::Region}.\${${logicalId(own.type, own.name)}}`,
          },
        },
      },
    },
    { aliasDuplicateObjects: false, lineWidth: 0 },
  );
  const steps = template.steps.map((step, index) => `#   ${index + 1}. ${step}\n`);
  const header = `# In account ${side.account}, region ${side.region}.\n`;
  const after =
    steps.length === 0 ? "" : `# After it, by hand, as a template has no resource for it:\n${steps.join("")}`;
  return { name: `${side.name}-aws.yaml`, content: `${header}${after}${content}` };
}
