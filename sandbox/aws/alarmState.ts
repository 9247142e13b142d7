/** What an alarm of CloudWatch says of a metric. Source: Amazon CloudWatch User Guide, Alarm evaluation. */
import { isRecord, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

/** A metric that has had the same value in every minute for a while. */
export interface Measured {
  /** Absent where nothing was measured. */
  readonly value?: number;
  readonly minutes: number;
}

/** Whether an alarm is on the metric with exactly these dimensions: CloudWatch adds nothing up across them. */
export function watches({ args }: CloudObject, namespace: string, metricName: string, dimensions: Values): boolean {
  const given = isRecord(args["dimensions"]) ? args["dimensions"] : {};
  const names = new Set([...Object.keys(given), ...Object.keys(dimensions)]);
  return (
    args["namespace"] === namespace &&
    args["metricName"] === metricName &&
    [...names].every((name) => given[name] === dimensions[name])
  );
}

/** The state an alarm is in once the metric has had its value for that long; an alarm begins without data. */
export function alarmState({ args }: CloudObject, { value, minutes }: Measured): AlarmState {
  const seconds = Number(args["period"]);
  if (value === undefined) {
    const treated = args["treatMissingData"] ?? "missing";
    return treated === "breaching" ? "ALARM" : treated === "notBreaching" ? "OK" : "INSUFFICIENT_DATA";
  }
  const threshold = Number(args["threshold"]);
  const compare = COMPARISONS[String(args["comparisonOperator"])];
  if (compare === undefined || !compare(statistic(String(args["statistic"]), value, seconds), threshold)) return "OK";
  const needed = Number(args["datapointsToAlarm"] ?? args["evaluationPeriods"]);
  return needed * seconds <= minutes * 60 ? "ALARM" : "OK";
}

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanThreshold: (value, threshold) => value > threshold,
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

/** Of one value a minute. Source: Amazon CloudWatch concepts, Statistics. */
function statistic(name: string, value: number, seconds: number): number {
  const count = Math.max(1, seconds / 60);
  if (name === "Sum") return value * count;
  return name === "SampleCount" ? count : value;
}
