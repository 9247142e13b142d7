/** Whether what is to be logged arrives: worked out from log groups, roles and policies, as AWS does at delivery. */
import { allows, trusts } from "../aws/iamPolicy.ts";
import { VPN_CONNECTION } from "../aws/common.ts";
import { isRecord, text, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";

const FLOW_LOG = "aws:ec2/flowLog:FlowLog";
const LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup";
const ROLE = "aws:iam/role:Role";
const ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy";

/** Logs of one thing that may be logged. */
export interface LogDelivery {
  readonly kind: "flow log" | "tunnel log" | "bgp log";
  readonly account: string;
  readonly region: string;
  /** What is logged: a VPC or subnet id, or a VPN connection id with the number of its tunnel. */
  readonly of: string;
  /** Name of the log group. */
  readonly group?: string;
  readonly delivered: boolean;
  /** Why nothing arrives. */
  readonly reason?: string;
}

/** Every flow log, and every tunnel of every VPN connection, in the world. */
export function logDelivery(world: World): LogDelivery[] {
  return [
    ...world.all(FLOW_LOG).map((log) => flowLog(world, log)),
    ...world.all(VPN_CONNECTION).flatMap((connection) => [1, 2].flatMap((n) => tunnelLogs(world, connection, n))),
  ];
}

/** Source: Amazon VPC User Guide, IAM role for publishing flow logs to CloudWatch Logs. */
const FLOW_ACTIONS = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];

function flowLog(world: World, log: CloudObject): LogDelivery {
  const group = findGroup(world, log, text(log.attrs["logDestination"]));
  const of = text(log.args["vpcId"]) ?? text(log.args["subnetId"]) ?? "";
  const known = { kind: "flow log" as const, account: log.account, region: log.region, of };
  if (group === undefined) return { ...known, delivered: false, reason: "its log group does not exist" };
  const reason = mayNotWrite(world, log, group);
  return { ...known, group: group.id, delivered: reason === undefined, ...(reason !== undefined && { reason }) };
}

function mayNotWrite(world: World, log: CloudObject, group: CloudObject): string | undefined {
  const name = text(log.args["iamRoleArn"])?.split("/").at(-1) ?? "";
  const role = world.find({ ...log, region: "global" }, ROLE, name);
  if (role === undefined) return `role ${name} does not exist`;
  if (
    !trusts(String(role.args["assumeRolePolicy"]), "vpc-flow-logs.amazonaws.com", {
      "aws:SourceAccount": log.account,
      "aws:SourceArn": String(log.attrs["arn"]),
    })
  )
    return `role ${name} does not let the flow logs service assume it`;
  const policies = world.referrers(role, ROLE_POLICY).map(({ args }) => String(args["policy"]));
  const stream = `${String(group.attrs["arn"])}:log-stream:x`;
  const lacking = FLOW_ACTIONS.find((action) => !policies.some((policy) => allows(policy, action, stream)));
  if (lacking !== undefined) return `role ${name} may not do ${lacking} in ${group.id}`;
  const describes = policies.some((policy) => allows(policy, "logs:DescribeLogGroups", "*"));
  return describes ? undefined : `role ${name} may not do logs:DescribeLogGroups`;
}

/** Logs under `/aws/vendedlogs/` need no policy. Source: AWS Site-to-Site VPN User Guide, Site-to-Site VPN logs. */
function tunnelLogs(world: World, connection: CloudObject, n: number): LogDelivery[] {
  const options = connection.args[`tunnel${n}LogOptions`];
  const logs: Values =
    isRecord(options) && isRecord(options["cloudwatchLogOptions"]) ? options["cloudwatchLogOptions"] : {};
  const { account, region } = connection;
  const one = (kind: LogDelivery["kind"], enabled: string, arn: string): LogDelivery => {
    const known = { kind, account, region, of: `${connection.id} tunnel ${n}` };
    if (logs[enabled] !== true) return { ...known, delivered: false, reason: "it is switched off" };
    const group = findGroup(world, connection, text(logs[arn]));
    if (group === undefined) return { ...known, delivered: false, reason: "its log group does not exist" };
    return { ...known, group: group.id, delivered: true };
  };
  return [one("tunnel log", "logEnabled", "logGroupArn"), one("bgp log", "bgpLogEnabled", "bgpLogGroupArn")];
}

function findGroup(
  world: World,
  { cloud, account, region }: CloudObject,
  arn: string | undefined,
): CloudObject | undefined {
  const [, name] = /:log-group:(.+?)(?::\*)?$/.exec(arn ?? "") ?? [];
  return name === undefined ? undefined : world.find({ cloud, account, region }, LOG_GROUP, name);
}
