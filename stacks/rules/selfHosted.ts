import { overlaps, parseRange } from "../../plan/cidr.ts";
import { awsZones } from "../../plan/regions.ts";
import type { KeySlot } from "../../plan/selfHosted/customer.ts";
import { stateMistake, stepMistake } from "../../plan/selfHosted/rotation.ts";
import { repeats, type Check, type Rule } from "./check.ts";

/** Registries that are run here. */

type Block = NonNullable<NonNullable<NonNullable<Check["infrastructure"]["registries"]>[string]>["selfHosted"]>;

interface Run {
  readonly check: Check;
  readonly key: string;
  readonly block: Block;
  readonly path: (...steps: (string | number)[]) => (string | number)[];
  /** Whether a field is not there and nobody meant it to be. */
  readonly lacks: (...steps: string[]) => boolean;
}

/** A rule for each registry that is run here. */
const each =
  (rule: (run: Run) => void): Rule =>
  (check) => {
    for (const [key, registry] of Object.entries(check.infrastructure.registries ?? {})) {
      const block = registry?.selfHosted;
      if (block === undefined) continue;
      const path = (...steps: (string | number)[]): (string | number)[] => ["registries", key, "selfHosted", ...steps];
      const lacks = (...steps: string[]): boolean => {
        const value = steps.reduce<unknown>(
          (outer, step) => (outer as Record<string, unknown> | undefined)?.[step],
          block,
        );
        return value === undefined && check.isIntact(...path(...steps));
      };
      rule({ check, key, block, path, lacks });
    }
  };

/** What the quilt profile cannot do without, and what to write. */
const QUILT = {
  catalogHost: "add the catalog's dns name",
  packageBucketName: "add the name of the bucket to make",
  teamId: "add a short name, one word in lower case",
  teamName: "add the team's name",
  smtp: "add smtp: { defaultSender: …, credentialsSecretArn: … }, sign-up and resets send mail",
} as const;

const QUILT_ONLY = [
  "dbInstanceClass",
  "dbCredentials",
  "restore",
  "s3Identity",
  "accessKeys",
  "acknowledgeLegacyImages",
  "seedCompatible",
];

const profiles = each(({ check, block, path, lacks }) => {
  if (block.profile === "quilt") {
    for (const [field, fix] of Object.entries(QUILT)) {
      if (lacks(field)) check.report(path(field), `expected ${field} with the quilt profile, got nothing; ${fix}`);
    }
    if (lacks("images", "catalog") && check.isIntact(...path("images"))) {
      const message = "expected an image of the catalog with the quilt profile, got nothing; add it by digest";
      check.report(path("images", "catalog"), message);
    }
    if (block.container !== undefined) {
      const message = "expected no container with the quilt profile, got one; remove it, or write profile: generic";
      check.report(path("container"), message, "key");
    }
    return;
  }
  if (block.profile !== "generic") return;
  if (lacks("container")) {
    const message = "expected a container with the generic profile, got nothing; add container: { port: … }";
    check.report(path("container"), message);
  }
  const foreign = [...Object.keys(QUILT), ...QUILT_ONLY].filter((field) => {
    const value = (block as Record<string, unknown>)[field];
    return (
      value !== undefined &&
      value !== false &&
      !(field === "dbCredentials" && block.dbCredentials?.mode === "rds-managed")
    );
  });
  for (const field of foreign) {
    check.report(path(field), `expected no ${field} with the generic profile, got one; remove it`, "key");
  }
  if (block.images?.catalog !== undefined) {
    check.report(path("images", "catalog"), "expected no catalog with the generic profile, got one; remove it", "key");
  }
});

/** What somebody has to say they know. */
const acknowledged = each(({ check, block, path }) => {
  if (block.profile === "quilt" && block.acknowledgeLegacyImages === false) {
    const fix = "write true once whoever owns the registry has agreed";
    const message = `expected true, the quilt images get no security updates (ubuntu 18.04, python 3.6), got false; ${fix}`;
    check.report(path("acknowledgeLegacyImages"), message);
  }
  if (block.s3Identity === "iam-user" && block.acknowledgeLongLivedKey === false) {
    const fix = "write true, or s3Identity: instance-role-shim, whose links last 6 hours";
    const message = `expected true with s3Identity: iam-user, whose key has no end, got false; ${fix}`;
    check.report(path("acknowledgeLongLivedKey"), message);
  }
});

