import type { Facts } from "./facts.ts";

/** An address a guest may have; rules that name single guests are the executor's own and let them through. */
export const GUEST_PLACE = "10.61.0.2";

/** Of dns-proxy, whether it runs as a program or in a container. */
export const JOURNAL = "sudo journalctl --unit 'dns-proxy*' --lines 20";
export const RESTART = "sudo systemctl restart 'dns-proxy*'";

/** The command that shows addresses, endpoints and their states. */
export const OUTPUTS = (customer: string): string => `causeway outputs ${customer}`;

/**
 * What of the guest rules is not in force, as their own script says; undefined where nothing is missing, or nobody knows.
 */
export const missingRule = (facts: Facts): string | undefined =>
  /^missing: (.*)$/m.exec(facts.one("executor", "rules")?.out ?? "")?.[1]?.replace(/^[+-] /, "");

/** The last thing a program said, which is what went wrong. */
export const lastLine = (text: string): string => text.trim().split("\n").at(-1)?.trim() ?? "";
