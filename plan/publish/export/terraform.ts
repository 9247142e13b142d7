import { className, ExportError, partsOf } from "./resources.ts";
import type { ExportedFile, ExportedResource, ExportedSide, Reference } from "./resources.ts";

/** Terraform's name of each resource type a publisher is made of. Source: the providers that Pulumi's are built from. */
export const TERRAFORM_TYPES: Readonly<Record<string, string>> = {
  "aws:autoscaling/attachment:Attachment": "aws_autoscaling_attachment",
  "aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",
  "aws:ec2/securityGroup:SecurityGroup": "aws_security_group",
  "aws:ec2/vpcEndpointConnectionNotification:VpcEndpointConnectionNotification":
    "aws_vpc_endpoint_connection_notification",
  "aws:ec2/vpcEndpointService:VpcEndpointService": "aws_vpc_endpoint_service",
  "aws:lb/listener:Listener": "aws_lb_listener",
  "aws:lb/loadBalancer:LoadBalancer": "aws_lb",
  "aws:lb/targetGroup:TargetGroup": "aws_lb_target_group",
  "aws:lb/targetGroupAttachment:TargetGroupAttachment": "aws_lb_target_group_attachment",
  "aws:route53/record:Record": "aws_route53_record",
  "aws:vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification":
    "aws_vpc_endpoint_service_private_dns_verification",
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "aws_vpc_security_group_egress_rule",
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",
  "gcp:compute/firewall:Firewall": "google_compute_firewall",
  "gcp:compute/forwardingRule:ForwardingRule": "google_compute_forwarding_rule",
  "gcp:compute/networkEndpoint:NetworkEndpoint": "google_compute_network_endpoint",
  "gcp:compute/networkEndpointGroup:NetworkEndpointGroup": "google_compute_network_endpoint_group",
  "gcp:compute/regionBackendService:RegionBackendService": "google_compute_region_backend_service",
  "gcp:compute/regionHealthCheck:RegionHealthCheck": "google_compute_region_health_check",
  "gcp:compute/regionTargetHttpsProxy:RegionTargetHttpsProxy": "google_compute_region_target_https_proxy",
  "gcp:compute/regionTargetTcpProxy:RegionTargetTcpProxy": "google_compute_region_target_tcp_proxy",
  "gcp:compute/regionUrlMap:RegionUrlMap": "google_compute_region_url_map",
  "gcp:compute/serviceAttachment:ServiceAttachment": "google_compute_service_attachment",
  "gcp:compute/subnetwork:Subnetwork": "google_compute_subnetwork",
  "gcp:monitoring/alertPolicy:AlertPolicy": "google_monitoring_alert_policy",
};

/** Arguments that Terraform writes as blocks, one for each element. Pulumi's names of lists are plural. */
export const BLOCKS: Readonly<Record<string, string>> = {
  aggregations: "aggregations",
  allows: "allow",
  backends: "backend",
  conditions: "conditions",
  conditionThreshold: "condition_threshold",
  consumerAcceptLists: "consumer_accept_lists",
  defaultActions: "default_action",
  healthCheck: "health_check",
  httpHealthCheck: "http_health_check",
  httpsHealthCheck: "https_health_check",
  logConfig: "log_config",
  tcpHealthCheck: "tcp_health_check",
};

/** Arguments that Terraform takes as a list where Pulumi takes the one element. */
const LISTS: ReadonlySet<string> = new Set(["healthChecks"]);

export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]*$/;

/** A label of a resource: names may begin with a digit, labels may not. */
const label = (name: string): string => {
  const plain = name.replace(/[^A-Za-z0-9_-]/g, "-");
  return /^[A-Za-z_]/.test(plain) ? plain : `r-${plain}`;
};

function addressOf(type: string, name: string): string {
  const terraform = TERRAFORM_TYPES[type];
  if (terraform === undefined) throw new ExportError(`expected a type that terraform has a name for, got ${type}`);
  return `${terraform}.${label(name)}`;
}

/** `private_dns_name_configuration[0].name` and such. */
const propertyPath = (property: string): string =>
  property
    .replace(/^privateDnsNameConfigurations\./, "private_dns_name_configuration[0].")
    .replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const referred = ({ type, name, property }: Reference): string => `${addressOf(type, name)}.${propertyPath(property)}`;

/** Source: Terraform language, Strings and Templates: `\`, `"`, `${` and `%{` begin something. */
const escaped = (text: string): string =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[$%](?=\{)/g, (sign) => sign + sign);

