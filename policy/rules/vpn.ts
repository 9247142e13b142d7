import type { DeclaredResource, Policy, ResourcePolicy } from "../policy.ts";
import { behind, compute, ec2, findings, isUnknown, itemsOf, ofType, show, token, unless, valueAt } from "../values.ts";

const CONNECTION = ec2("VpnConnection");
const TUNNEL = compute("VPNTunnel");
const PASSWORD = token("random:index", "RandomPassword");

const USER_GUIDE = "AWS Site-to-Site VPN User Guide";

/** Lists of a proposal: one for each kind of algorithm and phase. */
const PROPOSAL = [1, 2].flatMap((phase) =>
  ["EncryptionAlgorithms", "IntegrityAlgorithms", "DhGroupNumbers"].map((list) => `Phase${phase}${list}`),
);

/** Encryption that is accepted, of what AWS offers. */
const STRONG_ENCRYPTION = ["AES256", "AES256-GCM-16"];
/** Integrity that is accepted, of what AWS offers. */
const STRONG_INTEGRITY = ["SHA2-256", "SHA2-384", "SHA2-512"];
/**
 * Groups AWS offers of 2,048 bits and more, or on curves of 256 and more. 22 to 24 are left out: RFC 8247 (section 2.4)
 * advises against them.
 */
const STRONG_GROUPS = [14, 15, 16, 17, 18, 19, 20, 21];

/** Characters AWS takes in a key, and none that some shells or devices read otherwise; a letter comes first. */
const KEY = /^[A-Za-z][0-9A-Za-z._]{31}$/;

/** A policy that asks the same of either tunnel of an AWS connection; `option` takes the name without the number. */
const perTunnel = (
  text: Omit<ResourcePolicy, "scope" | "types" | "check">,
  ask: (option: (name: string, ...path: readonly string[]) => unknown) => readonly string[],
): ResourcePolicy => ({
  ...text,
  scope: "resource",
  types: [CONNECTION],
  check: ({ props }) =>
    [1, 2].flatMap((n) =>
      ask((name, ...path) => valueAt(props, `tunnel${n}${name}`, ...path)).map((found) => `tunnel ${n}: ${found}`),
    ),
});

/** Inputs that hold a pre-shared key. */
const keysOf = ({ type }: DeclaredResource): readonly string[] => {
  if (type === CONNECTION) return ["tunnel1PresharedKey", "tunnel2PresharedKey"];
  return type === TUNNEL ? ["sharedSecret"] : [];
};

const isStrong = (value: unknown): boolean => typeof value === "string" && KEY.test(value);
const isOne = (value: unknown): boolean => Array.isArray(value) && value.length === 1;

