/** What a change of customer files or of the program does to every customer, told without engine, account or secret. */

/**
 * What happens to one resource.
 * - `create`, `delete`: it is only in head, only in base
 * - `update`: in place
 * - `replace`: some argument that differs forces another object; `replaceKeys` names them
 */
export type ChangeKind = "create" | "update" | "replace" | "delete";

/** One changed argument, values as they may be shown: secrets are `[secret]`, what only an update knows `[unknown]`. */
export interface ArgumentChange {
  readonly path: string;
  /** Absent where the argument is new. */
  readonly before?: unknown;
  /** Absent where the argument is gone. */
  readonly after?: unknown;
  /** Whether this argument forces a replacement. */
  readonly replaces: boolean;
}

/** One changed resource of a customer. */
export interface ResourceChange {
  readonly kind: ChangeKind;
  /** Pulumi type token, such as `aws:ec2/vpnConnection:VpnConnection`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly changes: readonly ArgumentChange[];
  /** Arguments that force a replacement; empty unless `kind` is `replace`. */
  readonly replaceKeys: readonly string[];
  /** Whether the engine refuses to delete or replace it, because the base had it protected. */
  readonly protected: boolean;
}

/** What a change takes away from the customer for a while, or for good. */
export interface Outage {
  /** What goes down: `tunnel t2`, `endpoint vpce-svc-…`, `address nat-3`, `packages.acme.example`, `packages of acme-npm`. */
  readonly what: string;
  readonly kind: "tunnel" | "endpoint" | "address" | "route" | "executors" | "registry" | "all tunnels";
  /** A sentence for a reviewer: why, and what the customer notices. */
  readonly why: string;
  /** Seconds, as a range; `null` where only the customer can end it (an acceptance, an allowlist) or nothing will. */
  readonly seconds: readonly [least: number, most: number] | null;
  /** Whether another path carries the traffic meanwhile. */
  readonly redundant: boolean;
}

/** How one customer changes. */
export interface CustomerDiff {
  readonly stack: string;
  /** Path of the file in the repository, at head or, of a removed customer, at base. */
  readonly file: string;
  /** `added` and `removed` customers have only one side. */
  readonly kind: "added" | "removed" | "changed" | "unchanged" | "invalid";
  readonly resources: readonly ResourceChange[];
  readonly outages: readonly Outage[];
  /** Problems of the file at head, `file:line:column: path: message`; only with `invalid`. */
  readonly problems: readonly FileProblem[];
}

/** One problem of a customer file, in the form tools want. */
export interface FileProblem {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly path: string;
  readonly message: string;
}

/** Customers whose changes are the same once what is each customer's own (name, ids, ranges) is left out. */
export interface DiffClass {
  /** Short hash of the normalised changes; stable from run to run. */
  readonly id: string;
  /** Sorted by name. */
  readonly customers: readonly string[];
  /** The first customer, whose changes are shown for the class. */
  readonly example: string;
  readonly resources: readonly ResourceChange[];
  readonly outages: readonly Outage[];
}

/** A rule of the policy pack that a customer's head breaks. */
export interface PolicyViolation {
  readonly stack: string;
  readonly policy: string;
  readonly level: "advisory" | "mandatory";
  readonly message: string;
  /** Logical name of the resource, where it is one's. */
  readonly resource?: string;
}

/** Everything a pull request does to a fleet. Version 1 of a format other tools read: fields are only ever added. */
export interface DiffReport {
  readonly version: 1;
  readonly base: string;
  readonly head: string;
  /** Whether program files, lockfile or engine pin differ, so that even an unchanged file may change its resources. */
  readonly programChanged: boolean;
  readonly totals: {
    readonly customers: number;
    readonly changed: number;
    readonly added: number;
    readonly removed: number;
    readonly invalid: number;
    readonly unchanged: number;
    readonly creates: number;
    readonly updates: number;
    readonly replaces: number;
    readonly deletes: number;
  };
  /** Most severe first: those with outages or deletions before the others, then by number of customers. */
  readonly classes: readonly DiffClass[];
  /** Every customer that is not `unchanged`, by name. */
  readonly customers: readonly CustomerDiff[];
  readonly violations: readonly PolicyViolation[];
}
