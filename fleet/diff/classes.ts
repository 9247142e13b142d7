/** Customers whose changes are the same but for what is each one's own. */
import { createHash } from "node:crypto";
import type { CustomerDiff, DiffClass } from "./types.ts";

type Changes = Pick<CustomerDiff, "resources" | "outages">;

/** Keys of a loaded customer whose values are its own wherever they turn up. */
const OWN_KEYS = new Set([
  ...["name", "displayName", "projectID", "region", "accountID", "key", "subnet", "domain", "source"],
  ...["destination", "targetService", "dnsName", "serviceAccount"],
]);

/** Words that are one customer's own: names, ids, domains. @param customer as any version of the program loads it */
export function ownWords(customer: unknown): readonly string[] {
  const words = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (typeof item === "string" && item !== "" && OWN_KEYS.has(key)) words.add(item);
      collect(item);
    }
  };
  collect(customer);
  return [...words];
}

/** What is a customer's own by its form: ranges, addresses, ids of AWS, availability zones, hashes, account numbers. */
const FORMS: readonly [name: string, pattern: string][] = [
  ["range", String.raw`\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}`],
  ["address", String.raw`\d{1,3}(?:\.\d{1,3}){3}`],
  ["service", String.raw`vpce-svc-[0-9a-f]+`],
  ["endpoint", String.raw`vpce-[0-9a-f]+-[0-9a-z]+`],
  ["zone", String.raw`[a-z]{2,5}\d-az\d`],
  ["account", String.raw`\d{12}`],
  ["hash", String.raw`[0-9a-f]{64}|(?=[a-f]*\d)[0-9a-f]{8}`],
];

const escaped = (word: string): string => word.replace(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);

/** Finds everything that is the customer's own; the longest word first, whole words alone. */
function finder(own: readonly string[]): RegExp {
  const words = [...own].sort((a, b) => b.length - a.length || (a < b ? -1 : 1)).map(escaped);
  const alternatives = [
    ...(words.length === 0 ? [] : [`(?<own>${words.join("|")})`]),
    ...FORMS.map(([name, pattern]) => `(?<${name}>${pattern})`),
  ];
  return new RegExp(`(?<![A-Za-z0-9])(?:${alternatives.join("|")})(?![A-Za-z0-9])`, "g");
}

type Groups = Readonly<Record<string, string | undefined>>;

function replaced(text: string, find: RegExp, stand: (form: string, found: string) => string): string {
  return text.replace(find, (found: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Groups;
    return stand(Object.keys(groups).find((name) => groups[name] !== undefined) ?? "own", found);
  });
}

/**
 * A short hash of a customer's changes with everything of its own replaced, the same thing always by the same stand-in.
 * Equal for two customers whose changes differ in nothing else; stable from run to run.
 */
export function classId({ resources, outages }: Changes, own: readonly string[]): string {
  const find = finder(own);
  // Names decide the order of resources, and names are the customer's own: the order is made anew without them.
  const parts = [...resources, ...outages].map((part) => {
    const text = JSON.stringify(part);
    return { text, order: replaced(text, find, (form) => `<${form}>`) };
  });
  parts.sort((a, b) => (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  const numbers = new Map<string, number>();
  const text = replaced(parts.map((part) => part.text).join("\n"), find, (form, found) => {
    if (!numbers.has(found)) numbers.set(found, numbers.size);
    return form === "hash" ? "<hash>" : `<${form} ${numbers.get(found)}>`;
  });
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** A customer's changes and the class they belong to. */
export interface Classified {
  readonly diff: CustomerDiff;
  readonly id: string;
}

/** The classes, most severe first: those with outages or deletions before the others, then by number of customers. */
export function classesOf(classified: readonly Classified[]): readonly DiffClass[] {
  const members = new Map<string, CustomerDiff[]>();
  for (const { diff, id } of classified) members.set(id, [...(members.get(id) ?? []), diff]);
  const classes = [...members].map(([id, diffs]): DiffClass => {
    const [example, ...others] = diffs.sort((a, b) => (a.stack < b.stack ? -1 : 1));
    const { stack, resources, outages } = example!;
    return { id, customers: [stack, ...others.map((other) => other.stack)], example: stack, resources, outages };
  });
  return classes.sort(
    (a, b) => severity(b) - severity(a) || b.customers.length - a.customers.length || (a.example < b.example ? -1 : 1),
  );
}

/** 2 where something is down with nothing in its place, 1 where something is down or deleted, else 0. */
function severity({ resources, outages }: Changes): number {
  if (outages.some(({ redundant }) => !redundant)) return 2;
  return outages.length > 0 || resources.some(({ kind }) => kind === "delete") ? 1 : 0;
}
