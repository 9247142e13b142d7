/** Whether an alerting policy opens an incident. Source: Cloud Monitoring documentation, Behavior of metric-based alerting policies. */
import { blocks, isRecord, text } from "../values.ts";
import type { CloudObject } from "../world.ts";

/** One time series. */
export interface Series {
  /** By the names of filters, e.g. `metric.type`, `resource.labels.region`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Values, the newest last, one every `seconds`. */
  readonly points: readonly number[];
  readonly seconds: number;
}

export function opensIncident({ args }: CloudObject, series: Series): boolean {
  if (args["enabled"] === false) return false;
  const met = blocks(args["conditions"]).map(({ conditionThreshold }) => holds(conditionThreshold, series));
  return args["combiner"] === "OR" ? met.includes(true) : met.length > 0 && met.every(Boolean);
}

function holds(condition: unknown, { labels, points, seconds }: Series): boolean {
  if (!isRecord(condition) || !selects(text(condition["filter"]) ?? "", labels)) return false;
  const [aggregation] = blocks(condition["aggregations"]);
  const period = inSeconds(aggregation?.["alignmentPeriod"]) ?? seconds;
  const align = ALIGNERS[text(aggregation?.["perSeriesAligner"]) ?? "ALIGN_NONE"];
  const compare = COMPARISONS[String(condition["comparison"])];
  const window = points.slice(-Math.max(1, Math.floor(period / seconds)));
  const long = (inSeconds(condition["duration"]) ?? 0) <= points.length * seconds;
  if (align === undefined || compare === undefined || !long) return false;
  return compare(align(window), Number(condition["thresholdValue"] ?? 0));
}

/** Whether a filter of `name = "text"` terms selects a series. Source: Cloud Monitoring documentation, Monitoring filters. */
function selects(filter: string, labels: Readonly<Record<string, string>>): boolean {
  const terms = filter.split(/\s+AND\s+/).map((term) => /^([\w.]+)\s*=\s*"([^"]*)"$/.exec(term.trim()));
  return terms.every((term) => term !== null && labels[term[1]!] === term[2]);
}

function inSeconds(duration: unknown): number | undefined {
  const found = /^(\d+)s$/.exec(String(duration))?.[1];
  return found === undefined ? undefined : Number(found);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Source: Cloud Monitoring API, Aligner. */
const ALIGNERS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  ALIGN_NONE: (values) => values.at(-1)!,
  ALIGN_NEXT_OLDER: (values) => values.at(-1)!,
  ALIGN_MAX: (values) => Math.max(...values),
  ALIGN_MIN: (values) => Math.min(...values),
  ALIGN_MEAN: (values) => sum(values) / values.length,
  ALIGN_SUM: sum,
  ALIGN_COUNT: (values) => values.length,
  ALIGN_DELTA: sum,
};

const COMPARISONS: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  COMPARISON_GT: (value, threshold) => value > threshold,
  COMPARISON_LT: (value, threshold) => value < threshold,
};