const keys = each(({ check, key, block, path }) => {
  const { accessKeys, s3Identity } = block;
  if (accessKeys === undefined) return;
  if (block.profile === "quilt" && s3Identity !== "iam-user" && check.isIntact(...path("s3Identity"))) {
    const message = "expected no accessKeys without s3Identity: iam-user, got some; remove them";
    check.report(path("accessKeys"), message, "key");
    return;
  }
  const slots = (accessKeys.slots ?? []).filter((slot) => slot !== undefined);
  if (accessKeys.active === undefined || !check.isIntact(...path("accessKeys"))) return;
  const now = { active: accessKeys.active, slots: slots.toSorted() };
  const wrong = stateMistake(now) ?? stepFromDeployed(check, key, now);
  if (wrong !== undefined) check.report(path("accessKeys"), wrong);
});

function stepFromDeployed(check: Check, key: string, now: { active: KeySlot; slots: KeySlot[] }): string | undefined {
  const values = check.deployed?.values ?? {};
  const before = `registries[${key}].selfHosted.accessKeys`;
  const [active, slots] = [values[`${before}.active`], values[`${before}.slots`]];
  if (active === undefined || slots === undefined) return undefined;
  return stepMistake({ active: active as KeySlot, slots: String(slots).split(",") as KeySlot[] }, now);
}

/** The names are two, and something vouches for both. */
const names = each(({ check, block, path, lacks }) => {
  const { registryHost, catalogHost, certificateArn, certificateDomain, region, accountID } = block;
  if (registryHost !== undefined && registryHost === catalogHost) {
    const message = `expected another name than registryHost, got ${catalogHost}; the catalog needs one of its own`;
    check.report(path("catalogHost"), message);
  }
  if (certificateArn === undefined) {
    if (lacks("certificateArn") && lacks("hostedZoneID")) {
      const fix = "write the arn of one that covers the hosts, or hostedZoneID for one to be made";
      check.report(path("certificateArn"), `expected a certificate, got nothing; ${fix}`);
    }
    if (certificateDomain !== undefined) {
      const message = "expected no certificateDomain without certificateArn, got one; remove it";
      check.report(path("certificateDomain"), message, "key");
    }
    return;
  }
  const [, , , there, owner] = certificateArn.split(":");
  if (region !== undefined && there !== region) {
    const fix = "a load balancer takes certificates of its own region, request or import it there";
    check.report(path("certificateArn"), `expected a certificate in ${region}, got one in ${there}; ${fix}`);
  } else if (accountID !== undefined && owner !== accountID) {
    const fix = "a load balancer takes certificates of its own account, request or import it there";
    check.report(path("certificateArn"), `expected a certificate of ${accountID}, got one of ${owner}; ${fix}`);
  }
});

/** Ranges of this file that packets could be meant for. */
function rangesOf(check: Check): readonly (readonly [range: string, what: string])[] {
  const { privateCodeHost, executors, gcp } = check.infrastructure;
  const vpc = privateCodeHost?.aws?.vpcCidr;
  return [
    ...(vpc === undefined ? [] : [[vpc, "aws.vpcCidr"] as const]),
    ...Object.entries(executors?.subnets ?? {}).flatMap(([name, subnet]) =>
      subnet?.ipCidrRange === undefined ? [] : [[subnet.ipCidrRange, `executors.subnets.${name}`] as const],
    ),
    ...(gcp?.reservedRanges ?? []).flatMap((range) =>
      range === undefined ? [] : [[range, "gcp.reservedRanges"] as const],
    ),
  ];
}

const ranges = each(({ check, block, path }) => {
  const own = parseRange(block.vpcCidr ?? "");
  if (own === undefined) return;
  const inside = (block.allowedCidrs ?? []).flatMap((range) =>
    range === undefined ? [] : [[range, "allowedCidrs"] as const],
  );
  for (const [range, what] of [...rangesOf(check), ...inside]) {
    const other = parseRange(range);
    if (other === undefined || !overlaps(own, other)) continue;
    const fix = "replies would stay in the vpc, choose a range that nothing else has";
    check.report(path("vpcCidr"), `expected a range apart from ${range} (${what}), got ${block.vpcCidr}; ${fix}`);
    return;
  }
});

