import type { Expectation, Side, Target } from "../expectation.ts";
import { TIMED_OUT, type Fact, type Facts, type View } from "../facts.ts";
import { follow, type Verdict } from "../iptables.ts";
import { broken, holds, type Link } from "../link.ts";
import { AGENT } from "../probe.ts";
import { GUEST_PLACE, lastLine, missingRule, OUTPUTS } from "../wording.ts";

/** The addresses of a target that no connection could be opened to. */
const closed = (facts: Facts, view: View, { key }: Target): readonly Fact[] =>
  facts.each(view, "tcp", key).filter(({ status }) => status !== 0);

/** Whether the kernel has somewhere to send the packets. */
export function routeLink(facts: Facts, view: View, { key, path }: Target, customer: string): Link {
  const routes = facts.each(view, "route", key);
  const none = routes.find(({ status, address }) => status !== 0 && facts.one(view, "tcp", key, address)?.status !== 0);
  if (none === undefined) return holds("route", routes.map(describeRoute).join("; "));
  const got = lastLine(none.err).replace(/^RTNETLINK answers: /, "") || "none";
  const next = `ip route get ${none.address} on the executor${path === "public" ? "" : `, then ${OUTPUTS(customer)}: are the tunnels' BGP sessions up`}`;
  return broken("route", `a route to ${none.address}`, got, "ours", next);
}

function describeRoute({ out, address }: Fact): string {
  try {
    const [route] = JSON.parse(out) as readonly { readonly gateway?: string; readonly dev?: string }[];
    return `${address} ${route?.gateway === undefined ? "" : `via ${route.gateway} `}by ${route?.dev ?? "an unknown device"}`;
  } catch {
    return `${address} is reached`;
  }
}

/**
 * Whether the executor's own rules let the connection through. Rules are blamed only for a connection that could not be
 * opened: what the kernel let through, it let through.
 */
export function ruleLink(facts: Facts, view: View, target: Target): Link {
  const failed = closed(facts, view, target);
  const saved = facts.one("executor", "iptables");
  if (failed.length === 0) return holds("rule", `TCP ${target.port} passes`);
  const dropped = failed.flatMap(({ address }) => {
    const found = verdictOf(saved?.out ?? "", view, address, target.port);
    return found?.verdict === "drop" ? [{ address, got: `it is dropped by ${found.by}` }] : [];
  })[0];
  const missing = view === "guest" ? missingRule(facts) : undefined;
  const wrong =
    dropped ?? (missing === undefined ? undefined : { address: failed[0]!.address, got: `${missing} is missing` });
  if (wrong === undefined) {
    return holds(
      "rule",
      saved?.status === 0 ? "none of the executor's rules drops it" : "not known: reading the rules needs root",
    );
  }
  const who = view === "guest" ? "a guest's connection" : "the executor's connection";
  const next =
    view === "guest"
      ? `sudo systemctl start ${AGENT} on the executor`
      : "take the rule out on the executor, or find who puts it there";
  const expected = `a rule that lets ${who} to ${wrong.address}:${target.port} through`;
  return broken("rule", expected, wrong.got, "ours", next);
}

function verdictOf(saved: string, view: View, destination: string, port: number): Verdict | undefined {
  const packet = { source: view === "guest" ? GUEST_PLACE : "0.0.0.0", destination, protocol: "tcp", port } as const;
  if (view === "guest") return follow(saved, "FORWARD", packet);
  return follow(saved, "OUTPUT", packet);
}

/** Whether something takes the connection at each address. */
export function tcpLink({ customer }: Expectation, facts: Facts, view: View, target: Target): Link {
  const { key, port, path } = target;
  const [failed] = closed(facts, view, target);
  if (failed === undefined) {
    const addresses = facts.each(view, "tcp", key).map(({ address }) => address);
    return holds("tcp", `${addresses.join(", ")} ${addresses.length === 1 ? "takes" : "take"} connections to ${port}`);
  }
  const expected = `a connection to ${failed.address}:${port}`;
  const reason = lastLine(failed.err).replace(/^.*: /, "");
  if (failed.status !== TIMED_OUT && /refused/.test(reason)) {
    const next = `ask whoever runs the registry: nothing listens on ${port} behind ${failed.address}; causeway handoff ${customer} lists what they see`;
    return broken("tcp", expected, "refused", target.serverSide, next);
  }
  const got = failed.status === TIMED_OUT ? "no answer within 3 s" : reason;
  return broken("tcp", expected, got, ...lost(path, customer));
}

/** Packets vanish: where to look first. */
function lost(path: Target["path"], customer: string): readonly [Side, string] {
  const outputs = `causeway refresh ${customer}, then ${OUTPUTS(customer)}`;
  switch (path) {
    case "privateLink":
      return [
        "ours",
        `${outputs}: is the endpoint available and are both tunnels up; then the customer's load balancer`,
      ];
    case "privateServiceConnect":
      return [
        "ours",
        `${outputs}: is the endpoint ACCEPTED; then the customer's firewall behind the service attachment`,
      ];
    case "public":
      return ["customer", `causeway handoff ${customer}: has the customer let these NAT addresses in`];
  }
}
