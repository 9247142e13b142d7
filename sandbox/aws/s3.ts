/** S3 buckets and their settings. Objects are not simulated, except that there may be some. */
import { awsError } from "../errors.ts";
import type { Call, Handler, Made } from "../handler.ts";
import { put } from "../outside.ts";
import { blocks, isRecord, list, text, texts, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { Doing } from "./common.ts";
import { assumable } from "./iam.ts";
import { usableKey } from "./kms.ts";
import { checkResourcePolicy } from "./resourcePolicy.ts";

export const BUCKET = "aws:s3/bucket:Bucket";
const setting = (name: string): string => `aws:s3/bucket${name}:Bucket${name}`;
const VERSIONING = setting("Versioning");
const BLOCK = setting("PublicAccessBlock");
export const BUCKET_POLICY = setting("Policy");
const REPLICATION = setting("ReplicationConfig");

/** A bucket by name, whoever has it: names are nobody else's in the world. */
export function bucketNamed(world: World, name: string): CloudObject | undefined {
  return world.anywhere(BUCKET, name)[0];
}

const bucket: Handler = {
  create(call) {
    const name = text(call.args["bucket"]) ?? `bucket-${call.tx.hex("bucket", 16)}`;
    const doing = new Doing(`creating S3 Bucket (${name})`, "S3: CreateBucket");
    const fault = unfitName(name);
    if (fault !== undefined) throw doing.error("InvalidBucketName", fault);
    const taken = bucketNamed(call.world, name);
    if (taken?.account === call.place.account)
      throw doing.error(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
      );
    if (taken) {
      const message =
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.";
      throw doing.error("BucketAlreadyExists", message);
    }
    const { region } = call.place;
    const attrs = {
      ...{ arn: `arn:aws:s3:::${name}`, bucket: name, bucketRegion: region, websiteDomain: "", websiteEndpoint: "" },
      ...{
        bucketDomainName: `${name}.s3.amazonaws.com`,
        bucketRegionalDomainName: `${name}.s3.${region}.amazonaws.com`,
      },
      hostedZoneId: `Z${call.world.hash(`s3 zone ${region}`).slice(0, 13).toUpperCase()}`,
      objectLockEnabled: call.args["objectLockEnabled"] ?? false,
    };
    return { id: name, name, attrs, terms: [name] };
  },
  remove(_call, { id, args, attrs }) {
    if (args["forceDestroy"] === true || Number(attrs["objects"] ?? 0) === 0) return;
    const message = "The bucket you tried to delete is not empty. You must delete all versions in the bucket.";
    throw awsError(`deleting S3 Bucket (${id})`, "S3: DeleteBucket", "BucketNotEmpty", message);
  },
  outputs: () => ({ objects: undefined }),
  inUse: ({ id }) =>
    awsError(`deleting S3 Bucket (${id})`, "S3: DeleteBucket", "DependencyViolation", `Bucket ${id} is in use`),
};

/** Source: Amazon S3 User Guide, General purpose bucket naming rules. */
function unfitName(name: string): string | undefined {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) || name.includes(".."))
    return "The specified bucket is not valid.";
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return "The specified bucket is not valid: it is formatted as an IP address.";
  const reserved = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name);
  return reserved ? "The specified bucket is not valid: it has a reserved prefix or suffix." : undefined;
}

/** Puts objects into a bucket, or takes all out: a bucket with objects cannot be deleted. */
export async function fillBucket(world: World, name: string, objects: number): Promise<void> {
  const found = bucketNamed(world, name);
  if (!found) throw new Error(`there is no bucket ${name}`);
  await put(world, { ...found, attrs: { ...found.attrs, objects } });
}

/** Finds the bucket of a setting, in its own account and region. */
function owner(call: Call, doing: Doing): CloudObject {
  const name = String(call.args["bucket"]);
  const found = bucketNamed(call.world, name);
  if (!found) throw doing.error("NoSuchBucket", "The specified bucket does not exist");
  if (found.account !== call.place.account) throw doing.error("AccessDenied", "Access Denied");
  if (found.region === call.place.region) return found;
  const message = `The bucket you are attempting to access must be addressed using the specified endpoint: it is in ${found.region}`;
  throw doing.error("PermanentRedirect", message);
}

type Check = (call: Call, doing: Doing, bucket: CloudObject) => void;

/**
 * A setting of a bucket, which is there once and goes with it.
 * @param words what the provider calls it, e.g. `S3 Bucket Versioning`
 */
