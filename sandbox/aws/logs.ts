/** CloudWatch log groups, flow logs, and the IAM roles flow logs write with. */
import { awsError } from "../errors.ts";
import type { Handler } from "../handler.ts";
import { text } from "../values.ts";
import { arn, Doing, ec2Id, SUBNET, VPC } from "./common.ts";
import { usableKey } from "./kms.ts";
import { malformed, type PolicyKind } from "./iamPolicy.ts";

const ROLE = "aws:iam/role:Role";

const logGroup: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating CloudWatch Logs Log Group (${name})`, "CloudWatch Logs: CreateLogGroup");
    if (call.world.find(call.place, "aws:cloudwatch/logGroup:LogGroup", name)) {
      throw doing.error("ResourceAlreadyExistsException", "The specified log group already exists");
    }
    usableKey(call, doing, call.args["kmsKeyId"], "InvalidParameterException");
    const attrs = {
      arn: arn("logs", call.place, `log-group:${name}`),
      logGroupClass: text(call.args["logGroupClass"]) ?? "STANDARD",
    };
    return { id: name, name, attrs };
  },
  update(call, { id }) {
    const doing = new Doing(`updating CloudWatch Logs Log Group (${id})`, "CloudWatch Logs: AssociateKmsKey");
    usableKey(call, doing, call.args["kmsKeyId"], "InvalidParameterException");
    return {};
  },
  remove(_call, { id, args }) {
    if (args["deletionProtectionEnabled"] !== true) return;
    const operation = "CloudWatch Logs: DeleteLogGroup";
    const doing = `deleting CloudWatch Logs Log Group (${id})`;
    throw awsError(doing, operation, "ValidationException", `Log group ${id} is protected from deletion`);
  },
  inUse: ({ id }) => new Error(`nothing can use log group ${id}`),
};

const flowLog: Handler = {
  create(call) {
    const doing = new Doing("creating Flow Log", "EC2: CreateFlowLogs");
    const [vpcId, subnetId] = [text(call.args["vpcId"]), text(call.args["subnetId"])];
    const watched = vpcId === undefined ? doing.find(call, SUBNET, subnetId) : doing.find(call, VPC, vpcId);
    const role = text(call.args["iamRoleArn"]);
    const known = role === undefined ? undefined : findRole(call.world, call.place.account, role);
    if (role !== undefined && !known) throw doing.error("InvalidParameter", "Unable to assume given IAM role");
    const id = ec2Id(call, "fl");
    const logFormat =
      "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";
    const logDestination = text(call.args["logDestination"])?.replace(/:\*$/, "") ?? "";
    return {
      id,
      attrs: { arn: arn("ec2", call.place, `vpc-flow-log/${id}`), logFormat, logDestination },
      within: [watched],
    };
  },
  inUse: ({ id }) => new Error(`nothing can use flow log ${id}`),
};

function findRole(world: Parameters<NonNullable<Handler["outputs"]>>[1], account: string, roleArn: string): unknown {
  const name = roleArn.split("/").at(-1)!;
  return world.find({ cloud: "aws", account, region: "global" }, ROLE, name);
}

const role: Handler = {
  scope: "global",
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating IAM Role (${name})`, "IAM: CreateRole");
    if (call.world.find(call.place, ROLE, name)) {
      throw doing.error("EntityAlreadyExists", `Role with name ${name} already exists.`);
    }
    wellFormed(doing, call.args["assumeRolePolicy"], "trust");
    const path = text(call.args["path"]) ?? "/";
    const createDate = new Date().toISOString().replace(/\.\d+Z$/, "Z");
    const uniqueId = `AROA${call.tx.hex("role", 17).toUpperCase()}`;
    return { id: name, name, attrs: { arn: arn("iam", call.place, `role${path}${name}`), createDate, uniqueId } };
  },
  outputs: () => ({ inlinePolicies: [], managedPolicyArns: [], namePrefix: "" }),
  inUse: ({ id }) =>
    awsError(
      `deleting IAM Role (${id})`,
      "IAM: DeleteRole",
      "DeleteConflict",
      "Cannot delete entity, must delete policies first.",
    ),
};

function wellFormed(doing: Doing, document: unknown, kind: PolicyKind): void {
  const why = malformed(String(document), kind);
  if (why !== undefined) throw doing.error("MalformedPolicyDocument", why);
}

const rolePolicy: Handler = {
  scope: "global",
  create(call) {
    const [owner, name] = [String(call.args["role"]), String(call.args["name"])];
    const doing = new Doing(`putting IAM Role (${owner}) Policy (${name})`, "IAM: PutRolePolicy");
    const parent = call.world.find(call.place, ROLE, owner);
    if (!parent) throw doing.error("NoSuchEntity", `The role with name ${owner} cannot be found.`);
    wellFormed(doing, call.args["policy"], "identity");
    return { id: `${owner}:${name}`, name, uses: [parent] };
  },
  inUse: ({ id }) => new Error(`nothing can use role policy ${id}`),
};

export const LOG_HANDLERS: Record<string, Handler> = {
  "aws:cloudwatch/logGroup:LogGroup": logGroup,
  "aws:ec2/flowLog:FlowLog": flowLog,
  [ROLE]: role,
  "aws:iam/rolePolicy:RolePolicy": rolePolicy,
};
