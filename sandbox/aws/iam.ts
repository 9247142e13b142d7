/** IAM users with their keys and policies, and what is attached to roles. */
import { awsError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { text } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { arn, Doing } from "./common.ts";
import { malformed, trusts } from "./iamPolicy.ts";

export const ROLE = "aws:iam/role:Role";
export const USER = "aws:iam/user:User";
const ACCESS_KEY = "aws:iam/accessKey:AccessKey";
const USER_POLICY = "aws:iam/userPolicy:UserPolicy";
const ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment";
export const INSTANCE_PROFILE = "aws:iam/instanceProfile:InstanceProfile";

/** Managed policies of AWS's that are known here. Source: AWS Managed Policy Reference Guide. */
const AWS_MANAGED = new Set(
  [
    ...["AmazonSSMManagedInstanceCore", "CloudWatchAgentServerPolicy", "AmazonEC2ContainerRegistryReadOnly"],
    ...["AWSCodeArtifactReadOnlyAccess", "AWSCodeArtifactAdminAccess", "AWSBackupServiceRolePolicyForS3Backup"],
    ...["AWSBackupServiceRolePolicyForS3Restore", "service-role/AWSBackupServiceRolePolicyForBackup"],
    ...["service-role/AWSBackupServiceRolePolicyForRestores", "service-role/AWSLambdaBasicExecutionRole"],
    ...["service-role/AWSLambdaVPCAccessExecutionRole", "service-role/AmazonRDSEnhancedMonitoringRole"],
  ].map((name) => `arn:aws:iam::aws:policy/${name}`),
);

const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");

function deleteConflict(doing: string, operation: string): Error {
  return awsError(
    doing,
    `IAM: ${operation}`,
    "DeleteConflict",
    "Cannot delete entity, must remove subordinates first.",
  );
}

const user: Handler = {
  scope: "global",
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating IAM User (${name})`, "IAM: CreateUser");
    if (call.world.find(call.place, USER, name))
      throw doing.error("EntityAlreadyExists", `User with name ${name} already exists.`);
    const path = text(call.args["path"]) ?? "/";
    const uniqueId = `AIDA${call.tx.hex("user", 17).toUpperCase()}`;
    return { id: name, name, attrs: { arn: arn("iam", call.place, `user${path}${name}`), uniqueId } };
  },
  update(call, { id }, changed) {
    if (changed.has("name"))
      throw new Doing(`updating IAM User (${id})`, "IAM: UpdateUser").error(
        "UnsupportedOperation",
        "the sandbox does not simulate renaming a user: make another",
      );
    return { attrs: { arn: arn("iam", call.place, `user${text(call.args["path"]) ?? "/"}${id}`) } };
  },
  remove(call, object) {
    // With forceDestroy the provider deletes what keeps a user first.
    if (object.args["forceDestroy"] === true) for (const part of call.world.referrers(object)) call.tx.drop(part);
    if (object.args["forceDestroy"] !== true) return;
    call.tx.drop(object);
    return true;
  },
  inUse: ({ id }) => deleteConflict(`deleting IAM User (${id})`, "DeleteUser"),
};

function findUser({ world, place, args }: Call, doing: Doing): CloudObject {
  const name = String(args["user"]);
  const found = world.find(place, USER, name);
  if (found) return found;
  throw doing.error("NoSuchEntity", `The user with name ${name} cannot be found.`);
}

const userPolicy: Handler = {
  scope: "global",
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`putting IAM User Policy (${name})`, "IAM: PutUserPolicy");
    const owner = findUser(call, doing);
    wellFormed(doing, call.args["policy"]);
    return { id: `${owner.id}:${name}`, name, uses: [owner] };
  },
  update(call, { id }) {
    wellFormed(new Doing(`putting IAM User Policy (${id})`, "IAM: PutUserPolicy"), call.args["policy"]);
    return {};
  },
  inUse: ({ id }) => new Error(`nothing can use user policy ${id}`),
};

function wellFormed(doing: Doing, document: unknown): void {
  const why = malformed(String(document), "identity");
  if (why !== undefined) throw doing.error("MalformedPolicyDocument", why);
  // Source: IAM User Guide, IAM and AWS STS quotas: 2,048 characters of a user's inline policies, white space left out.
  if (String(document).replace(/\s/g, "").length > 2048)
    throw doing.error("LimitExceeded", "Maximum policy size of 2048 bytes exceeded for the user");
}

const accessKey: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing(`creating IAM Access Key (${String(call.args["user"])})`, "IAM: CreateAccessKey");
    const owner = findUser(call, doing);
    // Source: IAM User Guide, IAM and AWS STS quotas, access keys per user.
    if (call.world.referrers(owner, ACCESS_KEY).length >= 2)
      throw doing.error("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2");
    const id = `AKIA${call.tx.hex("accessKey", 16).toUpperCase()}`;
    const secrets = { secret: call.tx.hex("secretKey", 40), sesSmtpPasswordV4: `B${call.tx.hex("smtp", 43)}` };
    return { id, attrs: { createDate: now() }, secrets, uses: [owner] };
  },
  outputs: () => ({ encryptedSecret: "", encryptedSesSmtpPasswordV4: "", keyFingerprint: "" }),
  inUse: ({ id }) => new Error(`nothing can use access key ${id}`),
};

/** A role of the request's account by name. @throws CloudError when there is none */
function roleNamed({ world, place }: Call, doing: Doing, name: unknown): CloudObject {
  const found = world.find(place, ROLE, String(name));
  if (found) return found;
  throw doing.error("NoSuchEntity", `The role with name ${String(name)} cannot be found.`);
}

const attachment: Handler = {
  scope: "global",
  create(call) {
    const [role, policy] = [String(call.args["role"]), String(call.args["policyArn"])];
    const doing = new Doing(`attaching IAM Policy (${policy}) to IAM Role (${role})`, "IAM: AttachRolePolicy");
    const found = roleNamed(call, doing, role);
    if (!AWS_MANAGED.has(policy))
      throw doing.error("NoSuchEntity", `Policy ${policy} does not exist or is not attachable.`);
    return { id: `${role}/${policy}`, uses: [found] };
  },
  inUse: ({ id }) => new Error(`nothing can use attachment ${id}`),
};

const instanceProfile: Handler = {
  scope: "global",
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating IAM Instance Profile (${name})`, "IAM: CreateInstanceProfile");
    if (call.world.find(call.place, INSTANCE_PROFILE, name))
      throw doing.error("EntityAlreadyExists", `Instance Profile ${name} already exists.`);
    const role = text(call.args["role"]);
    const uses = role === undefined ? [] : [roleNamed(call, doing, role)];
    const path = text(call.args["path"]) ?? "/";
    const uniqueId = `AIPA${call.tx.hex("profile", 17).toUpperCase()}`;
    const attrs = { arn: arn("iam", call.place, `instance-profile${path}${name}`), uniqueId, createDate: now() };
    return { id: name, name, attrs, uses };
  },
  update(call, { id }) {
    const doing = new Doing(`updating IAM Instance Profile (${id})`, "IAM: AddRoleToInstanceProfile");
    const role = text(call.args["role"]);
    return { uses: role === undefined ? [] : [roleNamed(call, doing, role)] };
  },
  inUse: ({ id }) => deleteConflict(`deleting IAM Instance Profile (${id})`, "DeleteInstanceProfile"),
};

/** A role by ARN, whichever account has it. */
export function roleAt(world: World, roleArn: unknown): CloudObject | undefined {
  const [, account, name] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/.exec(String(roleArn)) ?? [];
  return name === undefined ? undefined : world.find({ cloud: "aws", account: account!, region: "global" }, ROLE, name);
}

/**
 * Whether a service may assume a role for an account.
 * @param source ARN of what it assumes it for, where the service says so
 */
export function assumable(world: World, roleArn: unknown, service: string, account: string, source = ""): boolean {
  const role = roleAt(world, roleArn);
  const context = { "aws:SourceAccount": account, "aws:SourceArn": source };
  return role !== undefined && trusts(String(role.args["assumeRolePolicy"]), service, context);
}

export const IAM_HANDLERS: Record<string, Handler> = {
  [USER]: user,
  [USER_POLICY]: userPolicy,
  [ACCESS_KEY]: accessKey,
  [ATTACHMENT]: attachment,
  [INSTANCE_PROFILE]: instanceProfile,
};
