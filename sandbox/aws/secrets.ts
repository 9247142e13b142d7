/** Secrets Manager. Values are in the world as keyed hashes, or not at all. */
import type { Call, Handler } from "../handler.ts";
import { text } from "../values.ts";
import type { CloudObject, Place, World } from "../world.ts";
import { arn, Doing } from "./common.ts";
import { usableKey } from "./kms.ts";
import { checkResourcePolicy } from "./resourcePolicy.ts";

export const SECRET = "aws:secretsmanager/secret:Secret";
const VERSION = "aws:secretsmanager/secretVersion:SecretVersion";
/** A secret that waits for its deletion and keeps its name until then; nobody manages it any more. */
const PENDING = "aws:secretsmanager/secret:PendingDeletion";

const secret: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating Secrets Manager Secret (${name})`, "Secrets Manager: CreateSecret");
    if (!/^[\w/+=.@-]{1,512}$/.test(name))
      throw doing.error(
        "ValidationException",
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
      );
    if (call.world.byTerm(call.place, SECRET, name).length > 0)
      throw doing.error("ResourceExistsException", `The operation failed because the secret ${name} already exists.`);
    if (call.world.byTerm(call.place, PENDING, name).length > 0) {
      const message = "You can't create this secret because a secret with this name is already scheduled for deletion.";
      throw doing.error("InvalidRequestException", message);
    }
    settle(call, doing);
    // Source: AWS Secrets Manager User Guide, What's in a secret: six random characters end the ARN.
    const id = arn("secretsmanager", call.place, `secret:${name}-${call.tx.hex("secret", 6)}`);
    return { id, name, attrs: { arn: id }, terms: [name] };
  },
  update(call, { id }) {
    settle(call, new Doing(`updating Secrets Manager Secret (${id})`, "Secrets Manager: UpdateSecret"));
    return {};
  },
  remove(call, object) {
    if (object.args["recoveryWindowInDays"] === 0) return;
    call.tx.put({ ...object, type: PENDING, implicit: true, uses: [], within: [] });
  },
  outputs: ({ args }) => ({ policy: args["policy"] ?? "", replicas: args["replicas"] ?? [] }),
  inUse: ({ id }) => new Error(`nothing can keep secret ${id} from its deletion`),
};

function settle(call: Call, doing: Doing): void {
  const days = Number(call.args["recoveryWindowInDays"] ?? 30);
  if (days !== 0 && (days < 7 || days > 30))
    throw doing.error(
      "InvalidParameterException",
      "RecoveryWindowInDays value must be between 7 and 30 days (inclusive), or 0",
    );
  usableKey(call, doing, call.args["kmsKeyId"], "InvalidParameterException");
  if (call.args["policy"] !== undefined)
    checkResourcePolicy(doing, call.args["policy"], { code: "MalformedPolicyDocumentException", most: 20_480 });
}

/** A secret by ARN or name. */
export function secretNamed(world: World, place: Place, reference: string): CloudObject | undefined {
  const [, region, account] = /^arn:aws:secretsmanager:([a-z0-9-]+):(\d{12}):secret:/.exec(reference) ?? [];
  if (region === undefined || account === undefined) return world.byTerm(place, SECRET, reference)[0];
  return world.find({ cloud: "aws", region, account }, SECRET, reference);
}

const version: Handler = {
  create(call) {
    const reference = String(call.args["secretId"]);
    const doing = new Doing(`putting Secrets Manager Secret Version (${reference})`, "Secrets Manager: PutSecretValue");
    const found = secretNamed(call.world, call.place, reference);
    if (!found) throw doing.error("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
    const given = ["secretString", "secretBinary", "secretStringWo"].map((name) => text(call.args[name]));
    const values = given.filter((value) => value !== undefined);
    if (values.length !== 1)
      throw doing.error("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
    // Source: AWS Secrets Manager User Guide, Quotas: 65,536 bytes.
    if (Buffer.byteLength(values[0]!) > 65_536)
      throw doing.error("ValidationException", "The secret value is longer than 65536 bytes");
    const hex = call.tx.hex("version", 32);
    const versionId = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
      "-",
    );
    const attrs = { arn: found.id, secretArn: found.id, versionId, hasSecretStringWo: given[2] !== undefined };
    return { id: `${found.id}|${versionId}`, attrs, within: [found] };
  },
  outputs: ({ args }) => ({ versionStages: args["versionStages"] ?? ["AWSCURRENT"] }),
  inUse: ({ id }) => new Error(`nothing can use ${id}`),
};

export const SECRET_HANDLERS: Record<string, Handler> = { [SECRET]: secret, [VERSION]: version };
