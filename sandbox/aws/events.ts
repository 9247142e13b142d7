/** EventBridge: rules and targets of the default bus, and schedules. */
import { awsError } from "../errors.ts";
import type { Call, Handler, Made } from "../handler.ts";
import { isRecord, text } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { arn, Doing } from "./common.ts";
import { assumable } from "./iam.ts";
import { admits } from "./iamPolicy.ts";
import { functionAt, functionPolicy } from "./lambda.ts";
import { usableKey } from "./kms.ts";
import { logPolicies } from "./monitoring.ts";
import { messagePolicy, queueAt, topicAt } from "./notifications.ts";

export const EVENT_RULE = "aws:cloudwatch/eventRule:EventRule";
export const EVENT_TARGET = "aws:cloudwatch/eventTarget:EventTarget";
const SCHEDULE = "aws:scheduler/schedule:Schedule";

const rule: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating EventBridge Rule (${name})`, "EventBridge: PutRule");
    if (call.world.find(call.place, EVENT_RULE, name))
      throw doing.error("ResourceAlreadyExistsException", `Rule ${name} already exists.`);
    settleRule(call, doing);
    return { id: name, name, attrs: { arn: arn("events", call.place, `rule/${name}`) } };
  },
  update(call, { id }) {
    settleRule(call, new Doing(`updating EventBridge Rule (${id})`, "EventBridge: PutRule"));
    return {};
  },
  inUse({ id }) {
    const doing = `deleting EventBridge Rule (${id})`;
    return awsError(
      doing,
      "EventBridge: DeleteRule",
      "DependencyViolation",
      "Rule can't be deleted since it has targets.",
    );
  },
};

function settleRule({ args }: Call, doing: Doing): void {
  if ((args["eventBusName"] ?? "default") !== "default")
    throw doing.error("ResourceNotFoundException", `Event bus ${String(args["eventBusName"])} does not exist.`);
  const name = String(args["name"]);
  if (!/^[.\w-]+$/.test(name))
    throw doing.error("ValidationException", `Rule name ${name} does not match [.\\-_A-Za-z0-9]+`);
  const pattern = text(args["eventPattern"]);
  const fault = pattern === undefined ? undefined : unfitPattern(pattern);
  if (fault !== undefined)
    throw doing.error("InvalidEventPatternException", `Event pattern is not valid. Reason: ${fault}`);
  const schedule = text(args["scheduleExpression"]);
  if (schedule !== undefined && !isSchedule(schedule))
    throw doing.error("ValidationException", "Parameter ScheduleExpression is not valid.");
}

/** Source: EventBridge User Guide, Event patterns: every leaf is a list. */
function unfitPattern(document: string): string | undefined {
  const visit = (value: unknown, path: string): string | undefined => {
    if (Array.isArray(value)) return value.length > 0 ? undefined : `Empty arrays are not allowed: ${path}`;
    if (!isRecord(value)) return `"${path}" must be an object or an array`;
    return Object.entries(value)
      .map(([name, item]) => visit(item, name))
      .find((fault) => fault !== undefined);
  };
  const pattern = JSON.parse(document) as unknown;
  if (!isRecord(pattern) || Object.keys(pattern).length === 0) return "Filter is not an object";
  return visit(pattern, "");
}

/** Source: EventBridge User Guide, Schedule expressions. */
function isSchedule(expression: string): boolean {
  const [, one, count] = /^rate\((1 (?:minute|hour|day)|(\d+) (?:minutes|hours|days))\)$/.exec(expression) ?? [];
  if (one !== undefined) return count === undefined || Number(count) > 1;
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  if (fields === undefined) return false;
  // One of day of month and day of week has to be ?.
  return fields.length === 6 && (fields[2] === "?") !== (fields[4] === "?");
}

const target: Handler = {
  create(call) {
    const name = String(call.args["rule"]);
    const doing = new Doing(`creating EventBridge Target (${name})`, "EventBridge: PutTargets");
    const found = call.world.find(call.place, EVENT_RULE, name);
    if (!found) throw doing.error("ResourceNotFoundException", `Rule ${name} does not exist on EventBus default.`);
    const targetId = text(call.args["targetId"]) ?? `pulumi-${call.tx.hex("target", 26)}`;
    const peers = call.world.referrers(found, EVENT_TARGET);
    // Source: EventBridge User Guide, Quotas, targets per rule.
    if (peers.length >= 5)
      throw doing.error("LimitExceededException", "The requested resource exceeds the maximum number allowed.");
    const id = `${name}-${targetId}`;
    if (peers.some((one) => one.id === id))
      throw doing.error("ResourceAlreadyExistsException", `Target ${targetId} already exists.`);
    settleTarget(call, doing);
    return { id, attrs: { targetId }, uses: [found] };
  },
  update(call, { id, uses }) {
    settleTarget(call, new Doing(`updating EventBridge Target (${id})`, "EventBridge: PutTargets"));
    return { uses: uses.map((key) => call.world.get(key)) };
  },
  outputs: ({ args }) => ({ eventBusName: args["eventBusName"] ?? "default" }),
  inUse: ({ id }) => new Error(`nothing can use target ${id}`),
};

/** Source: EventBridge API Reference, Target: input in one way; a dead-letter queue that is a standard queue of the region. */
function settleTarget({ world, args }: Call, doing: Doing): Made {
  const ways = ["input", "inputPath", "inputTransformer"].filter((name) => args[name] !== undefined);
  if (ways.length > 1)
    throw doing.error(
      "ValidationException",
      "Only one of Input, InputPath, or InputTransformer must be provided for a target",
    );
  if (!/^arn:aws:[a-z0-9-]+:/.test(String(args["arn"])))
    throw doing.error(
      "ValidationException",
      `Parameter ${String(args["arn"])} is not valid. Reason: Provided Arn is not in correct format.`,
    );
  const dead = isRecord(args["deadLetterConfig"]) ? text(args["deadLetterConfig"]["arn"]) : undefined;
  if (dead !== undefined && (!queueAt(world, dead) || dead.endsWith(".fifo")))
    throw doing.error(
      "ValidationException",
      `Parameter deadLetterConfig is not valid: there is no standard queue ${dead}`,
    );
  return {};
}

/**
 * Why a target of a rule gets no events although the rule fits, or undefined. EventBridge takes a target without asking
 * whether it may deliver there; the events are lost later. Source: EventBridge User Guide, Resource-based policies.
 */
export function undelivered(world: World, one: CloudObject): string | undefined {
  const to = String(one.args["arn"]);
  const source = arn("events", one, `rule/${String(one.args["rule"])}`);
  const context = { "aws:SourceArn": source, "aws:SourceAccount": one.account };
  const asker = { service: "events.amazonaws.com" };
  const service = to.split(":")[2];
  if (service === "sns" || service === "sqs") {
    const found = service === "sns" ? topicAt(world, to) : queueAt(world, to);
    if (!found) return `${to} does not exist`;
    const action = service === "sns" ? "sns:Publish" : "sqs:SendMessage";
    const policy = messagePolicy(world, found) ?? "{}";
    return admits(policy, asker, action, to, context) ? undefined : `the policy of ${to} does not let EventBridge in`;
  }
  if (service === "lambda") {
    const found = functionAt(world, to);
    if (!found) return `${to} does not exist`;
    const allowed = functionPolicy(world, found, "events.amazonaws.com", source, one.account);
    return allowed ? undefined : `${to} does not let EventBridge invoke it`;
  }
  if (service !== "logs") return `the sandbox does not know targets of ${String(service)}`;
  const allowed = logPolicies(world, one).some((policy) =>
    ["logs:CreateLogStream", "logs:PutLogEvents"].every((action) => admits(policy, asker, action, `${to}:*`, context)),
  );
  return allowed ? undefined : `no resource policy of CloudWatch Logs lets EventBridge write to ${to}`;
}

const schedule: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating Amazon EventBridge Scheduler Schedule (${name})`, "Scheduler: CreateSchedule");
    const id = `default/${name}`;
    if (call.world.find(call.place, SCHEDULE, id))
      throw doing.error("ConflictException", `Schedule ${name} already exists.`);
    settleSchedule(call, doing);
    return { id, name, attrs: { arn: arn("scheduler", call.place, `schedule/${id}`), groupName: "default" } };
  },
  update(call, { id }) {
    settleSchedule(
      call,
      new Doing(`updating Amazon EventBridge Scheduler Schedule (${id})`, "Scheduler: UpdateSchedule"),
    );
    return {};
  },
  outputs: ({ args }) => ({ actionAfterCompletion: args["actionAfterCompletion"] ?? "NONE", groupName: "default" }),
  inUse: ({ id }) => new Error(`nothing can use schedule ${id}`),
};

