import type { Proposal, TunnelKey } from "./customer.ts";
import { addressAt, formatAddress, formatRange, subRange, type Range } from "./cidr.ts";

/** Which of the two VPN connections carries a tunnel: `a` ends on HA VPN interface 0, `b` on interface 1. */
export type ConnectionKey = "a" | "b";

/** One row of the tunnel matrix. */
export interface TunnelSlot {
  readonly key: TunnelKey;
  readonly connection: ConnectionKey;
  /** Which of the connection's two tunnels on the AWS side. */
  readonly awsTunnel: 1 | 2;
  /** Interface id on Google's external VPN gateway. */
  readonly externalInterface: 0 | 1 | 2 | 3;
  /** Interface of the HA VPN gateway. */
  readonly gatewayInterface: 0 | 1;
}

/**
 * Who ends where, written out rather than computed, because nothing else in this program breaks a customer so quietly.
 * Both tunnels of one AWS VPN connection end on that connection's one customer gateway address, hence on one HA VPN
 * interface. Source: Google Cloud, "Create HA VPN connections between Google Cloud and AWS", and the
 * ExternalVpnGateway `redundancyType` reference (FOUR_IPS_REDUNDANCY: ids 0 and 1 on one interface, 2 and 3 on the
 * other; TWO_IPS_REDUNDANCY: ids 0 and 1).
 */
export const TUNNEL_MATRIX: readonly TunnelSlot[] = [
  { key: "t0", connection: "a", awsTunnel: 1, externalInterface: 0, gatewayInterface: 0 },
  { key: "t1", connection: "a", awsTunnel: 2, externalInterface: 1, gatewayInterface: 0 },
  { key: "t2", connection: "b", awsTunnel: 1, externalInterface: 2, gatewayInterface: 1 },
  { key: "t3", connection: "b", awsTunnel: 2, externalInterface: 3, gatewayInterface: 1 },
];

/** One tunnel with every number decided. Inside addresses are link-local and seen by the two BGP speakers only. */
export interface Tunnel extends TunnelSlot {
  /** The tunnel's /30. Changing it replaces the VPN connection. */
  readonly insideCidr: string;
  /** AWS takes the first usable address of the /30. */
  readonly awsInsideAddress: string;
  /** Google takes the second. */
  readonly gcpInsideAddress: string;
  /** Raised by one to get a new pre-shared key; that drops this tunnel for minutes and no other. */
  readonly pskGeneration: number;
}

/**
 * The tunnels of one AWS connection, tunnel i on the i-th /30 of `insideCidr`. Without `highAvailable` only t0 and t1
 * exist, and both end on interface 0: one VPN connection has one customer gateway address.
 */
export function planTunnels(
  insideCidr: Range,
  highAvailable: boolean,
  pskGenerations: Readonly<Record<TunnelKey, number>>,
): readonly Tunnel[] {
  const slots = highAvailable ? TUNNEL_MATRIX : TUNNEL_MATRIX.filter(({ connection }) => connection === "a");
  return slots.map((slot) => {
    const inside = subRange(insideCidr, 30, slot.externalInterface);
    return {
      ...slot,
      insideCidr: formatRange(inside),
      awsInsideAddress: formatAddress(addressAt(inside, 1)),
      gcpInsideAddress: formatAddress(addressAt(inside, 2)),
      pskGeneration: pskGenerations[slot.key],
    };
  });
}

/** One value per list, in the words AWS uses for tunnel options. */
export interface CipherSuite {
  readonly encryption: string;
  readonly integrity: string;
  readonly dhGroup: number;
}

/**
 * What each `proposal` means on the AWS side; Cloud VPN accepts either as it stands. The default transform sets of AWS
 * make IKE messages that Cloud VPN cannot reassemble at rekey, so exactly one value per list is sent. Source: Google
 * Cloud, "Create HA VPN connections between Google Cloud and AWS"; AWS Site-to-Site VPN User Guide, Tunnel options.
 */
export const CIPHER_SUITES: Readonly<Record<Proposal, CipherSuite>> = {
  "aes256-sha256-modp2048": { encryption: "AES256", integrity: "SHA2-256", dhGroup: 14 },
  "aes256gcm16-sha256-ecp384": { encryption: "AES256-GCM-16", integrity: "SHA2-256", dhGroup: 20 },
};
