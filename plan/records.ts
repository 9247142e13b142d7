/** A record of the same keys with each value changed. */
export const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

/** @throws RangeError where there is none: a plan and its values do not belong together */
export function valueOf(values: Readonly<Record<string, string>>, key: string): string {
  const value = values[key];
  if (value === undefined) throw new RangeError(`no value for ${key}`);
  return value;
}
