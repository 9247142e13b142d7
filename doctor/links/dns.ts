import { contains, range } from "../../plan/cidr.ts";
import { GUEST_GATEWAY } from "../../plan/guestRules.ts";
import { decodeAnswer, type DnsAnswer } from "../dns.ts";
import type { Expectation, Side, Target } from "../expectation.ts";
import type { Fact, Facts, View } from "../facts.ts";
import { follow } from "../iptables.ts";
import { broken, holds, type Link } from "../link.ts";
import { AGENT } from "../probe.ts";
import { GUEST_PLACE, JOURNAL, missingRule, OUTPUTS, RESTART } from "../wording.ts";

/** Ranges a public name never answers with. Source: RFC 6890; RFC 6598; of the executor, its guests are among them. */
const PRIVATE = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
];

const isWithin = (address: string, ranges: readonly string[]): boolean =>
  ranges.some((one) => contains(range(one), range(`${address}/32`)));

const answerOf = (fact: Fact | undefined): DnsAnswer | undefined =>
  fact?.status === 0 ? decodeAnswer(fact.out) : undefined;

/** Addresses a view was told for a target. */
export const addressesOf = (facts: Facts, view: View, { key }: Target): readonly string[] => [
  ...new Set(answerOf(facts.one(view, "dns", key))?.addresses),
];

/** Whether the name leads to where the registry is. */
export function dnsLink({ proxied, customer }: Expectation, facts: Facts, view: View, target: Target): Link {
  const { name, key, within } = target;
  const fact = facts.one(view, "dns", key);
  const at = proxied ? `dns-proxy at ${view === "guest" ? GUEST_GATEWAY : "127.0.0.1"}` : target.resolver;
  const answer = answerOf(fact);
  if (answer === undefined)
    return silent(facts, view, target, { at, proxied, refused: /refused/.test(fact?.err ?? "") });
  const upstream = answerOf(facts.one("executor", "upstream", key));
  const asked = facts.one("executor", "destination", key)?.out ?? target.destination;
  const expected = within.length > 0 ? `${name} to be in ${within.join(" or ")}` : `a public address for ${name}`;
  if (answer.code !== "NOERROR" || answer.addresses.length === 0) {
    const got = answer.code === "NOERROR" ? "no address" : answer.code;
    return broken("dns", expected, `${got} from ${at}`, ...blame(target, customer, answer, { upstream, asked }));
  }
  const wrong = answer.addresses.filter((one) => (within.length > 0 ? !isWithin(one, within) : isWithin(one, PRIVATE)));
  if (wrong.length === 0) return holds("dns", `${name} is ${answer.addresses.join(", ")}, says ${at}`);
  return broken("dns", expected, wrong.join(", "), ...misled(target, customer, wrong, { upstream, asked }));
}

interface Upstream {
  readonly upstream: DnsAnswer | undefined;
  /** What dns-proxy asks for. */
  readonly asked: string | undefined;
}

/** Nobody answered: what is asked does not run, or is kept from the one who asks. */
function silent(
  facts: Facts,
  view: View,
  { key, name, resolver, resolverSide }: Target,
  { at, proxied, refused }: { readonly at: string; readonly proxied: boolean; readonly refused: boolean },
): Link {
  const expected = `an answer for ${name} from ${at}`;
  const look = `${JOURNAL} on the executor, then ${RESTART}`;
  if (refused) return broken("dns", expected, "nothing listens there", "ours", look);
  if (view === "guest") {
    const rules = facts.one("executor", "iptables")?.out ?? "";
    const question = { source: GUEST_PLACE, protocol: "udp", port: 53 } as const;
    const verdict = proxied
      ? follow(rules, "INPUT", { ...question, destination: GUEST_GATEWAY })
      : follow(rules, "FORWARD", { ...question, destination: resolver });
    const missing = proxied ? missingRule(facts) : undefined;
    if (verdict?.verdict === "drop" || missing !== undefined) {
      const found = verdict?.verdict === "drop" ? verdict.by : `${missing ?? "its rule"} is missing`;
      const next = `sudo systemctl start ${AGENT} on the executor`;
      return broken("dns", expected, `the executor drops a guest's question: ${found}`, "ours", next);
    }
  }
  if (proxied && answerOf(facts.one("executor", "upstream", key)) === undefined && resolverSide === "customer") {
    const next = `dig @${resolver} ${name} on the executor; ask the customer whether their resolver lets the executors in`;
    return broken("dns", expected, `no answer, and none from the customer's resolver ${resolver}`, "customer", next);
  }
  return broken("dns", expected, "no answer", "ours", look);
}

/** dns-proxy says that there is no such name or address: whose answer is it? */
function blame(
  { path, resolver, resolverSide, key, name }: Target,
  customer: string,
  { code }: DnsAnswer,
  { upstream, asked }: Upstream,
): [Side, string] {
  const ask = `dig @${resolver} ${asked ?? name} on the executor`;
  if (code === "REFUSED") return ["ours", `${JOURNAL} on the executor`];
  if (asked === undefined) return ["ours", `causeway up ${customer}: dns-proxy has no route for ${name}`];
  if (upstream === undefined) return [resolverSide, `${ask}: ${resolver} gives no answer`];
  if (upstream.code === "NOERROR" && upstream.addresses.length > 0) {
    return ["ours", `${RESTART} on the executor: ${resolver} knows ${asked}, dns-proxy does not`];
  }
  if (code === "SERVFAIL") return [resolverSide, `${ask}: ${resolver} says ${upstream.code}`];
  if (path !== "public")
    return ["ours", `causeway refresh ${customer}, then ${OUTPUTS(customer)}: ${asked} of ${key} is gone`];
  return ["customer", `ask the customer for the public name of the load balancer: ${asked} does not exist`];
}

/** The name leads elsewhere. */
function misled(
  { path, resolver }: Target,
  customer: string,
  wrong: readonly string[],
  { upstream, asked }: Upstream,
): [Side, string] {
  const same = upstream !== undefined && wrong.some((one) => upstream.addresses.includes(one));
  if (!same) return ["ours", `${RESTART} on the executor: ${resolver} says something else`];
  if (path !== "public")
    return ["ours", `causeway refresh ${customer}, then ${OUTPUTS(customer)}: compare ${asked ?? "the endpoint"}`];
  return [
    "customer",
    `ask the customer for the public name of the load balancer: ${asked ?? "theirs"} has a private address`,
  ];
}