function settingOf(
  words: string,
  operation: string,
  check: Check = () => undefined,
  more: Partial<Handler> = {},
): Handler {
  const settle = (call: Call, doing: Doing): CloudObject => {
    const found = owner(call, doing);
    check(call, doing, found);
    return found;
  };
  return {
    create(call): Made {
      const name = String(call.args["bucket"]);
      const found = settle(call, new Doing(`creating ${words} (${name})`, `S3: ${operation}`));
      return { id: name, name, within: [found] };
    },
    update(call): Made {
      settle(call, new Doing(`updating ${words} (${String(call.args["bucket"])})`, `S3: ${operation}`));
      return {};
    },
    inUse: ({ id }) => new Error(`nothing can use the setting of ${id}`),
    ...more,
  };
}

/** Source: Amazon S3 API Reference, PutBucketVersioning; User Guide, Replication requirements. */
const checkVersioning: Check = ({ world, args }, doing, found) => {
  const wanted = isRecord(args["versioningConfiguration"]) ? args["versioningConfiguration"]["status"] : undefined;
  if (wanted !== "Enabled" && world.referrers(found, REPLICATION).length > 0) {
    const message = "A replication configuration is present on this bucket, so the versioning state cannot be changed.";
    throw doing.error("InvalidBucketState", message);
  }
};

/** Whether versioning is on. */
export function isVersioned(world: World, found: CloudObject): boolean {
  const configuration = world.referrers(found, VERSIONING)[0]?.args["versioningConfiguration"];
  return isRecord(configuration) && configuration["status"] === "Enabled";
}

const METHODS = ["GET", "PUT", "POST", "DELETE", "HEAD"];

/** Source: Amazon S3 API Reference, CORSRule. */
const checkCors: Check = ({ args }, doing) => {
  for (const rule of blocks(args["corsRules"])) {
    const method = texts(rule["allowedMethods"]).find((one) => !METHODS.includes(one));
    if (method !== undefined)
      throw doing.error(
        "InvalidRequest",
        `Found unsupported HTTP method in CORS config. Unsupported method is ${method}`,
      );
    const wild = [...texts(rule["allowedOrigins"]), ...texts(rule["allowedHeaders"])].find(
      (one) => one.split("*").length > 2,
    );
    if (wild !== undefined)
      throw doing.error("InvalidRequest", `AllowedOrigin "${wild}" can not have more than one wildcard.`);
  }
};

/** Source: Amazon S3 API Reference, LifecycleRule. */
const checkLifecycle: Check = ({ args }, doing) => {
  const rules = blocks(args["rules"]);
  const ids = rules.map((rule) => text(rule["id"]));
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw doing.error("InvalidArgument", `Rule ID must be unique. Found same ID for more than one rule: ${twice}`);
  const actions = [
    "expiration",
    "noncurrentVersionExpiration",
    "abortIncompleteMultipartUpload",
    "transitions",
    "noncurrentVersionTransitions",
  ];
  const idle = rules.find((rule) => actions.every((action) => rule[action] === undefined));
  if (idle)
    throw doing.error("InvalidRequest", `At least one action needs to be specified in a rule: ${String(idle["id"])}`);
};

/** Source: Amazon S3 API Reference, PutBucketEncryption. */
const checkEncryption: Check = (call, doing) => {
  for (const rule of blocks(call.args["rules"])) {
    const by = rule["applyServerSideEncryptionByDefault"];
    if (!isRecord(by) || by["kmsMasterKeyId"] === undefined) continue;
    if (!String(by["sseAlgorithm"]).startsWith("aws:kms"))
      throw doing.error(
        "InvalidArgument",
        "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms",
      );
    usableKey(call, doing, by["kmsMasterKeyId"], "KMS.NotFoundException");
  }
};

/** Source: Amazon S3 User Guide, Bucket policies, Blocking public access. */
const checkPolicy: Check = ({ world, args }, doing, found) => {
  checkResourcePolicy(doing, args["policy"], { code: "MalformedPolicy", most: 20_480 });
  const { Statement: all } = JSON.parse(String(args["policy"])) as Values;
  const statements = (isRecord(all) ? [all] : list(all)).filter(isRecord);
  const one = (value: unknown): string[] => (typeof value === "string" ? [value] : texts(value));
  const own = String(found.attrs["arn"]);
  const stranger = statements
    .flatMap(({ Resource: it }) => one(it))
    .find((it) => it !== own && !it.startsWith(`${own}/`));
  if (stranger !== undefined) throw doing.error("MalformedPolicy", `Policy has invalid resource: ${stranger}`);
  const foreign = statements
    .flatMap(({ Action: it }) => one(it))
    .find((it) => it !== "*" && !it.toLowerCase().startsWith("s3:"));
  if (foreign !== undefined) throw doing.error("MalformedPolicy", `Policy has invalid action: ${foreign}`);
  if (!blocked(world, found, "blockPublicPolicy") || !statements.some(isPublic)) return;
  const message = "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access";
  throw doing.error("AccessDenied", `s3:PutBucketPolicy on resource "${own}" because ${message}`);
};