/** Source: EventBridge Scheduler API Reference, CreateSchedule. */
function settleSchedule(call: Call, doing: Doing): void {
  const { args, world, place } = call;
  const expression = String(args["scheduleExpression"]);
  if (!isSchedule(expression) && !/^at\(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\)$/.test(expression))
    throw doing.error("ValidationException", `Invalid Schedule Expression ${expression}.`);
  const window = isRecord(args["flexibleTimeWindow"]) ? args["flexibleTimeWindow"] : {};
  if ((window["mode"] === "FLEXIBLE") !== (window["maximumWindowInMinutes"] !== undefined))
    throw doing.error("ValidationException", "MaximumWindowInMinutes goes with the mode FLEXIBLE, and with it alone.");
  const to = isRecord(args["target"]) ? args["target"] : {};
  const source = arn("scheduler", place, `schedule-group/default`);
  if (!assumable(world, to["roleArn"], "scheduler.amazonaws.com", place.account, source)) {
    const message = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.";
    throw doing.error("ValidationException", message);
  }
  usableKey(call, doing, args["kmsKeyArn"], "ValidationException");
}

export const EVENT_HANDLERS: Record<string, Handler> = {
  [EVENT_RULE]: rule,
  [EVENT_TARGET]: target,
  [SCHEDULE]: schedule,
};
