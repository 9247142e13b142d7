import type { DeclaredStack, Policy } from "../policy.ts";
import {
  compute,
  findings,
  isAnywhere,
  isUnknown,
  itemsOf,
  liesIn,
  ofType,
  rangesOf,
  show,
  textsOf,
  unless,
  valueAt,
} from "../values.ts";

const ROUTER = compute("Router");
const ROUTER_PEER = compute("RouterPeer");
const SUBNETWORK = compute("Subnetwork");

/** Routes AWS takes over one session; more, and it takes the session down. */
const MOST_ROUTES = 100;

const rangesIn = (advertised: unknown): readonly string[] =>
  textsOf(itemsOf(advertised).map((item) => (item as { readonly range?: unknown }).range));

/** Ranges that Cloud Routers advertise of their own: the executor subnets'. */
export const advertisedRanges = (stack: DeclaredStack): readonly string[] =>
  ofType(stack, ROUTER).flatMap(({ props }) => rangesIn(valueAt(props, "bgp", "advertisedIpRanges")));

/** Groups of subnets a router or session advertises, `ALL_SUBNETS` being the only one there is. */
const noGroups = (groups: unknown): readonly string[] =>
  unless(groups ?? [], (value) => itemsOf(value).length === 0, "no advertised groups");

export const BGP_POLICIES: readonly Policy[] = [
  {
    id: "bgp-custom-advertisement",
    title: "A Cloud Router advertises what it is told to, never all subnets",
    reason: "By default it tells AWS every subnet of the network, the instance's own included.",
    fix: "set advertiseMode to CUSTOM, leave advertisedGroups empty and list the executor subnets' ranges",
    source: "Google Cloud, Cloud Router: Advertised routes",
    level: "mandatory",
    scope: "resource",
    types: [ROUTER, ROUTER_PEER],
    check: ({ type, props }) => {
      const bgp = type === ROUTER ? props["bgp"] : props;
      if (bgp === undefined || bgp === null || isUnknown(bgp)) return []; // a router without BGP advertises nothing
      const { advertiseMode, advertisedGroups } = bgp as Record<string, unknown>;
      // A session without a mode of its own does as its router.
      const inherits = type === ROUTER_PEER && (advertiseMode === undefined || advertiseMode === "DEFAULT");
      const custom = unless(advertiseMode, (value) => inherits || value === "CUSTOM", "advertiseMode CUSTOM");
      return [...custom, ...noGroups(advertisedGroups)];
    },
  },
  {
    id: "bgp-executor-ranges",
    title: "AWS learns the executor subnets and nothing wider",
    reason:
      "AWS sends replies, and whatever else it has, to every range it learns; beyond 100 routes it ends the session.",
    fix: "advertise the executor subnets' own ranges",
    source: "AWS Site-to-Site VPN User Guide, Quotas: routes; Google Cloud, Cloud Router: Advertised routes",
    level: "mandatory",
    scope: "stack",
    check: (stack) => {
      const subnets = rangesOf(ofType(stack, SUBNETWORK).flatMap(({ props }) => textsOf([props["ipCidrRange"]])));
      return ofType(stack, ROUTER, ROUTER_PEER).flatMap((resource) => {
        const { props } = resource;
        const texts = rangesIn(valueAt(props, "bgp", "advertisedIpRanges") ?? props["advertisedIpRanges"]);
        const wide = texts.filter((text) => isAnywhere(text) || (subnets.length > 0 && !liesIn(text, subnets)));
        const many = texts.length > MOST_ROUTES ? [`expected at most ${MOST_ROUTES} ranges, got ${texts.length}`] : [];
        return findings(resource, [
          ...wide.map((text) => `expected an executor subnet's range, got ${show(text)}`),
          ...many,
        ]);
      });
    },
  },
];
