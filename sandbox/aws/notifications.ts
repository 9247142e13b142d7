/** SNS topics with their subscriptions, and SQS queues. */
import type { Call, Handler, Made } from "../handler.ts";
import { isRecord, text, type Values } from "../values.ts";
import type { CloudObject, Place, World } from "../world.ts";
import { arn, Doing } from "./common.ts";
import { usableKey } from "./kms.ts";
import { checkResourcePolicy } from "./resourcePolicy.ts";

export const TOPIC = "aws:sns/topic:Topic";
const TOPIC_POLICY = "aws:sns/topicPolicy:TopicPolicy";
const SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription";
export const QUEUE = "aws:sqs/queue:Queue";
const QUEUE_POLICY = "aws:sqs/queuePolicy:QueuePolicy";

/** A FIFO topic or queue says so in its name, and no other does. Source: SNS API Reference, CreateTopic; SQS, CreateQueue. */
function fitName(name: string, fifo: boolean, most: number): boolean {
  return name.length <= most && /^[\w-]+(\.fifo)?$/.test(name) && name.endsWith(".fifo") === fifo;
}

const topic: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating SNS Topic (${name})`, "SNS: CreateTopic");
    if (!fitName(name, call.args["fifoTopic"] === true, 256))
      throw doing.error("InvalidParameter", "Invalid parameter: Topic Name");
    const id = arn("sns", call.place, name);
    if (call.world.find(call.place, TOPIC, id)) {
      const message = "Invalid parameter: Attributes Reason: Topic already exists with different attributes";
      throw doing.error("InvalidParameter", message);
    }
    settleTopic(call, doing);
    const beginningArchiveTime = "";
    return { id, name, attrs: { arn: id, owner: call.place.account, beginningArchiveTime } };
  },
  update(call, { id }) {
    settleTopic(call, new Doing(`updating SNS Topic (${id})`, "SNS: SetTopicAttributes"));
    return {};
  },
  outputs: ({ id, account, args }) => ({
    policy: text(args["policy"]) ?? ownerPolicy("SNS", id, account),
    signatureVersion: args["signatureVersion"] ?? 0,
    tracingConfig: args["tracingConfig"] ?? "",
  }),
  inUse: ({ id }) => new Error(`nothing can use topic ${id}`),
};

function settleTopic(call: Call, doing: Doing): void {
  usableKey(call, doing, call.args["kmsMasterKeyId"], "InvalidParameter");
  if (call.args["policy"] === undefined) return;
  checkResourcePolicy(doing, call.args["policy"], { code: "InvalidParameter", most: 30_720 });
}

/** What the owner may do with what has no policy of its own. */
function ownerPolicy(service: string, id: string, account: string): string {
  const statement = {
    ...{
      Sid: "__default_statement_ID",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: `${service}:*`,
      Resource: id,
    },
    Condition: { StringEquals: { "AWS:SourceOwner": account } },
  };
  return JSON.stringify({ Version: "2008-10-17", Id: "__default_policy_ID", Statement: [statement] });
}

/** A topic by ARN, whoever owns it. */
export function topicAt(world: World, topicArn: unknown): CloudObject | undefined {
  const [, region, account] = /^arn:aws:sns:([a-z0-9-]+):(\d{12}):/.exec(String(topicArn)) ?? [];
  return region && account ? world.find({ cloud: "aws", region, account }, TOPIC, String(topicArn)) : undefined;
}

function findTopic({ world }: Call, doing: Doing, topicArn: unknown): CloudObject {
  const found = topicAt(world, topicArn);
  if (found) return found;
  throw doing.error("NotFound", `Topic does not exist: ${String(topicArn)}`);
}

const topicPolicy: Handler = {
  create(call) {
    const doing = new Doing(`creating SNS Topic Policy (${String(call.args["arn"])})`, "SNS: SetTopicAttributes");
    const found = findTopic(call, doing, call.args["arn"]);
    checkResourcePolicy(doing, call.args["policy"], { code: "InvalidParameter", most: 30_720 });
    return { id: found.id, attrs: { owner: found.account }, within: [found] };
  },
  update(call, { id }) {
    const doing = new Doing(`updating SNS Topic Policy (${id})`, "SNS: SetTopicAttributes");
    checkResourcePolicy(doing, call.args["policy"], { code: "InvalidParameter", most: 30_720 });
    return {};
  },
  inUse: ({ id }) => new Error(`nothing can use the policy of ${id}`),
};

/** What an endpoint has to look like. Source: SNS API Reference, Subscribe, Endpoint. */
const ENDPOINTS: Readonly<Record<string, RegExp>> = {
  ...{ email: /^[^\s@]+@[^\s@]+$/, "email-json": /^[^\s@]+@[^\s@]+$/, http: /^http:\/\/./, https: /^https:\/\/./ },
  ...{ sqs: /^arn:aws:sqs:/, lambda: /^arn:aws:lambda:/, firehose: /^arn:aws:firehose:/, application: /^arn:aws:sns:/ },
  sms: /^\+?\d{6,15}$/,
};

const subscription: Handler = {
  create(call) {
    const [topicArn, protocol, endpoint] = ["topic", "protocol", "endpoint"].map((name) => String(call.args[name]));
    const doing = new Doing("creating SNS Topic Subscription", "SNS: Subscribe");
    const found = findTopic(call, doing, topicArn);
    if (!ENDPOINTS[protocol!]!.test(endpoint!))
      throw doing.error("InvalidParameter", `Invalid parameter: Endpoint Reason: ${endpoint} does not fit ${protocol}`);
    const queue = protocol === "sqs" ? queueAt(call.world, endpoint) : undefined;
    if (protocol === "sqs" && queue === undefined)
      throw doing.error("InvalidParameter", `Invalid parameter: Endpoint Reason: there is no queue ${endpoint}`);
    const hex = call.tx.hex("subscription", 32);
    const id = `${topicArn}:${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-")}`;
    // Whoever reads the mail or runs the endpoint has to confirm; AWS's own endpoints need not.
    const pendingConfirmation = ["email", "email-json", "http", "https"].includes(protocol!);
    const attrs = { arn: id, ownerId: call.place.account, pendingConfirmation };
    return { id, attrs: { ...attrs, confirmationWasAuthenticated: !pendingConfirmation }, within: [found] };
  },
  outputs: ({ args }) => ({
    filterPolicyScope: args["filterPolicyScope"] ?? (args["filterPolicy"] === undefined ? "" : "MessageAttributes"),
  }),
  inUse: ({ id }) => new Error(`nothing can use subscription ${id}`),
};

