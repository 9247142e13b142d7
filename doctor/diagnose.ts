import type { Expectation, Target } from "./expectation.ts";
import { ProbeError, type Facts, type View } from "./facts.ts";
import type { Diagnosis, Link, Way } from "./link.ts";
import { configurationLink } from "./links/configuration.ts";
import { dnsLink } from "./links/dns.ts";
import { registryLink } from "./links/registry.ts";
import { tlsLink } from "./links/tls.ts";
import { routeLink, ruleLink, tcpLink } from "./links/way.ts";
import { lastLine } from "./wording.ts";

/**
 * Walks every chain from an executor, and from a guest where the probe looked from there too, to every registry, each up
 * to the link that is broken. Pure: equal findings give an equal diagnosis.
 * @throws ProbeError where there was no looking from a guest's place
 */
export function diagnose(expectation: Expectation, facts: Facts): Diagnosis {
  const guest = facts.one("guest", "guest");
  if (guest !== undefined && guest.status !== 0) {
    const got = lastLine(guest.err) || "none";
    throw new ProbeError(`expected a place for a guest on the executors' bridge, got ${got}; run the probe as root`);
  }
  const configuration = configurationLink(expectation, facts);
  const ways = facts.views.flatMap((view) =>
    expectation.targets.map((target) => wayOf(expectation, facts, view, target)),
  );
  const healthy = configuration.ok && ways.every(({ reachable }) => reachable);
  return { customer: expectation.customer, configuration, ways, healthy };
}

function wayOf(expectation: Expectation, facts: Facts, view: View, target: Target): Way {
  const steps: readonly (() => Link)[] = [
    () => dnsLink(expectation, facts, view, target),
    () => routeLink(facts, view, target, expectation.customer),
    () => ruleLink(facts, view, target),
    () => tcpLink(expectation, facts, view, target),
    () => tlsLink(expectation, facts, view, target),
    () => registryLink(facts, view, target),
  ];
  const links: Link[] = [];
  for (const step of steps) {
    const link = step();
    links.push(link);
    if (!link.ok) break;
  }
  const { key, name, port } = target;
  return { view, key, name, port, links, reachable: links.every(({ ok }) => ok) };
}
