import { resolve } from "node:path";
import type { Customer } from "../plan/customer.ts";
import type { Deployed } from "../plan/deployed.ts";
import { ConfigError } from "../plan/errors.ts";
import type { Issue } from "../plan/errors.ts";
import type { Partly } from "../plan/partly.ts";
import { validParts } from "./lenient.ts";
import { normalise } from "./normalise.ts";
import { formatPath } from "./paths.ts";
import { refusals } from "./problems.ts";
import type { Refused } from "./problems.ts";
import { parseSource, readBytes } from "./read.ts";
import type { Problem, Source } from "./read.ts";
import { Check } from "./rules/check.ts";
import { deliverable, runnable } from "./rules/deliverable.ts";
import { compare, notePermits } from "./rules/deployed.ts";
import { RULES } from "./rules/index.ts";
import { CustomerFile } from "./schema.ts";

export { customerJsonSchema } from "./schema.ts";

/** A customer file that may be deployed, and what its author should know all the same. */
export interface Loaded {
  readonly customer: Customer;
  /** No mistakes: in file order. */
  readonly notes: readonly Issue[];
}

export interface LoadOptions {
  /** ISO date that certificates and permits are measured against; this day (UTC) by default. */
  readonly today?: string;
  /**
   * What the last update left: `null` where there was none yet, left out where nobody knows (an offline check). The
   * rules that compare are silent then.
   */
  readonly deployed?: Deployed | null;
  /**
   * For whoever deploys nothing yet, or takes down: a certificate that ended is a note. Nobody is kept from a stack by
   * the calendar.
   * @default false
   */
  readonly lenient?: boolean;
}

/** The valid parts of a file's content and everything wrong with it so far. */
interface Parts extends Refused {
  readonly parts: Partly<CustomerFile>;
}

function readParts(source: Source): Parts {
  const result = CustomerFile.safeParse(source.value);
  if (result.success && source.problems.length === 0) return { parts: result.data, problems: [], meant: [] };
  const { problems: refused, meant } = refusals(result.error?.issues ?? [], source.value, source.problems);
  const problems = [...source.problems, ...refused];
  const broken = new Set([...problems.map(({ path }) => path), ...meant].map(formatPath));
  const parts = validParts(CustomerFile, source.value, (path) => broken.has(formatPath(path)));
  return { parts: parts ?? {}, problems, meant };
}

/** Problems as issues, in the order of the file. */
function toIssues(problems: readonly Problem[], source: Source, file: string): readonly Issue[] {
  return problems
    .map((problem): Required<Issue> => {
      return { file, position: source.position(problem), path: formatPath(problem.path), message: problem.message };
    })
    .sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
}

/**
 * The customer a text describes, checked as far as that goes without an account and normalised once.
 * @param content YAML as text or UTF-8 bytes.
 * @param file How to name the file in messages.
 * @throws ConfigError with every problem at once, in file order.
 */
export function parseCustomer(content: Uint8Array | string, file: string, options: LoadOptions = {}): Loaded {
  const today = options.today ?? new Date().toISOString().slice(0, 10);
  const source = parseSource(content, file);
  const { parts, problems, meant } = readParts(source);
  const check = new Check({
    file: parts,
    problems,
    meant,
    today,
    deployed: options.deployed,
    lenient: options.lenient ?? false,
  });
  for (const rule of RULES) rule(check);
  const customer = normalise(parts, today);
  compare(check, customer);
  if (check.problems.length === 0) {
    deliverable(check, customer as Customer);
    runnable(check, customer as Customer);
  }
  if (check.problems.length > 0) throw new ConfigError(toIssues(check.problems, source, file));
  notePermits(check, customer);
  // Nothing was refused, so the schema has filled in every part.
  return { customer: customer as Customer, notes: toIssues(check.notes, source, file) };
}

/**
 * The customer a file describes.
 * @param file Path as the person named it, relative to `root` where that is given, else to the working directory.
 * @throws ConfigError where there is no such file, and as `parseCustomer` does.
 */
export function loadCustomer(file: string, options: LoadOptions & { readonly root?: string } = {}): Loaded {
  const { root, ...rest } = options;
  return parseCustomer(readBytes(file, root === undefined ? file : resolve(root, file)), file, rest);
}
