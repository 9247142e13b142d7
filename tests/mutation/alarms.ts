/** Whether whatever goes wrong with a registry raises an alarm that somebody is told of, and nothing else does. */
import type { Customer } from "../../plan/customer.ts";
import { alarmState, watches } from "../../sandbox/aws/alarmState.ts";
import { admits } from "../../sandbox/aws/iamPolicy.ts";
import { messagePolicy, topicAt } from "../../sandbox/aws/notifications.ts";
import { texts } from "../../sandbox/values.ts";
import { keyOf, type CloudObject, type World } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";
import { FAILURES, type Failure } from "./failures.ts";
import { isRegistrys } from "./whose.ts";

const ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm";

/** How long something may be wrong before somebody has to be told, in minutes; of what is measured by the day, a day. */
const patience = ({ metric }: Failure): number =>
  metric === "DaysToExpiry" ? 1440 : metric === "NumberOfBackupJobsFailed" ? 60 : 15;

export function alarmTrouble({ ours, world }: Aftermath, customer: Customer): string | undefined {
  const mine = ours.filter((object) => isRegistrys(object, customer) && object.cloud === "aws");
  const alarms = mine.filter(({ type }) => type === ALARM);
  const heard = new Set<CloudObject>();
  for (const failure of FAILURES) {
    for (const object of mine.filter(({ type, outside }) => type === failure.type && outside !== true)) {
      if (failure.of?.(object, world) === false) continue;
      const trouble = unheard(world, failure, object, alarms, heard);
      if (trouble !== undefined) return trouble;
    }
  }
  const topics = topicsOf(customer);
  return alarms
    .filter((alarm) => alarm.args["namespace"] !== CALLS)
    .map((alarm) => (heard.has(alarm) ? untold(world, alarm, topics) : `${alarm.name} watches what nothing measures`))
    .find((trouble) => trouble !== undefined);
}

/** Of what happened in a domain there is no metric but what filters count, for which see `events.ts`. */
export const CALLS = "Causeway/CodeArtifact";

function unheard(
  world: World,
  failure: Failure,
  object: CloudObject,
  alarms: readonly CloudObject[],
  heard: Set<CloudObject>,
): string | undefined {
  const { namespace, metric, well, ill } = failure;
  const watching = alarms.filter((alarm) => watches(alarm, namespace, metric, failure.dimensions(object, world)));
  const what = `${metric} of ${keyOf(object).split("|").at(-1)}`;
  if (watching.length === 0) return `nobody watches ${what}`;
  for (const alarm of watching) {
    heard.add(alarm);
    const minutes = patience(failure);
    if (alarmState(alarm, { value: ill, minutes }) !== "ALARM") return `${alarm.name} does not hear of ${what}`;
    if (alarmState(alarm, { value: well, minutes }) !== "OK") return `${alarm.name} is raised while all is well`;
    if (alarmState(alarm, { minutes }) === "ALARM") return `${alarm.name} is raised while there is nothing to measure`;
  }
  return undefined;
}

/** Topics of the file: of each account, of what is run and of what is published. */
function topicsOf({ registries }: Customer): ReadonlySet<string> {
  return new Set(
    registries.flatMap(({ origin, publish }) => [
      ...(origin.kind === "selfHosted" ? [origin.selfHosted.alarmTopicArn ?? []].flat() : []),
      ...[publish.aws?.notificationTopicArn ?? []].flat(),
    ]),
  );
}

/** Whether an alarm reaches the topic of the file when it is raised and when it is over. */
function untold(world: World, alarm: CloudObject, topics: ReadonlySet<string>): string | undefined {
  // what is published of a registry run here has no topic of its own in the file
  const silent = /^AWS\/(NetworkELB|PrivateLinkServices)$/.test(String(alarm.args["namespace"]));
  for (const actions of ["alarmActions", "okActions"] as const) {
    const told = texts(alarm.args[actions]);
    if (told.length === 0 && silent && topics.size === 1 && [...topics][0]!.endsWith(":alarms")) continue;
    if (told.length !== 1 || !topics.has(told[0]!)) return `${alarm.name} tells ${told.join(", ") || "nobody"}`;
    const wrong = mayTell(world, alarm, told[0]!);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

/** Source: CloudWatch User Guide, Set up Amazon SNS notifications: a topic with a policy of its own has to let CloudWatch in. */
export function mayTell(world: World, alarm: CloudObject, arn: string): string | undefined {
  if (alarm.args["actionsEnabled"] === false) return `${alarm.name} tells nobody`;
  const topic = topicAt(world, arn);
  if (topic === undefined) return `${alarm.name} tells ${arn}, which does not exist`;
  const context = { "aws:SourceArn": String(alarm.attrs["arn"]), "aws:SourceAccount": alarm.account };
  const policy = messagePolicy(world, topic);
  const open =
    policy === undefined || admits(policy, { service: "cloudwatch.amazonaws.com" }, "sns:Publish", arn, context);
  return open ? undefined : `${arn} does not let CloudWatch in`;
}
