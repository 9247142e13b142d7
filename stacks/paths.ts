/** Where a value is in a file: keys of blocks and indexes of lists, from the root. */
export type Path = readonly (string | number)[];

const PLAIN_KEY = /^[\w-]+$/;

/** Text of a path: `a.b[0].c`; a key that holds anything but letters, digits, `_` and `-` is quoted: `a["b.c"]`. */
export const formatPath = (path: Path): string =>
  path
    .map((step, index) => {
      if (typeof step === "number") return `[${step}]`;
      if (!PLAIN_KEY.test(step)) return `[${JSON.stringify(step.length > 80 ? `${step.slice(0, 80)}…` : step)}]`;
      return index === 0 ? step : `.${step}`;
    })
    .join("");

/** Whether `inner` is `outer` or lies below it. */
export const isWithin = (outer: Path, inner: Path): boolean =>
  outer.length <= inner.length && outer.every((step, index) => step === inner[index]);

/** A path given below `spec.infrastructure`, from the root. */
export const below = (...steps: (string | number)[]): Path => ["spec", "infrastructure", ...steps];
