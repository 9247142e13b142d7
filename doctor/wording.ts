/** An address a guest may have; rules that name single guests are the executor's own and let them through. */
export const GUEST_PLACE = "10.61.0.2";

/** The command that shows addresses, endpoints and their states. */
export const OUTPUTS = (customer: string): string => `causeway outputs ${customer}`;

/** The last thing a program said, which is what went wrong. */
export const lastLine = (text: string): string => text.trim().split("\n").at(-1)?.trim() ?? "";