export const VPN_POLICIES: readonly Policy[] = [
  perTunnel(
    {
      id: "vpn-ikev2",
      title: "Tunnels speak IKEv2 alone on the AWS side",
      reason: "IKEv1 negotiates with weaker protection, and AWS offers both unless told otherwise.",
      fix: "set the tunnel's IkeVersions to ikev2 alone",
      source: `${USER_GUIDE}, Tunnel options: IKE versions`,
      level: "mandatory",
    },
    (option) => unless(option("IkeVersions"), (value) => isOne(value) && itemsOf(value)[0] === "ikev2", "ikev2 alone"),
  ),
  {
    id: "vpn-ikev2-google",
    title: "Tunnels speak IKEv2 on the Google side",
    reason: "The two ends must agree, and IKEv1 negotiates with weaker protection.",
    fix: "set ikeVersion to 2",
    source: "Google Cloud, Cloud VPN: Supported IKE ciphers",
    level: "mandatory",
    scope: "resource",
    types: [TUNNEL],
    // Left out, it is 2.
    check: ({ props }) => unless(props["ikeVersion"], (value) => value === undefined || value === 2, "ikeVersion 2"),
  },
  perTunnel(
    {
      id: "vpn-one-proposal",
      title: "Tunnels offer exactly one algorithm of each kind",
      reason:
        "With AWS's default lists the messages at rekey are longer than Cloud VPN takes, and the tunnel drops then.",
      fix: "give every list of phase 1 and phase 2 exactly one value",
      source: "Google Cloud, Create HA VPN connections between Google Cloud and AWS",
      level: "mandatory",
    },
    (option) => PROPOSAL.flatMap((list) => unless(option(list), isOne, `one value in ${list}`)),
  ),
  perTunnel(
    {
      id: "vpn-strong-proposal",
      title: "Tunnels offer no algorithm that is known to be weak",
      reason:
        "AES-128, SHA-1 and Diffie-Hellman groups below 14 are AWS's minimum and not what a registry's traffic deserves.",
      fix: "take AES256 or AES256-GCM-16, SHA2-256 or longer and a group of 14 to 21",
      source: `RFC 8247, sections 2.1 to 2.4; ${USER_GUIDE}, Your customer gateway device`,
      level: "mandatory",
    },
    (option) =>
      PROPOSAL.flatMap((list) => {
        const strong: readonly unknown[] = list.includes("Encryption")
          ? STRONG_ENCRYPTION
          : list.includes("Integrity")
            ? STRONG_INTEGRITY
            : STRONG_GROUPS;
        return itemsOf(option(list))
          .filter((value) => !strong.includes(value))
          .map((value) => `expected ${list} among ${strong.join(", ")}, got ${show(value)}`);
      }),
  ),
  perTunnel(
    {
      id: "vpn-aws-starts",
      title: "AWS starts its tunnels by itself",
      reason: "Otherwise a tunnel that went down waits for traffic from Google's side to come up again.",
      fix: "set the tunnel's StartupAction to start",
      source: `${USER_GUIDE}, Tunnel initiation options: startup action`,
      level: "mandatory",
    },
    (option) => unless(option("StartupAction"), (value) => value === "start", "StartupAction start"),
  ),
  perTunnel(
    {
      id: "vpn-dead-peer-restart",
      title: "AWS restarts a tunnel whose other end is silent",
      reason: "By default AWS clears it, and the tunnel stays down until somebody starts it.",
      fix: "set the tunnel's DpdTimeoutAction to restart, and DpdTimeoutSeconds to 30 or more",
      source: `${USER_GUIDE}, Tunnel options: dead peer detection`,
      level: "mandatory",
    },
    (option) => [
      ...unless(option("DpdTimeoutAction"), (value) => value === "restart", "DpdTimeoutAction restart"),
      ...unless(
        option("DpdTimeoutSeconds") ?? 30,
        (value) => typeof value === "number" && value >= 30,
        "DpdTimeoutSeconds of 30 or more",
      ),
    ],
  ),
  perTunnel(
    {
      id: "vpn-tunnel-logs",
      title: "Every tunnel logs its IKE negotiation",
      reason: "Without the log nobody can say why a tunnel went down, and switching it on later interrupts the tunnel.",
      fix: "give the tunnel's LogOptions logEnabled true and a log group",
      source: `${USER_GUIDE}, Site-to-Site VPN logs`,
      level: "mandatory",
    },
    (option) =>
      unless(option("LogOptions", "cloudwatchLogOptions", "logEnabled"), (value) => value === true, "a tunnel log"),
  ),
  {
    id: "psk-strength",
    title: "A pre-shared key has 32 characters and begins with a letter",
    reason:
      "Short keys can be guessed, and AWS takes neither a leading zero nor a character outside letters, digits, . and _.",
    fix: "generate 31 letters, digits, . and _ with RandomPassword and put a letter in front",
    source: `${USER_GUIDE}, Tunnel options: pre-shared key`,
    level: "mandatory",
    scope: "resource",
    types: [CONNECTION, TUNNEL, PASSWORD],
    check: (resource) => {
      const { type, props } = resource;
      if (type === PASSWORD) {
        return [
          ...unless(props["length"], (value) => typeof value === "number" && value >= 31, "a length of 31 or more"),
          ...unless(
            props["special"] === false ? "._" : props["overrideSpecial"],
            (value) => typeof value === "string" && /^[._]*$/.test(value),
            "no special characters but . and _",
          ),
        ];
      }
      // The value itself is never shown.
      return keysOf(resource)
        .filter((key) => unless(props[key], isStrong, "").length > 0)
        .map((key) => `expected 32 letters, digits, . and _ in ${key}, a letter first, got something else`);
    },
  },
  {
    id: "psk-per-tunnel",
    title: "Every tunnel has a pre-shared key of its own",
    reason:
      "A shared key that leaks opens every tunnel, and the provider tells a connection's two tunnels apart by their keys.",
    fix: "generate one RandomPassword for each tunnel and use it on both of its ends alone",
    source: "https://github.com/hashicorp/terraform-provider-aws/issues/16928",
    level: "mandatory",
    scope: "stack",
    check: (stack) =>
      [CONNECTION, TUNNEL].flatMap((type) => {
        const seen = new Map<string, string>();
        return ofType(stack, type).flatMap((resource) =>
          keysOf(resource).flatMap((key) => {
            const value = resource.props[key];
            const own = typeof value === "string" && !isUnknown(value) ? [value] : [];
            const identities = [...behind(resource, key), ...own];
            const place = type === CONNECTION ? `${resource.name} ${key.slice(0, 7)}` : resource.name;
            const other = identities.map((identity) => seen.get(identity)).find((found) => found !== undefined);
            for (const identity of identities) seen.set(identity, place);
            return other === undefined
              ? []
              : findings(resource, [`expected a key of its own in ${key}, got that of ${other}`]);
          }),
        );
      }),
  },
  {
    id: "psk-secret",
    title: "Pre-shared keys are kept as secrets",
    reason: "A key that is not marked stands in the state and in every diff for anyone to read.",
    fix: "generate it with RandomPassword, keep result among additionalSecretOutputs and pass it on as a secret",
    source: "Pulumi documentation, Secrets",
    level: "mandatory",
    scope: "resource",
    types: [CONNECTION, TUNNEL, PASSWORD],
    check: (resource) => {
      const { type, secretOutputs, secretInputs } = resource;
      if (type === PASSWORD)
        return secretOutputs.includes("result") ? [] : ["expected result to be a secret, got it in clear"];
      if (secretInputs === undefined) return [];
      return keysOf(resource)
        .filter((key) => resource.props[key] !== undefined && !secretInputs.includes(key))
        .map((key) => `expected ${key} to be a secret, got it in clear`);
    },
  },
];
