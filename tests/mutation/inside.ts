/** Whether a registry that is run here reaches what it needs and is reached by what asks it, and by nothing else. */
import type { Customer } from "../../plan/customer.ts";
import type { SelfHosted } from "../../plan/selfHosted/customer.ts";
import { SUBNET, VPC } from "../../sandbox/aws/common.ts";
import { groupIdsOf } from "../../sandbox/aws/launchTemplate.ts";
import { routeTableOf } from "../../sandbox/network/routes.ts";
import { blocks, isRecord, texts, type Values } from "../../sandbox/values.ts";
import type { CloudObject, World } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";

const INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
const TARGETS = "aws:lb/targetGroup:TargetGroup";

/** `in|out <group> <peer: a group or a range> <port>` */
type Opening = string;

export function insideTrouble({ world, ours }: Aftermath, { registries, aws }: Customer): string | undefined {
  const towards = registries.length === 0 ? undefined : endpointTrouble(ours, aws);
  if (towards !== undefined) return towards;
  for (const { origin, publish } of registries) {
    const account = origin.kind === "selfHosted" ? origin.selfHosted.accountID : publish.aws?.accountID;
    const mine = ours.filter((one) => one.account === account && one.outside !== true);
    const wanted =
      origin.kind === "selfHosted"
        ? openingsOf(mine, origin.selfHosted)
        : (publish.aws?.listeners ?? []).flatMap((listener) => {
            const { target, targetPort, targetSecurityGroupID: group } = listener;
            const [front] = groupsOf(mine.find(({ type }) => type === BALANCER));
            if (group !== undefined)
              return [`out ${front} ${group} ${targetPort}`, `in ${group} ${front} ${targetPort}`];
            const addresses = target.kind === "addresses" ? target.addresses : [];
            return addresses.map((address) => `out ${front} ${address}/32 ${targetPort}`);
          });
    const trouble =
      ruleTrouble(mine, wanted) ??
      (origin.kind === "selfHosted" ? networkTrouble(world, mine, origin.selfHosted) : undefined);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

/** Our endpoints to registries: in every zone, with one group, and of CodeArtifact by its own names. */
function endpointTrouble(ours: readonly CloudObject[], aws: Customer["aws"]): string | undefined {
  for (const { accountID, availabilityZoneIDs } of aws) {
    const mine = ours.filter(({ account }) => account === accountID);
    for (const { id, args } of mine.filter(({ type }) => type === ENDPOINT)) {
      const zones = texts(args["subnetIds"]).length;
      if (zones !== availabilityZoneIDs.length) return `${id} is in ${zones} zones`;
      if (texts(args["securityGroupIds"]).length !== 1) return `${id} has not one security group`;
      if (!String(args["serviceName"]).includes(".codeartifact.")) continue;
      const named = mine.some(
        (one) =>
          one.type.endsWith(":EndpointPrivateDns") &&
          one.args["vpcEndpointId"] === id &&
          one.args["privateDnsEnabled"] === true,
      );
      if (!named) return `${id} has not its private name`;
    }
  }
  return undefined;
}

const groupsOf = (object: CloudObject | undefined): string[] =>
  texts(object?.args["vpcSecurityGroupIds"] ?? object?.args["securityGroups"] ?? object?.args["securityGroupIds"]);

/** What has to be open, and nothing beside it. Source: Amazon VPC User Guide, Security groups: they allow, and remember. */
function openingsOf(mine: readonly CloudObject[], registry: SelfHosted): Opening[] {
  const one = (type: string, fits: (object: CloudObject) => boolean = () => true) =>
    mine.find((object) => object.type === type && fits(object));
  const template = one("aws:ec2/launchTemplate:LaunchTemplate");
  const [app] = template === undefined ? [] : groupIdsOf(template);
  const [front] = groupsOf(one(BALANCER, ({ args }) => args["loadBalancerType"] === "network"));
  const [alb] = groupsOf(one(BALANCER, ({ args }) => args["loadBalancerType"] !== "network"));
  const [database] = groupsOf(one("aws:rds/instance:Instance"));
  const [endpoints] = groupsOf(one(ENDPOINT, ({ args }) => args["vpcEndpointType"] === "Interface"));
  const behind = mine.filter(({ type, args }) => type === TARGETS && args["targetType"] === "instance");
  const ports = [...new Set(behind.map(({ args }) => Number(args["port"])))];
  if (ports.length !== behind.length) return ["two target groups at one port"];
  const pair = (from: string | undefined, to: string | undefined, port: number): Opening[] => [
    `out ${from} ${to} ${port}`,
    `in ${to} ${from} ${port}`,
  ];
  const out = (port: number): Opening[] => [`out ${app} 0.0.0.0/0 ${port}`, `in ${endpoints} ${app} ${port}`];
  return [
    ...registry.allowedCidrs.map((range) => `in ${alb} ${range} 443`),
    ...pair(front, alb, 443),
    ...ports.flatMap((port) => pair(alb, app, port)),
    ...(database === undefined ? [] : pair(app, database, 5432)),
    ...out(443),
    ...(registry.app.kind === "quilt" ? out(registry.app.smtp.port) : []),
  ];
}

function ruleTrouble(mine: readonly CloudObject[], wanted: readonly Opening[]): string | undefined {
  const found = mine
    .filter(({ type }) => type === INGRESS || type === EGRESS)
    .map(({ type, args }) => {
      const peer = String(args["cidrIpv4"] ?? args["referencedSecurityGroupId"]);
      const one = args["ipProtocol"] === "tcp" && args["fromPort"] === args["toPort"];
      const port = one
        ? String(args["fromPort"])
        : `${String(args["ipProtocol"])} ${String(args["fromPort"])}-${String(args["toPort"])}`;
      return `${type === INGRESS ? "in" : "out"} ${String(args["securityGroupId"])} ${peer} ${port}`;
    });
  const shut = wanted.find((one) => !found.includes(one));
  if (shut !== undefined) return `nothing opens ${shut}`;
  const open = found.find((one) => !wanted.includes(one));
  return open && `a rule opens ${open}, which nothing needs`;
}

/** The registry's name and the catalog's lead to different groups, and checks of health to the registry's. */
function hostTrouble(rules: readonly CloudObject[], { registryHost, app }: SelfHosted): string | undefined {
  const groupFor = (kind: "hostHeader" | "pathPattern", value?: string): unknown =>
    rules
      .filter(({ args }) => blocks(args["conditions"]).every((one) => isRecord(one[kind])))
      .find(({ args }) =>
        blocks(args["conditions"]).every((one) => {
          const values = texts((one[kind] as Values)["values"]);
          return value === undefined || values.includes(value);
        }),
      )?.args["actions"] ?? [];
  const target = (actions: unknown): unknown => blocks(actions)[0]?.["targetGroupArn"];
  const registry = target(groupFor("hostHeader", registryHost));
  const health = target(groupFor("pathPattern"));
  if (registry === undefined || health !== registry) return `${registryHost} and its health are not one`;
  if (app.kind !== "quilt") return undefined;
  const catalog = target(groupFor("hostHeader", app.catalogHost));
  return catalog === undefined || catalog === registry ? `${app.catalogHost} does not lead to the catalog` : undefined;
}

/** The names lead whoever is in the customer's network to the load balancer that reads requests. */
function nameTrouble(
  mine: readonly CloudObject[],
  { registryHost, hostedZoneID, app }: SelfHosted,
): string | undefined {
  if (hostedZoneID === undefined) return undefined;
  const balancer = mine.find(({ type, args }) => type === BALANCER && args["loadBalancerType"] !== "network");
  const hosts = [registryHost, ...(app.kind === "quilt" ? [app.catalogHost] : [])];
  const astray = hosts.find((host) => {
    const record = mine.find(({ type, name }) => type === "aws:route53/record:Record" && name === host);
    const [alias] = blocks(record?.args["aliases"]);
    return record?.args["zoneId"] !== hostedZoneID || alias?.["name"] !== balancer?.attrs["dnsName"];
  });
  return astray && `${astray} does not lead to the load balancer`;
}

/** What AWS services an instance without a way out uses. Source: AWS PrivateLink Guide, AWS services that integrate. */
const SERVICES = [
  ...["ecr.api", "ecr.dkr", "secretsmanager", "kms", "logs", "monitoring", "ec2"],
  ...["ssm", "ssmmessages", "ec2messages", "sts"],
];

/** Where machines and databases are: in zones of their own, in subnets that lead where they have to and nowhere else. */
function networkTrouble(world: World, mine: readonly CloudObject[], registry: SelfHosted): string | undefined {
  const all = (type: string) => mine.filter((one) => one.type === type);
  const [vpc] = all(VPC.type);
  const mixed = hostTrouble(all("aws:lb/listenerRule:ListenerRule"), registry) ?? nameTrouble(mine, registry);
  if (mixed !== undefined) return mixed;
  const [group] = all("aws:autoscaling/group:Group");
  const [databases] = all("aws:rds/subnetGroup:SubnetGroup");
  const [machines, kept] = [texts(group?.args["vpcZoneIdentifiers"]), texts(databases?.args["subnetIds"])];
  if (vpc === undefined || vpc.args["cidrBlock"] !== registry.vpcCidr) return "the vpc has another range than the file";
  const common = machines.find((id) => kept.includes(id));
  if (common !== undefined) return `${common} has machines and databases`;
  const front = all(BALANCER).find(({ args }) => texts(args["subnets"]).sort().join() !== [...machines].sort().join());
  if (front !== undefined) return `${front.name} is not where the machines are`;
  const behind = all(TARGETS).filter(({ args }) => args["targetType"] === "instance");
  const idle = behind.find(({ attrs }) => !texts(group?.args["targetGroupArns"]).includes(String(attrs["arn"])));
  if (idle !== undefined) return `no machine is in ${idle.name}`;
  for (const ids of [machines, kept]) {
    const subnets = ids.map((id) => all(SUBNET.type).find((one) => one.id === id));
    const zones = new Set(subnets.map((one) => one?.attrs["availabilityZoneId"]));
    if (subnets.includes(undefined)) return `${ids.join(", ")} are not all of the registry's subnets`;
    if (zones.size !== subnets.length || zones.size < 3) return `${ids.join(", ")} are in ${zones.size} zones`;
  }
  return serviceTrouble(world, all(ENDPOINT), vpc, { machines, kept }, registry);
}

function serviceTrouble(
  world: World,
  endpoints: readonly CloudObject[],
  vpc: CloudObject,
  { machines, kept }: { readonly machines: readonly string[]; readonly kept: readonly string[] },
  { region, app }: SelfHosted,
): string | undefined {
  const mail = app.kind === "quilt" ? ["email-smtp"] : [];
  for (const service of [...SERVICES, ...mail]) {
    const endpoint = endpoints.find(({ args }) => args["serviceName"] === `com.amazonaws.${region}.${service}`);
    if (endpoint?.args["vpcId"] !== vpc.id) return `no endpoint leads to ${service}`;
    if (endpoint.args["privateDnsEnabled"] !== true)
      return `machines do not find the endpoint of ${service} by its name`;
    // an instance in any zone has to do without the others
    const at = texts(endpoint.args["subnetIds"]);
    if (at.length !== machines.length || !machines.every((id) => at.includes(id)))
      return `${service} is not in every zone`;
    if (groupsOf(endpoint).length !== 1) return `${service} has ${groupsOf(endpoint).length} security groups`;
  }
  const tables = (ids: readonly string[]) =>
    new Set(
      ids.map((id) => {
        const subnet = world.find(vpc, SUBNET.type, id);
        return subnet === undefined ? undefined : routeTableOf(world, subnet)?.id;
      }),
    );
  const gateway = endpoints.find(({ args }) => args["vpcEndpointType"] === "Gateway");
  const led = texts(gateway?.args["routeTableIds"]);
  if (gateway?.args["serviceName"] !== `com.amazonaws.${region}.s3`) return "no gateway leads to s3";
  const away = [...tables(machines)].find((id) => id === undefined || !led.includes(id));
  if (tables(machines).has(undefined) || away !== undefined) return "machines have no way to s3";
  const shared = [...tables(kept)].find((id) => id === undefined || tables(machines).has(id) || led.includes(id));
  return tables(kept).has(undefined) || shared !== undefined ? "databases have a way out" : undefined;
}
