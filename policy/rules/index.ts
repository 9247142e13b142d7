import type { Policy } from "../policy.ts";
import { AWS_POLICIES } from "./aws.ts";
import { BGP_POLICIES } from "./bgp.ts";
import { DNS_POLICIES } from "./dns.ts";
import { GOOGLE_POLICIES } from "./google.ts";
import { PROGRAM_POLICIES } from "./program.ts";
import { VPN_POLICIES } from "./vpn.ts";

/** Every policy, in the order of a connection: AWS, tunnels and keys, routes, Google Cloud, names, and the program. */
export const POLICIES: readonly Policy[] = [
  ...AWS_POLICIES,
  ...VPN_POLICIES,
  ...BGP_POLICIES,
  ...GOOGLE_POLICIES,
  ...DNS_POLICIES,
  ...PROGRAM_POLICIES,
];
