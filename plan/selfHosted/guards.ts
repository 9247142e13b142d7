import type { Customer } from "../customer.ts";
import { NONE, type Guard, type Present } from "../guardTypes.ts";
import type { Partly } from "../partly.ts";
import type { Restore, SelfHosted } from "./customer.ts";

const BLOCK = "registries[<key>].selfHosted";
const MOVE = "make a second registry beside it, copy the packages, then remove this one under its permit";

/** A value that everything the registry keeps hangs on. */
const fixed = (field: string, cost: string): Guard => ({
  path: `${BLOCK}.${field}`,
  kind: "fixed",
  cost,
  advice: MOVE,
});

/** What of a self-hosted registry is never changed, or only with leave. Every other change replaces the instance at most. */
export const SELF_HOSTED_GUARDS: readonly Guard[] = [
  { path: BLOCK, kind: "removal", cost: "deletes the registry with its database, and no client finds it" },
  fixed("accountID", "none of the deployed resources is in"),
  fixed("region", "none of the deployed resources is in"),
  fixed("profile", "replaces the registry by one that reads none of its packages"),
  fixed("namePrefix", "replaces the database, the load balancer and the secrets"),
  fixed("vpcCidr", "replaces the vpc with the database and the load balancer in it"),
  fixed("layout", "replaces every subnet with the database and the load balancer in it"),
  fixed("packageBucketName", "leaves the packages in a bucket that nobody reads"),
  { path: `${BLOCK}.internetFacing`, kind: "change", cost: "replaces the load balancer and whatever publishes it" },
  { path: `${BLOCK}.s3Identity`, kind: "change", cost: "ends every link to packages that was signed before" },
  {
    path: `${BLOCK}.backup`,
    kind: "removal",
    cost: "ends the daily backups and deletes their vault, which aws refuses while it holds any",
  },
];

/** What a database was made from, as one text. */
function restoreText(restore: Partly<Restore> | undefined): string {
  if (restore === undefined) return NONE;
  const {
    snapshotIdentifier,
    sourceInstance,
    time = "its latest state",
  } = restore as Partial<Record<"snapshotIdentifier" | "sourceInstance" | "time", string>>;
  return snapshotIdentifier === undefined ? `${sourceInstance} at ${time}` : `snapshot ${snapshotIdentifier}`;
}

const valuesOf = (block: Partly<SelfHosted>): Present => {
  const app = block.app;
  return {
    accountID: block.accountID,
    region: block.region,
    profile: block.profile,
    // Without one the name is the customer's and the registry's own, which other guards keep.
    namePrefix: block.namePrefix ?? "by default",
    vpcCidr: block.vpcCidr,
    layout: block.layout,
    packageBucketName:
      block.packageBucket ?? (app?.kind === "generic" && app.data !== undefined ? "by default" : undefined),
    internetFacing: block.internetFacing,
    s3Identity: app?.kind === "quilt" ? app.s3Identity?.kind : undefined,
    restore: app?.kind === "quilt" ? restoreText(app.restore) : undefined,
    // The generic profile has no database to back up.
    backup: block.backup === undefined || block.profile === "generic" ? undefined : true,
  };
};

/** Values that the guards compare, by path. */
export function selfHostedValues({ registries = [] }: Partly<Customer>): Present {
  return Object.fromEntries(
    registries.flatMap((registry) => {
      const origin = registry?.origin as Partly<{ kind: string; selfHosted: SelfHosted }> | undefined;
      if (registry?.key === undefined || origin?.kind !== "selfHosted" || origin.selfHosted === undefined) return [];
      const path = `registries[${registry.key}].selfHosted`;
      const own = Object.entries(valuesOf(origin.selfHosted)).map(([field, value]) => [`${path}.${field}`, value]);
      return [[path, true], ...own, ...accessKeyValues(path, origin.selfHosted)] as [string, Present[string]][];
    }),
  );
}

/** The state of a key's rotation, which goes one step per update. */
function accessKeyValues(path: string, { app }: Partly<SelfHosted>): readonly [string, string | undefined][] {
  const identity = app?.kind === "quilt" ? app.s3Identity : undefined;
  if (identity?.kind !== "iam-user") return [];
  const { accessKeys } = identity;
  return [
    [`${path}.accessKeys.active`, accessKeys?.active],
    [`${path}.accessKeys.slots`, accessKeys?.slots?.join(",")],
  ];
}
