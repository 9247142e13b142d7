/** KMS keys and aliases. Deleting a key only schedules that: until then it exists and can do nothing. */
import type { Call, Handler, Made } from "../handler.ts";
import { list, text, type Values } from "../values.ts";
import { keyOf, type CloudObject, type Place, type World } from "../world.ts";
import { outside, put } from "../outside.ts";
import { arn, Doing } from "./common.ts";
import { admits } from "./iamPolicy.ts";
import { checkResourcePolicy } from "./resourcePolicy.ts";

export const KMS_KEY = "aws:kms/key:Key";
export const KMS_ALIAS = "aws:kms/alias:Alias";
/** A key that waits for its deletion; nobody manages it any more. */
const PENDING = "aws:kms/key:PendingDeletion";

/** Source: AWS KMS Developer Guide, Default key policy. */
const defaultPolicy = (account: string): string =>
  JSON.stringify({
    Id: "key-default-1",
    Statement: [
      {
        ...{ Action: "kms:*", Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` } },
        ...{ Resource: "*", Sid: "Enable IAM User Permissions" },
      },
    ],
    Version: "2012-10-17",
  });

const key: Handler = {
  create(call) {
    const doing = new Doing("creating KMS Key", "KMS: CreateKey");
    checkKey(call, doing);
    const hex = call.tx.hex("kms", 32);
    const id =
      call.args["multiRegion"] === true
        ? `mrk-${hex}`
        : [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
    return { id, attrs: { keyId: id, arn: arn("kms", call.place, `key/${id}`) } };
  },
  update(call, { id }) {
    checkKey(call, new Doing(`updating KMS Key (${id})`, "KMS: PutKeyPolicy"));
    return {};
  },
  remove(call, object) {
    // Source: AWS KMS Developer Guide, Deleting AWS KMS keys: the key stays for the waiting period, its aliases with it.
    call.tx.put({ ...object, type: PENDING, implicit: true, uses: [], within: [], terms: [] });
  },
  outputs: ({ args, account }) => ({
    description: text(args["description"]) ?? "",
    policy: text(args["policy"]) ?? defaultPolicy(account),
    ...{ multiRegion: args["multiRegion"] ?? false },
    rotationPeriodInDays: args["rotationPeriodInDays"] ?? (args["enableKeyRotation"] === true ? 365 : 0),
  }),
  inUse: ({ id }) => new Error(`nothing can keep key ${id} from its deletion`),
};

/** Source: KMS API Reference, CreateKey, EnableKeyRotation, PutKeyPolicy. */
function checkKey({ args, place }: Call, doing: Doing): void {
  const usage = text(args["keyUsage"]) ?? "ENCRYPT_DECRYPT";
  const spec = text(args["customerMasterKeySpec"]) ?? "SYMMETRIC_DEFAULT";
  const symmetric = spec === "SYMMETRIC_DEFAULT";
  const mac = spec.startsWith("HMAC");
  if ((symmetric && usage !== "ENCRYPT_DECRYPT") || mac !== (usage === "GENERATE_VERIFY_MAC"))
    throw doing.error("ValidationException", `KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  if (args["enableKeyRotation"] === true && !symmetric)
    throw doing.error("UnsupportedOperationException", `Key rotation is not supported for keys of spec ${spec}`);
  const policy = text(args["policy"]);
  if (policy === undefined) return;
  checkResourcePolicy(doing, policy, { code: "MalformedPolicyDocumentException", most: 32_768 });
  const root = `arn:aws:iam::${place.account}:root`;
  const kept = admits(policy, { arn: root }, "kms:PutKeyPolicy", "*") || namesItsOwn(policy, place.account);
  if (args["bypassPolicyLockoutSafetyCheck"] === true || kept) return;
  const message = "The new key policy will not allow you to update the key policy in the future.";
  throw doing.error("MalformedPolicyDocumentException", message);
}

/** Whether a user or role of the account may change the policy: which of them asks is not known here. */
function namesItsOwn(policy: string, account: string): boolean {
  const { Statement: statements } = JSON.parse(policy) as { Statement: unknown };
  const principals = JSON.stringify(list(statements)).match(/arn:aws:iam::\d{12}:(?:role|user)\/[^"]+/g) ?? [];
  return principals.some(
    (one) => one.split(":")[4] === account && admits(policy, { arn: one }, "kms:PutKeyPolicy", "*"),
  );
}

const alias: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating KMS Alias (${name})`, "KMS: CreateAlias");
    if (call.world.find(call.place, KMS_ALIAS, name)) {
      const message = `An alias with the name ${arn("kms", call.place, name)} already exists`;
      throw doing.error("AlreadyExistsException", message);
    }
    return { id: name, name, ...target(call, doing), attrs: { arn: arn("kms", call.place, name) } };
  },
  update: (call, { id }) => target(call, new Doing(`updating KMS Alias (${id})`, "KMS: UpdateAlias")),
  outputs: ({ args }, world) => ({ targetKeyArn: text(aliased(args, world)?.attrs["arn"]) ?? "" }),
  inUse: ({ id }) => new Error(`nothing can use alias ${id}`),
};

/** The key of an alias; aliases do not hold theirs. */
function target(call: Call, doing: Doing): Made {
  const found = keyNamed(call.world, call.place, String(call.args["targetKeyId"]));
  if (found === undefined || found.type !== KMS_KEY) throw doing.error("NotFoundException", notFound(call));
  return {};
}

const notFound = ({ place, args }: Call): string =>
  `Invalid keyId '${String(args["targetKeyId"])}': there is no such key in ${place.account} ${place.region}`;

function aliased(args: Values, world: World): CloudObject | undefined {
  const wanted = String(args["targetKeyId"]);
  return world.all(KMS_KEY).find(({ id, attrs }) => id === wanted || attrs["arn"] === wanted);
}

/** A key by id, ARN, alias or alias ARN, those that wait for deletion included. */
export function keyNamed(world: World, place: Place, reference: string): CloudObject | undefined {
  const [, region, account, what] = /^arn:aws:kms:([a-z0-9-]+):(\d{12}):(.+)$/.exec(reference) ?? [];
  const where = region === undefined ? place : { ...place, region, account: account! };
  const name = what ?? reference;
  if (name.startsWith("alias/")) {
    const named = world.find(where, KMS_ALIAS, name);
    return named && keyNamed(world, where, String(named.args["targetKeyId"]));
  }
  const id = name.replace(/^key\//, "");
  return world.find(where, KMS_KEY, id) ?? world.find(where, PENDING, id);
}

/** Keys AWS keeps for its services are named by alias and always work. Source: AWS KMS Developer Guide, AWS managed keys. */
const AWS_MANAGED = /(^|:)alias\/aws\/[a-z0-9/-]+$/;

/**
 * Refuses a key that something is to be encrypted with and that would not work: none, disabled, waiting for deletion, or
 * not symmetric. Several services find that out only at the first use; here it is said when the key is named.
 * @param code the service's own code for it
 * @returns the key, or undefined for one of AWS's own
 */
export function usableKey(call: Call, doing: Doing, reference: unknown, code: string): CloudObject | undefined {
  const wanted = text(reference);
  if (wanted === undefined || AWS_MANAGED.test(wanted)) return undefined;
  const found = keyNamed(call.world, call.place, wanted);
  const why =
    found === undefined
      ? "does not exist"
      : found.region !== call.place.region
        ? `is in ${found.region}, not in ${call.place.region}`
        : found.type === PENDING
          ? "is pending deletion"
          : found.args["isEnabled"] === false
            ? "is disabled"
            : (found.args["customerMasterKeySpec"] ?? "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT"
              ? undefined
              : "is not a symmetric encryption key";
  if (why === undefined) return found;
  throw doing.error(code, `The KMS key ${wanted} ${why}`);
}

/**
 * Puts a key into an account, as if somebody else had made it. Doing it twice is doing it once.
 * @param keyArn `arn:aws:kms:<region>:<account>:key/<id>`
 * @throws Error for a text that names no key
 */
export async function seedKey(world: World, keyArn: string): Promise<void> {
  const [, region, account, id] = /^arn:aws:kms:([a-z0-9-]+):(\d{12}):key\/([0-9a-z-]+)$/.exec(keyArn) ?? [];
  if (id === undefined) throw new Error(`${keyArn} is no key: use arn:aws:kms:<region>:<account>:key/<id>`);
  const place: Place = { cloud: "aws", account: account!, region: region! };
  if (world.get(keyOf({ ...place, type: KMS_KEY, id }))) return;
  await put(
    world,
    outside(place, KMS_KEY, { id, name: id, args: { isEnabled: true }, attrs: { arn: keyArn, keyId: id } }),
  );
}

export const KMS_HANDLERS: Record<string, Handler> = { [KMS_KEY]: key, [KMS_ALIAS]: alias };