const access = each(({ check, block, path }) => {
  const { ssh, internetFacing, allowedCidrs, layout, egress } = block;
  (ssh?.inputCidrs ?? []).forEach((range, index) => {
    if (range === undefined || !range.endsWith("/0")) return;
    const fix = "write the ranges that administrators come from, or leave ssh out and use session manager";
    check.report(
      path("ssh", "inputCidrs", index),
      `expected a range that is not the whole internet, got ${range}; ${fix}`,
    );
  });
  if (internetFacing === true && (allowedCidrs ?? []).length === 0 && check.isIntact(...path("allowedCidrs"))) {
    const message = "expected ranges with internetFacing, got none; write who may open https, or internetFacing: false";
    check.report(path("allowedCidrs"), message);
  }
  if (layout === "seed" && egress !== undefined) {
    const fix = "its subnets have an internet gateway, remove the line";
    check.report(path("egress"), `expected no egress with layout: seed, got ${egress}; ${fix}`, "key");
  }
});

/** What is only reached over the internet needs a way there. */
const reachable = each(({ check, block, path }) => {
  const { egress = "vpc-endpoints", layout, region, images, smtp } = block;
  if (layout !== "tiered" || egress !== "vpc-endpoints" || region === undefined) return;
  for (const [name, image] of Object.entries(images ?? {})) {
    if (typeof image !== "string" || image.includes(`.dkr.ecr.${region}.`)) continue;
    const fix = "copy it to ecr there, or write egress: nat";
    check.report(
      path("images", name),
      `expected an image in ecr in ${region} with egress: vpc-endpoints, got ${image}; ${fix}`,
    );
  }
  const host = smtp?.host;
  if (host !== undefined && host !== `email-smtp.${region}.amazonaws.com`) {
    const fix = "leave host out, or write egress: nat";
    const message = `expected email-smtp.${region}.amazonaws.com with egress: vpc-endpoints, got ${host}; ${fix}`;
    check.report(path("smtp", "host"), message);
  }
});

const SMTP_PORTS = [465, 587, 2465, 2587];

const mail = each(({ check, block, path }) => {
  const port = block.smtp?.port;
  if (port === undefined || SMTP_PORTS.includes(port)) return;
  check.report(
    path("smtp", "port"),
    `expected 465, 587, 2465 or 2587, got ${port}; port 25 is closed on ec2, write 587`,
  );
});

/** Secrets come from the account and region whose role reads them. */
const secrets = each(({ check, block, path }) => {
  const { accountID, region, smtp, dbCredentials, container } = block;
  const given: (readonly [readonly (string | number)[], string | undefined])[] = [
    [path("smtp", "credentialsSecretArn"), smtp?.credentialsSecretArn],
    [path("dbCredentials", "secretArn"), dbCredentials?.secretArn],
    ...Object.entries(container?.secrets ?? {}).map(
      ([name, arn]) => [path("container", "secrets", name), arn] as const,
    ),
  ];
  for (const [at, arn] of given) {
    const [, , , there, owner] = arn?.split(":") ?? [];
    if (arn === undefined || accountID === undefined || region === undefined) continue;
    if (there === region && owner === accountID) continue;
    const fix = "keep it beside the registry, whose role reads it";
    check.report(at, `expected a secret of ${accountID} in ${region}, got one of ${owner} in ${there}; ${fix}`);
  }
  const { environment = {} } = container ?? {};
  for (const name of Object.keys(environment)) {
    if (!/(PASSWORD|PASSWD|SECRET|TOKEN|PRIVATE|CREDENTIAL|API_?KEY)/.test(name)) continue;
    const fix = "store it in secrets manager and name it under container.secrets";
    check.report(
      path("container", "environment", name),
      `expected no secret in environment, got ${name}; ${fix}`,
      "key",
    );
  }
  for (const name of Object.keys(container?.secrets ?? {})) {
    if (!(name in environment)) continue;
    check.report(
      path("container", "secrets", name),
      `expected ${name} once, got it in environment too; remove one`,
      "key",
    );
  }
});

