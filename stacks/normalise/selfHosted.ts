import type { z } from "zod";
import type { Partly } from "../../plan/partly.ts";
import type { QuiltApp, GenericApp, Restore, S3Identity, SelfHosted } from "../../plan/selfHosted/customer.ts";
import type { selfHosted as schema } from "../schema/registries/selfHosted.ts";

type Block = Partly<z.output<typeof schema>>;

/** Sizes by what they are for. Source: the Quilt template recommends t2.small below 1000 users, m5.large above; newer generations of both. */
const SIZES = {
  small: { instanceType: "t3.small", dbInstanceClass: "db.t4g.small" },
  large: { instanceType: "m6i.large", dbInstanceClass: "db.m6g.large" },
} as const;

const present = <Item>(items: readonly (Item | undefined)[] | undefined): readonly Item[] =>
  (items ?? []).filter((item) => item !== undefined);

/** The fields of a block that were given. */
function given<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: Exclude<Fields[Key], undefined>;
  };
}

function restore({ restore: wanted }: Block): Partly<Restore> | undefined {
  if (wanted?.snapshotIdentifier !== undefined)
    return { kind: "snapshot", snapshotIdentifier: wanted.snapshotIdentifier };
  if (wanted === undefined) return undefined;
  return { kind: "pointInTime", sourceInstance: wanted.sourceInstance, ...given({ time: wanted.time }) };
}

function s3Identity({ s3Identity: kind = "instance-role-shim", accessKeys }: Block): Partly<S3Identity> {
  if (kind !== "iam-user") return { kind };
  return {
    kind,
    accessKeys: { active: accessKeys?.active ?? "a", slots: present(accessKeys?.slots ?? ["a"]).toSorted() },
  };
}

function quilt(block: Block): Partly<QuiltApp> {
  const { catalogHost, images, packageBucketName, teamId, teamName, smtp, size = "small", region = "" } = block;
  const { mode, secretArn } = block.dbCredentials ?? {};
  return {
    kind: "quilt",
    catalogHost,
    catalogImage: images?.catalog,
    packageBucketName,
    teamId,
    teamName,
    smtp: { ...smtp, host: smtp?.host ?? `email-smtp.${region}.amazonaws.com` },
    dbInstanceClass: block.dbInstanceClass ?? SIZES[size].dbInstanceClass,
    dbCredentials: mode === "static" ? { mode, secretArn } : { mode: "rds-managed" },
    ...given({ restore: restore(block) }),
    s3Identity: s3Identity(block),
  };
}

function generic({ container }: Block): Partly<GenericApp> {
  const { port, healthPath, dataPath, dataVolumeGiB, environment, secrets } = container ?? {};
  return {
    kind: "generic",
    port,
    healthPath,
    ...(dataPath === undefined ? {} : { data: { path: dataPath, sizeGiB: dataVolumeGiB } }),
    environment,
    secrets,
  };
}

/** From the file's shape to the program's: defaults of the profile, the layout and the size are filled in. */
export function selfHosted(block: Block): Partly<SelfHosted> {
  const { accountID, region, profile, registryHost, certificateArn, size = "small", layout, images } = block;
  const { ssh, namePrefix, hostedZoneID, alarmTopicArn, replication, backup, packageBucketName } = block;
  return {
    accountID,
    region,
    profile,
    registryHost,
    ...given({ namePrefix, hostedZoneID, alarmTopicArn, replication }),
    ...(backup === undefined ? {} : { backup: given({ copyToVaultArn: backup.copyToVaultArn }) }),
    ...(profile === "quilt" ? given({ packageBucket: packageBucketName }) : {}),
    certificate:
      certificateArn === undefined
        ? { kind: "create" }
        : { kind: "existing", arn: certificateArn, domain: block.certificateDomain ?? registryHost },
    instanceType: block.instanceType ?? SIZES[size].instanceType,
    images: { registry: images?.registry, nginx: images?.nginx },
    vpcCidr: block.vpcCidr,
    layout,
    egress: layout === "seed" ? "internet-gateway" : (block.egress ?? "vpc-endpoints"),
    internetFacing: block.internetFacing,
    allowedCidrs: present(block.allowedCidrs).toSorted(),
    ...(ssh === undefined ? {} : { ssh: { keyName: ssh.keyName, inputCidrs: present(ssh.inputCidrs).toSorted() } }),
    seedCompatible: block.seedCompatible,
    app: profile === "quilt" ? quilt(block) : generic(block),
  };
}