/** New buckets block public access. Source: Amazon S3 User Guide, Default settings for new S3 buckets, April 2023. */
function blocked(world: World, found: CloudObject, name: string): boolean {
  const [own] = world.referrers(found, BLOCK);
  return own === undefined || own.args[name] === true;
}

/** Keys whose fixed values keep a grant from being public. Source: Amazon S3 User Guide, The meaning of "public". */
const NARROWING =
  /^(aws:(SourceIp|SourceArn|SourceVpc|SourceVpce|SourceOwner|SourceAccount|SourceOrgID|userId|PrincipalOrgID|PrincipalAccount|PrincipalArn)|s3:(x-amz-server-side-encryption-aws-kms-key-id|DataAccessPointArn|DataAccessPointAccount))$/i;

function isPublic({ Effect: effect, Principal: principal, Condition: condition }: Values): boolean {
  const everyone = principal === "*" || (isRecord(principal) && [principal["AWS"]].flat().includes("*"));
  const keys = isRecord(condition)
    ? Object.values(condition).flatMap((one) => Object.keys(isRecord(one) ? one : {}))
    : [];
  return effect === "Allow" && everyone && !keys.some((key) => NARROWING.test(key));
}

/** Source: Amazon S3 User Guide, Requirements and considerations for replication. */
const checkReplication: Check = (call, doing, found) => {
  if (!isVersioned(call.world, found))
    throw doing.error(
      "InvalidRequest",
      "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
    );
  if (!assumable(call.world, call.args["role"], "s3.amazonaws.com", call.place.account, String(found.attrs["arn"])))
    throw doing.error("InvalidArgument", "Invalid request provided: the role cannot be assumed by s3.amazonaws.com");
  for (const rule of blocks(call.args["rules"])) {
    const to = isRecord(rule["destination"]) ? String(rule["destination"]["bucket"]) : "";
    const other = bucketNamed(call.world, to.replace(/^arn:aws:s3:::/, ""));
    if (!other) throw doing.error("InvalidRequest", `Destination bucket must exist: ${to}`);
    if (!isVersioned(call.world, other))
      throw doing.error("InvalidRequest", "Destination bucket must have versioning enabled.");
  }
};

/** Replication needs versioning to stay. */
const unversioned: Partial<Handler> = {
  remove({ world }, object) {
    const found = bucketNamed(world, object.id);
    if (!found || world.referrers(found, REPLICATION).length === 0) return;
    const message = "A replication configuration is present on this bucket, so the versioning state cannot be changed.";
    throw awsError(
      `deleting S3 Bucket Versioning (${object.id})`,
      "S3: PutBucketVersioning",
      "InvalidBucketState",
      message,
    );
  },
};

export const S3_HANDLERS: Record<string, Handler> = {
  [BUCKET]: bucket,
  [VERSIONING]: settingOf("S3 Bucket Versioning", "PutBucketVersioning", checkVersioning, unversioned),
  [setting("CorsConfiguration")]: settingOf("S3 Bucket CORS Configuration", "PutBucketCors", checkCors),
  [setting("LifecycleConfiguration")]: settingOf(
    "S3 Bucket Lifecycle Configuration",
    "PutBucketLifecycleConfiguration",
    checkLifecycle,
  ),
  [BUCKET_POLICY]: settingOf("S3 Bucket Policy", "PutBucketPolicy", checkPolicy),
  [BLOCK]: settingOf("S3 Bucket Public Access Block", "PutPublicAccessBlock"),
  [setting("OwnershipControls")]: settingOf("S3 Bucket Ownership Controls", "PutBucketOwnershipControls"),
  [setting("ServerSideEncryptionConfiguration")]: settingOf(
    "S3 Bucket Server-side Encryption Configuration",
    "PutBucketEncryption",
    checkEncryption,
  ),
  [REPLICATION]: settingOf("S3 Bucket Replication Configuration", "PutBucketReplication", checkReplication),
};