const origin = each(({ check, block, path }) => {
  const { restore, dbCredentials } = block;
  if (dbCredentials?.mode === "static") {
    if (dbCredentials.secretArn === undefined && check.isIntact(...path("dbCredentials", "secretArn"))) {
      const fix = "add the arn of the secret with user and password";
      check.report(path("dbCredentials", "secretArn"), `expected a secret with mode: static, got nothing; ${fix}`);
    }
    if (restore === undefined && check.isIntact(...path("restore"))) {
      const fix = "write mode: rds-managed, or restore the snapshot that brings the password";
      check.report(path("dbCredentials", "mode"), `expected rds-managed for a new database, got static; ${fix}`);
    }
  } else if (dbCredentials?.secretArn !== undefined) {
    const message = "expected no secret with mode: rds-managed, got one; remove it, rds makes the password";
    check.report(path("dbCredentials", "secretArn"), message, "key");
  }
  if (restore === undefined || !check.isIntact(...path("restore"))) return;
  const { snapshotIdentifier, sourceInstance, time } = restore;
  if ((snapshotIdentifier === undefined) === (sourceInstance === undefined)) {
    const got = snapshotIdentifier === undefined ? "neither" : "both";
    check.report(path("restore"), `expected snapshotIdentifier or sourceInstance, got ${got}; keep one`, "key");
  } else if (time !== undefined && snapshotIdentifier !== undefined) {
    check.report(path("restore", "time"), "expected no time with snapshotIdentifier, got one; remove it", "key");
  }
});

const ARM = /^(a1|[a-z]+\d+g[a-z]*)\./;

const machines = each(({ check, block, path }) => {
  const { instanceType, profile, region } = block;
  if (instanceType !== undefined && ARM.test(instanceType)) {
    const fix = "the image is built for x86_64, write t3.small or m6i.large";
    check.report(path("instanceType"), `expected an x86_64 instance type, got ${instanceType}; ${fix}`);
  }
  if (region !== undefined && awsZones(region).length < 2) {
    check.report(path("region"), `expected a region with two zones, got ${region}; choose another`);
  }
  if (
    block.replication !== undefined &&
    profile === "generic" &&
    block.container?.dataPath === undefined &&
    check.isIntact(...path("container"))
  ) {
    const fix = "add container.dataPath, or remove it";
    check.report(path("replication"), `expected packages to copy, got a container without dataPath; ${fix}`, "key");
  }
});

/** A copy beside what it is a copy of goes down with it. */
const copies = each(({ block, check, path }) => {
  const { accountID, region, replication, backup } = block;
  const given = [
    [["replication", "kmsKeyArn"], replication?.kmsKeyArn, "a key", "make bucket and key elsewhere"],
    [["backup", "copyToVaultArn"], backup?.copyToVaultArn, "a vault", "make the vault elsewhere"],
  ] as const;
  for (const [field, arn, what, fix] of given) {
    const [, , , there, owner] = arn?.split(":") ?? [];
    if (arn === undefined || there !== region || owner !== accountID) continue;
    const message = `expected ${what} of another region or account than the registry's, got one of ${owner} in ${there}; the copy would be lost with what it is of, ${fix}`;
    check.report(path(...field), message);
  }
});

/** A bucket's name and a prefix are somebody's alone. */
const once: Rule = (check) => {
  const entries = Object.entries(check.infrastructure.registries ?? {});
  for (const field of ["packageBucketName", "namePrefix"] as const) {
    for (const { value, index, first } of repeats(entries.map(([, registry]) => registry?.selfHosted?.[field]))) {
      const message = `expected each ${field} once, got ${value} again (first at ${entries[first]![0]}); choose another`;
      check.report(["registries", entries[index]![0], "selfHosted", field], message);
    }
  }
};

export const selfHosted: readonly Rule[] = [
  ...[profiles, acknowledged, keys, names, ranges, access, reachable, mail, secrets, origin, machines, copies],
  once,
];