const urlOf = ({ region, account }: Place, name: string): string =>
  `https://sqs.${region}.amazonaws.com/${account}/${name}`;

/** A queue by ARN, whoever owns it. */
export function queueAt(world: World, queueArn: unknown): CloudObject | undefined {
  const [, region, account, name] = /^arn:aws:sqs:([a-z0-9-]+):(\d{12}):(.+)$/.exec(String(queueArn)) ?? [];
  if (region === undefined || account === undefined) return undefined;
  const place: Place = { cloud: "aws", account, region };
  return world.find(place, QUEUE, urlOf(place, name!));
}

const queue: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating SQS Queue (${name})`, "SQS: CreateQueue");
    const fifo = call.args["fifoQueue"] === true;
    if (!fitName(name, fifo, 80)) {
      const rule =
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length; a FIFO queue ends in .fifo";
      throw doing.error("InvalidParameterValue", rule);
    }
    const id = urlOf(call.place, name);
    if (call.world.find(call.place, QUEUE, id))
      throw doing.error("QueueNameExists", `A queue already exists with the same name and a different value: ${name}`);
    const made = settleQueue(call, doing);
    return { id, name, ...made, attrs: { arn: arn("sqs", call.place, name), url: id } };
  },
  update: (call, { id }) => settleQueue(call, new Doing(`updating SQS Queue (${id})`, "SQS: SetQueueAttributes")),
  outputs: ({ args }) => ({
    ...{ deduplicationScope: args["deduplicationScope"] ?? "", fifoThroughputLimit: args["fifoThroughputLimit"] ?? "" },
    kmsDataKeyReusePeriodSeconds: args["kmsDataKeyReusePeriodSeconds"] ?? 300,
    ...{ policy: args["policy"] ?? "", redrivePolicy: args["redrivePolicy"] ?? "" },
    redriveAllowPolicy: args["redriveAllowPolicy"] ?? "",
    sqsManagedSseEnabled: args["sqsManagedSseEnabled"] ?? args["kmsMasterKeyId"] === undefined,
  }),
  inUse: ({ id }) => new Error(`nothing can use queue ${id}`),
};

/** Source: SQS API Reference, SetQueueAttributes, RedrivePolicy. */
function settleQueue(call: Call, doing: Doing): Made {
  const { args, world } = call;
  usableKey(call, doing, args["kmsMasterKeyId"], "KMS.NotFoundException");
  if (args["policy"] !== undefined)
    checkResourcePolicy(doing, args["policy"], { code: "InvalidAttributeValue", most: 8192 });
  if (text(args["redrivePolicy"]) === undefined) return {};
  const redrive = JSON.parse(String(args["redrivePolicy"])) as unknown;
  const given: Values = isRecord(redrive) ? redrive : {};
  const dead = queueAt(world, given["deadLetterTargetArn"]);
  const why =
    dead === undefined
      ? "Dead letter target does not exist."
      : (dead.args["fifoQueue"] === true) !== (args["fifoQueue"] === true)
        ? "Dead-letter queue must be same type of queue as the source."
        : dead.region !== call.place.region
          ? "Dead letter target must be in the same Region."
          : Number(given["maxReceiveCount"]) >= 1 && Number(given["maxReceiveCount"]) <= 1000
            ? undefined
            : "maxReceiveCount must be 1 to 1000.";
  if (why !== undefined)
    throw doing.error(
      "InvalidParameterValue",
      `Value ${String(args["redrivePolicy"])} for parameter RedrivePolicy is invalid. Reason: ${why}`,
    );
  return {};
}

const queuePolicy: Handler = {
  create(call) {
    const url = String(call.args["queueUrl"]);
    const doing = new Doing(`creating SQS Queue Policy (${url})`, "SQS: SetQueueAttributes");
    const found = call.world.find(call.place, QUEUE, url);
    if (!found) throw doing.error("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.");
    checkResourcePolicy(doing, call.args["policy"], { code: "InvalidAttributeValue", most: 8192 });
    return { id: url, within: [found] };
  },
  update(call, { id }) {
    const doing = new Doing(`updating SQS Queue Policy (${id})`, "SQS: SetQueueAttributes");
    checkResourcePolicy(doing, call.args["policy"], { code: "InvalidAttributeValue", most: 8192 });
    return {};
  },
  inUse: ({ id }) => new Error(`nothing can use the policy of ${id}`),
};

/** The policy a topic or queue has: its own resource's, or the argument. */
export function messagePolicy(world: World, object: CloudObject): string | undefined {
  const type = object.type === TOPIC ? TOPIC_POLICY : QUEUE_POLICY;
  return text((world.referrers(object, type)[0] ?? object).args["policy"]);
}

export const NOTIFICATION_HANDLERS: Record<string, Handler> = {
  [TOPIC]: topic,
  [TOPIC_POLICY]: topicPolicy,
  [SUBSCRIPTION]: subscription,
  [QUEUE]: queue,
  [QUEUE_POLICY]: queuePolicy,
};
