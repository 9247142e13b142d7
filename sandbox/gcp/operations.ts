/** What runs by itself and what tells when it does not: Cloud Run jobs, schedules, secrets, alerts. */
import { CloudError, googleError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, isEmpty, isRecord, list, text, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { Doing, numericId, timestamp } from "./common.ts";

export const RUN_JOB = "gcp:cloudrunv2/job:Job";
export const SCHEDULER_JOB = "gcp:cloudscheduler/job:Job";
export const SECRET = "gcp:secretmanager/secret:Secret";
export const SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion";
const ALERT_POLICY = "gcp:monitoring/alertPolicy:AlertPolicy";

function fresh(call: Call, doing: Doing, type: string, id: string): string {
  if (call.world.find(call.place, type, id)) throw doing.error("alreadyExists", `Resource '${id}' already exists.`);
  return id;
}

/** Refuses a deletion the arguments forbid. */
function unprotected({ args, id }: CloudObject, noun: string): void {
  if (args["deletionProtection"] !== true) return;
  const message = `cannot destroy ${noun} ${id} without setting deletion_protection=false and running \`pulumi up\``;
  throw new CloudError("invalid", "deletionProtection", message);
}

const runJob: Handler = {
  create(call) {
    const doing = new Doing("Error creating Job");
    const { account, region } = call.place;
    const name = String(call.args["name"]);
    // Source: Cloud Run Admin API, jobs.create: at most 63 characters.
    if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name))
      throw doing.invalid("name", name, "Up to 63 lower-case letters, digits and hyphens, a letter first.");
    const id = fresh(call, doing, RUN_JOB, `projects/${account}/locations/${region}/jobs/${name}`);
    checkTask(call, doing);
    const now = timestamp();
    return { id, name, attrs: { uid: String(numericId(call)), createTime: now, updateTime: now } };
  },
  update: (call, { id }) => (checkTask(call, new Doing(`Error updating Job "${id}"`)), {}),
  remove: (_call, job) => unprotected(job, "job"),
  outputs: ({ id, args }, world) => ({
    ...{ creator: "", lastModifier: "", deleteTime: "", expireTime: "", executionCount: 0, generation: "1" },
    ...{ observedGeneration: "1", reconciling: false, conditions: [], latestCreatedExecutions: [] },
    ...{ etag: world.hash(id + JSON.stringify(args)).slice(0, 12), launchStage: args["launchStage"] ?? "GA" },
    terminalConditions: [{ type: "Ready", state: "CONDITION_SUCCEEDED" }],
    effectiveAnnotations: args["annotations"] ?? {},
  }),
  inUse: ({ id }) => googleError("Error deleting Job", "invalid", `${id} is in use`),
};

/** Source: Cloud Run Admin API, TaskTemplate: containers, timeout. */
function checkTask({ args }: Call, doing: Doing): void {
  const outer = isRecord(args["template"]) ? args["template"] : {};
  const task = isRecord(outer["template"]) ? outer["template"] : {};
  if (blocks(task["containers"]).length === 0)
    throw doing.invalid("template.template.containers", "", "At least one container must be specified.");
  const timeout = text(task["timeout"]);
  if (timeout !== undefined && !/^\d+(\.\d{1,9})?s$/.test(timeout))
    throw doing.invalid("template.template.timeout", timeout, "It must be seconds followed by s, e.g. 600s.");
}

const schedulerJob: Handler = {
  create(call) {
    const doing = new Doing("Error creating Job");
    const { account, region } = call.place;
    const name = String(call.args["name"]);
    const id = fresh(call, doing, SCHEDULER_JOB, `projects/${account}/locations/${region}/jobs/${name}`);
    checkSchedule(call, doing);
    return { id, name };
  },
  update: (call, { id }) => (checkSchedule(call, new Doing(`Error updating Job "${id}"`)), {}),
  outputs: ({ args }) => ({
    ...{ state: args["paused"] === true ? "PAUSED" : "ENABLED", paused: args["paused"] ?? false },
  }),
  inUse: ({ id }) => googleError("Error deleting Job", "invalid", `${id} is in use`),
};

