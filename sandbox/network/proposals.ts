/** What the two ends of an IPsec tunnel offer each other, and whether they agree. */
import { isRecord, text, texts } from "../values.ts";
import type { CloudObject } from "../world.ts";

/** One thing both ends must have a value in common for, in Google's words. */
interface Offer {
  readonly what: string;
  readonly aws: readonly string[];
  readonly google: readonly string[];
}

const ENCRYPTION: Readonly<Record<string, string>> = {
  AES128: "AES-CBC-128",
  AES256: "AES-CBC-256",
  "AES128-GCM-16": "AES-GCM-16-128",
  "AES256-GCM-16": "AES-GCM-16-256",
};
const INTEGRITY: Readonly<Record<string, string>> = {
  SHA1: "HMAC-SHA1-96",
  "SHA2-256": "HMAC-SHA2-256-128",
  "SHA2-384": "HMAC-SHA2-384-192",
  "SHA2-512": "HMAC-SHA2-512-256",
};

/** What AWS takes for a list left out. Source: AWS Site-to-Site VPN User Guide, Tunnel options. */
const AWS_DEFAULTS = {
  encryption: Object.keys(ENCRYPTION),
  integrity: Object.keys(INTEGRITY),
  phase1DhGroups: ["2", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24"],
  phase2DhGroups: ["2", "5", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23", "24"],
} as const;

/**
 * What Cloud VPN takes from a peer unless a tunnel has a cipher suite of its own; group 22 was dropped.
 * Source: Cloud VPN documentation, Supported IKE ciphers, and Cipher changes.
 */
const GOOGLE_IKEV2 = {
  encryption: Object.values(ENCRYPTION),
  integrity: Object.values(INTEGRITY),
  groups: [2, 5, 14, 15, 16, 17, 18, 19, 20, 21, 23, 24].map((group) => `Group-${group}`),
} as const;
const GOOGLE_IKEV1 = { encryption: ["AES-CBC-128"], integrity: ["HMAC-SHA1-96"], groups: ["Group-2"] } as const;

/** IKE versions AWS allows on a tunnel. Source: AWS Site-to-Site VPN User Guide, Tunnel options: both unless given. */
export function awsVersions({ args }: CloudObject, n: 1 | 2): readonly string[] {
  const given = texts(args[`tunnel${n}IkeVersions`]);
  return given.length > 0 ? given : ["ikev1", "ikev2"];
}

/** The IKE version of a Cloud VPN tunnel, e.g. `ikev2`. */
export function googleVersion({ args }: CloudObject): string {
  return `ikev${text(args["ikeVersion"]) ?? "2"}`;
}

/** Why the two ends find no proposal in common; undefined where they do. */
export function disagreement(tunnel: CloudObject, connection: CloudObject, n: 1 | 2): string | undefined {
  const failed = offers(tunnel, connection, n).find(({ aws, google }) => !aws.some((one) => google.includes(one)));
  if (failed === undefined) return undefined;
  return `no ${failed.what} in common: AWS allows ${failed.aws.join(", ")}, Google ${failed.google.join(", ")}`;
}

/**
 * A risk that shows hours after the tunnel came up; undefined where there is none.
 * Source: Google Cloud, Create HA VPN connections between Google Cloud and AWS: with more than one value per list AWS
 * sends messages that Cloud VPN cannot reassemble, and rekeying fails.
 */
export function rekeyRisk(tunnel: CloudObject, connection: CloudObject, n: 1 | 2): string | undefined {
  const open = offers(tunnel, connection, n).filter(({ aws }) => aws.length > 1);
  if (open.length === 0) return undefined;
  return `may fail to rekey: AWS offers several values for ${open.map(({ what }) => what).join(", ")}`;
}

function offers(tunnel: CloudObject, connection: CloudObject, n: 1 | 2): Offer[] {
  return ([1, 2] as const).flatMap((phase) => phaseOffers(tunnel, connection, n, phase));
}

function phaseOffers(tunnel: CloudObject, { args }: CloudObject, n: 1 | 2, phase: 1 | 2): Offer[] {
  const own = (name: string, otherwise: readonly string[]): string[] => {
    const given = texts(args[`tunnel${n}Phase${phase}${name}`]);
    return given.length > 0 ? given : [...otherwise];
  };
  const groups = phase === 1 ? AWS_DEFAULTS.phase1DhGroups : AWS_DEFAULTS.phase2DhGroups;
  const encryption = own("EncryptionAlgorithms", AWS_DEFAULTS.encryption).map((one) => ENCRYPTION[one] ?? one);
  const integrity = own("IntegrityAlgorithms", AWS_DEFAULTS.integrity).map((one) => INTEGRITY[one] ?? one);
  const google = googleLists(tunnel, phase);
  // Encryption with GCM checks integrity by itself, so none is agreed on beside it.
  const plain = encryption.some((one) => google.encryption.includes(one) && !one.includes("GCM"));
  const named = (what: string): string => `phase ${phase} ${what}`;
  return [
    { what: named("encryption"), aws: encryption, google: google.encryption },
    ...(plain ? [{ what: named("integrity"), aws: integrity, google: google.integrity }] : []),
    {
      what: named("Diffie-Hellman group"),
      aws: own("DhGroupNumbers", groups).map((group) => `Group-${group}`),
      google: google.groups,
    },
  ];
}

interface Lists {
  readonly encryption: readonly string[];
  readonly integrity: readonly string[];
  readonly groups: readonly string[];
}

function googleLists(tunnel: CloudObject, phase: 1 | 2): Lists {
  const known: Lists = googleVersion(tunnel) === "ikev1" ? GOOGLE_IKEV1 : GOOGLE_IKEV2;
  const suite = isRecord(tunnel.args["cipherSuite"]) ? tunnel.args["cipherSuite"][`phase${phase}`] : undefined;
  if (!isRecord(suite)) return known;
  const own = (name: string, otherwise: readonly string[]): readonly string[] => {
    const given = texts(suite[name]);
    return given.length > 0 ? given : otherwise;
  };
  return {
    encryption: own("encryptions", known.encryption),
    integrity: own("integrities", known.integrity),
    groups: own(phase === 1 ? "dhs" : "pfs", known.groups),
  };
}
