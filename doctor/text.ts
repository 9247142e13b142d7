import { LINKS, type Diagnosis, type Link, type Way } from "./link.ts";

const WIDTH = Math.max(...LINKS.map((link) => link.length));

const SIDES = { ours: "ours", customer: "the customer's" } as const;

/** A link in one line. */
export function describeLink(link: Link): string {
  const name = link.link.padEnd(WIDTH);
  if (link.ok) return `ok      ${name}  ${link.got}`;
  const { expected, got, side, next } = link;
  return `BROKEN  ${name}  expected ${expected}, got ${got}; ${SIDES[side]} to put right; next: ${next}`;
}

const who = ({ view }: Way): string => (view === "guest" ? "a guest" : "the executor");

const describeWay = (way: Way): readonly string[] => [
  "",
  `${way.key}: from ${who(way)} to ${way.name}:${way.port}`,
  ...way.links.map(describeLink),
];

/** A diagnosis as a person reads it: one line a link, and what came of it. */
export function describeDiagnosis({ customer, configuration, ways, healthy }: Diagnosis): string {
  const lost = ways.filter(({ reachable }) => !reachable);
  const end = healthy
    ? `${customer}: everything can be reached`
    : `${customer}: ${[...(configuration.ok ? [] : ["configuration"]), ...lost.map((way) => `${way.key} from ${who(way)}`)].join(", ")} broken`;
  return `${[describeLink(configuration), ...ways.flatMap(describeWay), "", end].join("\n")}\n`;
}