/** Source: Cloud Scheduler documentation, Cron job format, and HTTP targets with authentication. */
function checkSchedule({ args }: Call, doing: Doing): void {
  const schedule = text(args["schedule"]) ?? "";
  if (!/^(\S+\s+){4}\S+$/.test(schedule) && !/^every /.test(schedule))
    throw doing.invalid("schedule", schedule, "Schedule or time zone is invalid: five cron fields are needed.");
  const target = isRecord(args["httpTarget"]) ? args["httpTarget"] : {};
  if (!/^https?:\/\//.test(String(target["uri"])))
    throw doing.invalid("httpTarget.uri", target["uri"], "It must be an HTTP or HTTPS URL.");
  if (!isEmpty(target["oauthToken"]) && !isEmpty(target["oidcToken"]))
    throw doing.invalid("httpTarget", "oauthToken, oidcToken", "Only one of them can be specified.");
}

const secret: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing("Error creating Secret");
    const name = text(call.args["secretId"]) ?? "";
    if (!/^[A-Za-z0-9_-]{1,255}$/.test(name))
      throw doing.invalid("secretId", name, "1 to 255 letters, digits, hyphens and underscores.");
    const id = fresh(call, doing, SECRET, `projects/${call.place.account}/secrets/${name}`);
    const replication = isRecord(call.args["replication"]) ? call.args["replication"] : {};
    const ways = ["auto", "userManaged"].filter((way) => replication[way] !== undefined);
    if (ways.length !== 1)
      throw doing.invalid("replication", ways.join(","), "Exactly one of auto and userManaged must be specified.");
    return { id, name, attrs: { name: id, createTime: timestamp() } };
  },
  remove: (_call, object) => unprotected(object, "secret"),
  outputs: ({ args }) => ({ effectiveAnnotations: args["annotations"] ?? {}, expireTime: args["expireTime"] ?? "" }),
  inUse: ({ id }) => googleError("Error deleting Secret", "invalid", `${id} is in use`),
};

/** A version of a secret. Its value is in the world as a keyed hash alone, and not even that where it is write-only. */
const secretVersion: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing("Error creating SecretVersion");
    const given = String(call.args["secret"]);
    const path = given.startsWith("projects/") ? given : `projects/${call.place.account}/secrets/${given}`;
    const parent = call.world.find({ ...call.place, account: path.split("/")[1]! }, SECRET, path);
    if (!parent) throw doing.error("notFound", `Secret [${path}] not found or has no versions.`);
    // Source: Secret Manager documentation, Quotas and limits: 64 KiB a version.
    const value = text(call.args["secretData"]) ?? text(call.args["secretDataWo"]) ?? "";
    if (Buffer.byteLength(value) > 65536)
      throw doing.error("invalid", "The secret payload is larger than 65536 bytes.");
    const version = String(call.tx.next(`secret ${path}`));
    const id = `${path}/versions/${version}`;
    return { id, name: id, attrs: { name: id, version, createTime: timestamp() }, within: [parent] };
  },
  outputs: () => ({ destroyTime: "" }),
  inUse: ({ id }) => googleError("Error deleting SecretVersion", "invalid", `${id} is in use`),
};

const alertPolicy: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing("Error creating AlertPolicy");
    checkConditions(call.args, doing);
    const id = `projects/${call.place.account}/alertPolicies/${numericId(call)}`;
    return { id, name: String(call.args["displayName"]), attrs: { name: id } };
  },
  update: ({ args }, { id }) => (checkConditions(args, new Doing(`Error updating AlertPolicy "${id}"`)), {}),
  outputs: () => ({ creationRecords: [] }),
  inUse: ({ id }) => googleError("Error deleting AlertPolicy", "invalid", `${id} is in use`),
};

/** Source: Cloud Monitoring API, AlertPolicy: one to six conditions, each of one kind. */
function checkConditions(args: Values, doing: Doing): void {
  const conditions = list(args["conditions"]).filter(isRecord);
  if (conditions.length < 1 || conditions.length > 6)
    throw doing.invalid("conditions", conditions.length, "1 to 6 conditions must be specified.");
  const wrong = conditions.find(
    (one) => Object.keys(one).filter((name) => name.startsWith("condition") && !isEmpty(one[name])).length !== 1,
  );
  if (wrong)
    throw doing.invalid("conditions", text(wrong["displayName"]) ?? "", "A condition must be of exactly one kind.");
  for (const [index, { conditionThreshold: threshold }] of conditions.entries())
    if (isRecord(threshold)) checkTimes(threshold, `conditions[${index}].condition_threshold`, doing);
}

/** Source: Cloud Monitoring API, AlertPolicy, MetricThreshold.duration and Aggregation.alignmentPeriod. */
function checkTimes(threshold: Values, field: string, doing: Doing): void {
  const seconds = (given: unknown): number => Number(/^(\d+)(\.\d+)?s$/.exec(String(given))?.[1] ?? Number.NaN);
  const duration = threshold["duration"];
  if (duration !== undefined && seconds(duration) % 60 !== 0)
    throw doing.invalid(`${field}.duration`, duration, "It must be a multiple of a minute, in seconds.");
  for (const { alignmentPeriod: period } of blocks(threshold["aggregations"]))
    if (period !== undefined && !(seconds(period) >= 60))
      throw doing.invalid(`${field}.aggregations`, period, "The alignment period must be at least 60 seconds.");
}

export const OPERATION_HANDLERS: Record<string, Handler> = {
  [RUN_JOB]: runJob,
  [SCHEDULER_JOB]: schedulerJob,
  [SECRET]: secret,
  [SECRET_VERSION]: secretVersion,
  [ALERT_POLICY]: alertPolicy,
};
