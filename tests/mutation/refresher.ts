/** Whether a token is kept fresh: a job that may trade its identity, the schedule that starts it, and the secret it fills. */
import type { CodeArtifact } from "../../plan/codeArtifact/customer.ts";
import type { Customer } from "../../plan/customer.ts";
import { opensIncident } from "../../sandbox/gcp/alertState.ts";
import { blocks, isRecord, list, text, type Values } from "../../sandbox/values.ts";
import type { CloudObject } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";

const ACCOUNT = "gcp:serviceaccount/account:Account";
const JOB = "gcp:cloudrunv2/job:Job";
const SCHEDULE = "gcp:cloudscheduler/job:Job";
const SECRET = "gcp:secretmanager/secret:Secret";
const SECRET_MEMBER = "gcp:secretmanager/secretIamMember:SecretIamMember";
const JOB_MEMBER = "gcp:cloudrunv2/jobIamMember:JobIamMember";
const ALERT = "gcp:monitoring/alertPolicy:AlertPolicy";

export function refresherTrouble({ ours }: Aftermath, customer: Customer): string | undefined {
  for (const { origin } of customer.registries) {
    if (origin.kind !== "codeArtifact" || origin.codeArtifact.consumer.serviceAccountID !== undefined) continue;
    const only = (type: string) => ours.find((one) => one.type === type);
    const [account, job, secret] = [only(ACCOUNT), only(JOB), only(SECRET)];
    if (account === undefined || job === undefined || secret === undefined) return "no token is kept fresh";
    const email = `serviceAccount:${String(account.attrs["email"])}`;
    const trouble =
      memberTrouble(ours, { email, secret, job }, customer) ??
      jobTrouble(ours, job, secret, account, origin.codeArtifact) ??
      scheduleTrouble(only(SCHEDULE), job, account, origin.codeArtifact) ??
      alertTrouble(only(ALERT), job, origin.codeArtifact);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

interface Holding {
  readonly email: string;
  readonly secret: CloudObject;
  readonly job: CloudObject;
}

/** Source: Secret Manager documentation, Access control with IAM; Cloud Run, IAM roles. */
function memberTrouble(
  ours: readonly CloudObject[],
  { email, secret, job }: Holding,
  customer: Customer,
): string | undefined {
  const wanted = [
    `${secret.name} roles/secretmanager.secretVersionManager ${email}`,
    `${secret.name} roles/secretmanager.secretAccessor serviceAccount:${customer.executors.serviceAccount}`,
    `${job.name} roles/run.invoker ${email}`,
  ];
  const found = ours
    .filter(({ type }) => type === SECRET_MEMBER || type === JOB_MEMBER)
    .map(({ type, args }) => {
      const on = String(type === SECRET_MEMBER ? args["secretId"] : args["name"]);
      return `${on.split("/").at(-1)} ${String(args["role"])} ${String(args["member"])}`;
    });
  const lacking = wanted.find((one) => !found.includes(one));
  if (lacking !== undefined) return `nobody gives ${lacking}`;
  const other = found.find((one) => !wanted.includes(one));
  return other && `${other} was given, which nothing needs`;
}

/** What the job is told, against what is in the clouds and in the file. */
function jobTrouble(
  ours: readonly CloudObject[],
  job: CloudObject,
  secret: CloudObject,
  account: CloudObject,
  registry: CodeArtifact,
): string | undefined {
  const outer = isRecord(job.args["template"]) ? job.args["template"] : {};
  const task = isRecord(outer["template"]) ? outer["template"] : {};
  const [container] = blocks(task["containers"]);
  const given = Object.fromEntries(blocks(container?.["envs"]).map(({ name, value }) => [String(name), value]));
  const role = ours.find(
    ({ type, args }) => type === "aws:iam/role:Role" && text(args["assumeRolePolicy"])?.includes("accounts.google.com"),
  );
  const wanted: Values = {
    AUDIENCE: `https://codeartifact/${registry.accountID}/${registry.domain}`,
    ROLE_ARN: role?.attrs["arn"],
    AWS_REGION: registry.region,
    DOMAIN: registry.domain,
    DOMAIN_OWNER: registry.accountID,
    TOKEN_SECONDS: String(registry.consumer.tokenTTLSeconds),
    SECRET: `projects/${secret.account}/secrets/${secret.name}`,
  };
  const wrong = Object.entries(wanted).find(([name, value]) => given[name] !== value);
  if (wrong !== undefined) return `${job.name} is told another ${wrong[0]}`;
  if (task["serviceAccount"] !== account.attrs["email"]) return `${job.name} runs as somebody else`;
  if (container?.["image"] !== registry.consumer.image) return `${job.name} runs another image than the file's`;
  const command = [...list(container["commands"]), ...list(container["args"])];
  const runs =
    command[0] === "node" && command[1] === "--input-type=module" && command[2] === "--eval" && command.length === 4;
  if (!runs || !compiles(String(command[3]))) return `${job.name} runs no script`;
  // a try takes seconds; one that hangs has to end before the next one starts
  const seconds = Number(String(task["timeout"]).replace(/s$/, ""));
  const patient = Number(task["maxRetries"]) >= 1 && seconds >= 60 && seconds <= registry.consumer.refreshMinutes * 60;
  return patient && (outer["taskCount"] ?? 1) === 1 ? undefined : `${job.name} tries too seldom or too long`;
}

/** Whether a module is whole: every bracket that is opened is closed, and it is no stub. */
const compiles = (script: string): boolean => {
  const count = (of: string): number => script.split(of).length - 1;
  return script.length > 500 && count("{") === count("}") && count("(") === count(")");
};

/** Source: Cloud Scheduler documentation, Execute Cloud Run jobs on a schedule. */
function scheduleTrouble(
  schedule: CloudObject | undefined,
  job: CloudObject,
  account: CloudObject,
  { consumer }: CodeArtifact,
): string | undefined {
  if (schedule === undefined || schedule.args["paused"] === true) return "nothing starts the refresher";
  const target = isRecord(schedule.args["httpTarget"]) ? schedule.args["httpTarget"] : {};
  const token = isRecord(target["oauthToken"]) ? target["oauthToken"] : {};
  const uri = `https://run.googleapis.com/v2/projects/${job.account}/locations/${job.region}/jobs/${job.name}:run`;
  if (target["uri"] !== uri || target["httpMethod"] !== "POST") return `${schedule.name} starts something else`;
  if (token["serviceAccountEmail"] !== account.attrs["email"])
    return `${schedule.name} starts the job as somebody else`;
  const minutes = consumer.refreshMinutes;
  const wanted = minutes < 60 ? `*/${minutes} * * * *` : minutes === 60 ? "0 * * * *" : `0 */${minutes / 60} * * *`;
  if (schedule.args["schedule"] !== wanted) return `${schedule.name} runs at ${text(schedule.args["schedule"])}`;
  const retry = isRecord(schedule.args["retryConfig"]) ? schedule.args["retryConfig"] : {};
  return Number(retry["retryCount"] ?? 0) >= 1 ? undefined : `${schedule.name} does not try again`;
}

/** Two runs in a row that failed are told, one is not. Source: Cloud Run documentation, Monitor jobs, metrics. */
function alertTrouble(
  alert: CloudObject | undefined,
  job: CloudObject,
  { consumer }: CodeArtifact,
): string | undefined {
  if (alert === undefined) return "nobody hears of failed refreshes";
  const labels = {
    ...{ "resource.type": "cloud_run_job", "metric.type": "run.googleapis.com/job/completed_execution_count" },
    ...{ "resource.labels.job_name": job.name!, "metric.labels.result": "failed" },
  };
  const seconds = consumer.refreshMinutes * 60;
  const opens = (points: readonly number[], changes = {}): boolean =>
    opensIncident(alert, { labels: { ...labels, ...changes }, points, seconds });
  if (!opens([0, 0, 1, 1])) return `${alert.name} does not hear of two failures`;
  if (opens([0, 0, 0, 1]) || opens([1, 1], { "metric.labels.result": "succeeded" }))
    return `${alert.name} is raised early`;
  return opens([1, 1], { "resource.labels.job_name": "other" }) ? `${alert.name} hears of other jobs` : undefined;
}