function textOf(text: string): string {
  const parts = partsOf(text);
  const [only] = parts;
  if (parts.length === 1 && typeof only === "object") return referred(only);
  return `"${parts.map((part) => (typeof part === "string" ? escaped(part) : `\${${referred(part)}}`)).join("")}"`;
}

function valueOf(value: unknown): string {
  if (typeof value === "string") return textOf(value);
  if (Array.isArray(value)) return `[${value.map(valueOf).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, inner]) => `${IDENTIFIER.test(key) ? key : JSON.stringify(key)} = ${valueOf(inner)}`,
  );
  return `{ ${entries.join(", ")} }`;
}

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

/** Arguments first, blocks after them, as `terraform fmt` leaves them. */
function body(inputs: Readonly<Record<string, unknown>>): readonly string[] {
  const entries = Object.entries(inputs).filter(([, value]) => value !== undefined);
  const plain = entries.filter(([key]) => BLOCKS[key] === undefined);
  const width = Math.max(0, ...plain.map(([key]) => snakeCase(key).length));
  const lines = plain.map(([key, value]) => {
    const text = LISTS.has(key) ? `[${valueOf(value)}]` : valueOf(value);
    return `${snakeCase(key).padEnd(width)} = ${text}`;
  });
  const blocks = entries.flatMap(([key, value]) => {
    const name = BLOCKS[key];
    if (name === undefined) return [];
    const members = (Array.isArray(value) ? value : [value]) as readonly Record<string, unknown>[];
    return members.flatMap((member) => ["", `${name} {`, ...indented(body(member)), "}"]);
  });
  return [...lines, ...(lines.length === 0 && blocks[0] === "" ? blocks.slice(1) : blocks)];
}

/** A target group takes the place of another before that one goes; what is protected never goes by itself. */
function lifecycle({ type, protect }: ExportedResource): readonly string[] {
  const lines = [
    ...(className(type) === "TargetGroup" ? ["create_before_destroy = true"] : []),
    ...(protect ? ["prevent_destroy = true"] : []),
  ];
  return lines.length === 0 ? [] : ["", "lifecycle {", ...indented(lines), "}"];
}

function resource(one: ExportedResource): string {
  const [type, name] = addressOf(one.type, one.name).split(".");
  const waits = one.dependsOn.map((key) => addressOf(...(key.split(" ") as [string, string])));
  const lines = [
    ...body(one.inputs),
    ...(waits.length === 0 ? [] : ["", `depends_on = [${waits.join(", ")}]`]),
    ...(one.createTimeout === undefined ? [] : ["", "timeouts {", `  create = "${one.createTimeout}"`, "}"]),
    ...lifecycle(one),
  ];
  return [`resource "${type}" "${name}" {`, ...indented(lines), "}"].join("\n").replace(/[ ]+$/gm, "");
}

const PROVIDERS = {
  aws: { name: "aws", source: "hashicorp/aws", version: ">= 6.0" },
  gcp: { name: "google", source: "hashicorp/google", version: ">= 7.0" },
} as const;

/** What is handed back to whoever connects. */
const OUTPUTS: Readonly<Record<string, readonly [name: string, property: string]>> = {
  VpcEndpointService: ["service_name", "service_name"],
  ServiceAttachment: ["target_service", "id"],
};

/**
 * A publisher as a Terraform root module.
 * @throws ExportError for a type without a name in Terraform: a defect of this program
 */
export function terraform(side: ExportedSide): ExportedFile {
  const { name, source, version } = PROVIDERS[side.cloud];
  const account = side.cloud === "aws" ? `allowed_account_ids = ["${side.account}"]` : `project = "${side.account}"`;
  const outputs = side.resources.flatMap(({ type, name: own }) => {
    const [output, property] = OUTPUTS[className(type)] ?? [];
    return output === undefined ? [] : [`output "${output}" {\n  value = ${addressOf(type, own)}.${property}\n}`];
  });
  const header = [
    `terraform {\n  required_providers {\n    ${name} = {\n      source  = "${source}"\n      version = "${version}"\n    }\n  }\n}`,
    `provider "${name}" {\n  ${account}\n  ${"region".padEnd(account.indexOf(" ="))} = "${side.region}"\n}`,
  ];
  const content = [...header, ...side.resources.map(resource), ...outputs].join("\n\n");
  return { name: `${side.name}-${side.cloud}.tf`, content: `${content}\n` };
}
