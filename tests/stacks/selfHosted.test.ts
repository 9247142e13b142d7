/**
 * What a customer file may say of a registry that is run here, and what is refused. This tier cannot show what AWS would
 * refuse, nor whether an ARN names something that is there.
 */
import { describe, expect, it } from "vitest";
import { AWS_REGIONS, awsZones } from "../../plan/regions.ts";
import type { QuiltApp, SelfHosted } from "../../plan/selfHosted/customer.ts";
import {
  CERTIFICATE,
  file,
  GENERIC,
  image,
  lines,
  QUILT,
  read,
  secretArn,
  ZONE,
} from "../components/selfHostedFiles.ts";
import { guardedValues } from "../../plan/guards.ts";
import { parseCustomer, type LoadOptions } from "../../stacks/load.ts";
import { problems } from "./support.ts";

type Changes = Readonly<Record<string, string | undefined>>;

/** Problems of the block, without their place in the text. */
const refused = (base: readonly string[], changes: Changes, options?: LoadOptions): readonly string[] =>
  problems(file(lines(base, changes)), options).map((line) =>
    line.replace(/^\d+:\d+: ~\.registries\.packages\.selfHosted\./, ""),
  );

const loaded = (base: readonly string[], changes: Changes = {}): SelfHosted => {
  const { origin } = read(lines(base, changes)).registries[0]!;
  if (origin.kind !== "selfHosted") throw new Error("expected a registry that is run here");
  return origin.selfHosted;
};
const quilt = (changes: Changes = {}): QuiltApp => loaded(QUILT, changes).app as QuiltApp;

describe("the smallest block", () => {
  it("of the quilt profile gets the secure defaults", () => {
    expect(loaded(QUILT)).toMatchObject({
      layout: "tiered",
      egress: "vpc-endpoints",
      internetFacing: false,
      allowedCidrs: [],
      seedCompatible: false,
      vpcCidr: "10.90.0.0/20",
      instanceType: "t3.small",
      packageBucket: "acme-packages",
      certificate: { kind: "existing", arn: CERTIFICATE, domain: "registry.acme.example" },
    });
    expect(quilt()).toMatchObject({
      dbInstanceClass: "db.t4g.small",
      dbCredentials: { mode: "rds-managed" },
      s3Identity: { kind: "instance-role-shim" },
      smtp: { host: "email-smtp.us-east-1.amazonaws.com", port: 587 },
    });
  });

  it("of the generic profile has no database, no package bucket, and a certificate to make", () => {
    const block = loaded(GENERIC);
    expect(block.packageBucket).toBeUndefined();
    expect(block.certificate).toEqual({ kind: "create" });
    expect(block.app).toEqual({
      kind: "generic",
      port: 4873,
      healthPath: "/-/ping",
      data: { path: "/verdaccio/storage", sizeGiB: 50 },
      environment: {},
      secrets: {},
    });
  });
});

describe("the parameters of the published template", () => {
  it("takes a name prefix, the stack's name of old [B.1 Stack Name]", () => {
    expect(loaded(QUILT, { namePrefix: "quilt-prod" }).namePrefix).toBe("quilt-prod");
    expect(refused(QUILT, { namePrefix: "Quilt" })).toEqual([
      "namePrefix: expected 2 to 21 of a-z, 0-9 and -, a letter first, no - last, got Quilt; respell it",
    ]);
    expect(refused(QUILT, { namePrefix: `q${"a".repeat(21)}` })).toHaveLength(1);
    expect(refused(QUILT, { namePrefix: "quilt-" })).toHaveLength(1);
  });

  it("takes a catalog host that is not the registry's [B.1 Catalog Host]", () => {
    expect(refused(QUILT, { catalogHost: undefined })).toEqual([
      "catalogHost: expected catalogHost with the quilt profile, got nothing; add the catalog's dns name",
    ]);
    expect(refused(QUILT, { catalogHost: "registry.acme.example" })).toEqual([
      "catalogHost: expected another name than registryHost, got registry.acme.example; the catalog needs one of its own",
    ]);
  });

  it("takes a certificate of the registry's own region and account [B.1 Certificate ARN]", () => {
    expect(refused(QUILT, { certificateArn: CERTIFICATE.replace("us-east-1", "eu-west-1") })).toEqual([
      "certificateArn: expected a certificate in us-east-1, got one in eu-west-1; a load balancer takes certificates of its own region, request or import it there",
    ]);
    expect(refused(QUILT, { certificateArn: CERTIFICATE.replace("222233334444", "999988887777") })).toEqual([
      "certificateArn: expected a certificate of 222233334444, got one of 999988887777; a load balancer takes certificates of its own account, request or import it there",
    ]);
    expect(refused(QUILT, { certificateArn: undefined })).toEqual([
      "certificateArn: expected a certificate, got nothing; write the arn of one that covers the hosts, or hostedZoneID for one to be made",
    ]);
    expect(refused(QUILT, { certificateArn: undefined, hostedZoneID: ZONE })).toEqual([]);
    expect(refused(QUILT, { certificateArn: "arn:aws:iam::222233334444:server-certificate/x" })).toHaveLength(1);
  });

  it("takes a class of database, or a size that sets it [B.1 DBInstanceType]", () => {
    expect(quilt({ size: "large" }).dbInstanceClass).toBe("db.m6g.large");
    expect(quilt({ dbInstanceClass: "db.r6g.xlarge" }).dbInstanceClass).toBe("db.r6g.xlarge");
    expect(refused(QUILT, { dbInstanceClass: "t2.small" })).toEqual([
      "dbInstanceClass: expected a class such as db.t4g.small, got t2.small; copy it from the console",
    ]);
  });

  it("takes a password only as a secret's arn, and only with the snapshot that brings it [B.1 DBPassword]", () => {
    const pasted = refused(QUILT, { dbCredentials: "{ mode: static, secretArn: hunter2 }" });
    expect(pasted).toContainEqual(
      "dbCredentials.secretArn: expected the arn of a secret in secrets manager, got something else; store the value in secrets manager and write its arn, never the value",
    );
    expect(pasted.join()).not.toContain("hunter2");
    expect(refused(QUILT, { dbCredentials: `{ mode: static, secretArn: "${secretArn("db")}" }` })).toEqual([
      "dbCredentials.mode: expected rds-managed for a new database, got static; write mode: rds-managed, or restore the snapshot that brings the password",
    ]);
    const restored = {
      dbCredentials: `{ mode: static, secretArn: "${secretArn("db")}" }`,
      restore: "{ snapshotIdentifier: old }",
    };
    expect(quilt(restored)).toMatchObject({
      dbCredentials: { mode: "static", secretArn: secretArn("db") },
      restore: { kind: "snapshot", snapshotIdentifier: "old" },
    });
    expect(refused(QUILT, { dbCredentials: "{ mode: static }", restore: "{ snapshotIdentifier: old }" })).toEqual([
      "dbCredentials.secretArn: expected a secret with mode: static, got nothing; add the arn of the secret with user and password",
    ]);
    expect(refused(QUILT, { dbCredentials: `{ mode: rds-managed, secretArn: "${secretArn("db")}" }` })).toEqual([
      "dbCredentials.secretArn: expected no secret with mode: rds-managed, got one; remove it, rds makes the password",
    ]);
  });

  it("takes an x86_64 instance type, or a size that sets it [B.1 InstanceType]", () => {
    expect(loaded(QUILT, { size: "large" }).instanceType).toBe("m6i.large");
    expect(loaded(QUILT, { instanceType: "m5.large" }).instanceType).toBe("m5.large");
    expect(refused(QUILT, { instanceType: "t4g.small" })).toEqual([
      "instanceType: expected an x86_64 instance type, got t4g.small; the image is built for x86_64, write t3.small or m6i.large",
    ]);
    expect(refused(QUILT, { instanceType: "small" })).toHaveLength(1);
  });

  it("takes a key pair only with ranges for ssh [B.1 KeyName]", () => {
    expect(loaded(QUILT).ssh).toBeUndefined();
    expect(loaded(QUILT, { ssh: "{ keyName: ops, inputCidrs: [192.0.2.0/24] }" }).ssh).toEqual({
      keyName: "ops",
      inputCidrs: ["192.0.2.0/24"],
    });
    expect(refused(QUILT, { ssh: "{ keyName: ops }" })).toHaveLength(1);
  });

  it("takes a new bucket's name without dots [B.1 PackageBucket]", () => {
    expect(refused(QUILT, { packageBucketName: "acme.packages" })).toEqual([
      "packageBucketName: expected a new bucket's name, 3 to 63 of a-z, 0-9 and -, got acme.packages; s3's certificate covers no name with a dot, write - in its place",
    ]);
    for (const name of ["ab", "Acme", "-acme", "acme-", "192.168.0.1", "xn--acme", "a".repeat(64)]) {
      expect([name, refused(QUILT, { packageBucketName: name }).length]).toEqual([name, 1]);
    }
  });

  it("takes a registry host that is a dns name [B.1 RegistryHost]", () => {
    expect(loaded(QUILT, { registryHost: "Registry.Acme.Example" }).registryHost).toBe("registry.acme.example");
    expect(refused(QUILT, { registryHost: "https://registry.acme.example" })[0]).toMatch(
      /^registryHost: expected a dns/,
    );
  });

  it("takes one address as the sender of mail [B.1 SmtpDefaultSender]", () => {
    const smtp = (sender: string): Changes => ({
      smtp: `{ defaultSender: "${sender}", credentialsSecretArn: "${secretArn("smtp")}" }`,
    });
    expect(refused(QUILT, smtp("Quilt quilt@acme.example"))).toEqual([
      'smtp.defaultSender: expected an e-mail address, got "Quilt quilt@acme.example"; write one address, without a name',
    ]);
    expect(refused(QUILT, smtp("quilt@acme.example"))).toEqual([]);
  });

  it("takes the mail server's user and password as one secret [B.1 SmtpPassword] [B.1 SmtpUsername]", () => {
    const smtp = (rest: string): Changes => ({ smtp: `{ defaultSender: q@acme.example, ${rest} }` });
    expect(refused(QUILT, smtp("credentialsSecretArn: 12345678"))).toEqual([
      "smtp.credentialsSecretArn: expected the arn of a secret in secrets manager, got something else; store the value in secrets manager and write its arn, never the value",
    ]);
    const elsewhere = secretArn("smtp").replace("us-east-1", "eu-west-1");
    expect(refused(QUILT, smtp(`credentialsSecretArn: "${elsewhere}"`))).toEqual([
      "smtp.credentialsSecretArn: expected a secret of 222233334444 in us-east-1, got one of 222233334444 in eu-west-1; keep it beside the registry, whose role reads it",
    ]);
    expect(refused(QUILT, smtp(`credentialsSecretArn: "${secretArn("smtp")}", port: 500`))).toEqual([
      "smtp.port: expected 465, 587, 2465 or 2587, got 500; port 25 is closed on ec2, write 587",
    ]);
  });

  it("opens ssh to named ranges and never to the whole internet [B.1 SshInputCIDR]", () => {
    expect(refused(QUILT, { ssh: "{ keyName: ops, inputCidrs: [192.0.2.0/24, 0.0.0.0/0] }" })).toEqual([
      "ssh.inputCidrs[1]: expected a range that is not the whole internet, got 0.0.0.0/0; write the ranges that administrators come from, or leave ssh out and use session manager",
    ]);
    expect(refused(QUILT, { ssh: '{ keyName: ops, inputCidrs: ["::/0"] }' })).toHaveLength(1);
  });

  it("takes a team's id of one word in lower case [B.1 TeamId]", () => {
    for (const id of ["Acme", "acme data", "1acme", "a".repeat(32)]) {
      expect([id, refused(QUILT, { teamId: id }).length]).toEqual([id, 1]);
    }
    expect(quilt({ teamId: "acme2" }).teamId).toBe("acme2");
  });

  it("fails with a team's name that would end the catalog's script [B.1 TeamName]", () => {
    for (const name of ["Acme's", "a\\\\b", "<script>", "${HOST}", "a`b", "a".repeat(81)]) {
      expect([name, refused(QUILT, { teamName: JSON.stringify(name) }).length]).toEqual([name, 1]);
    }
    expect(quilt({ teamName: "Acme Data & Co" }).teamName).toBe("Acme Data & Co");
  });
});

describe("what is refused across fields", () => {
  it.each<[string, readonly string[], Changes, string]>([
    [
      "the old images without a word [SR-11]",
      QUILT,
      { acknowledgeLegacyImages: undefined },
      "acknowledgeLegacyImages: expected true, the quilt images get no security updates (ubuntu 18.04, python 3.6), got false; write true once whoever owns the registry has agreed",
    ],
    [
      "a key without an end without a word [B.4]",
      QUILT,
      { s3Identity: "iam-user" },
      "acknowledgeLongLivedKey: expected true with s3Identity: iam-user, whose key has no end, got false; write true, or s3Identity: instance-role-shim, whose links last 6 hours",
    ],
    [
      "keys without a user",
      QUILT,
      { accessKeys: "{ active: a }" },
      "accessKeys: expected no accessKeys without s3Identity: iam-user, got some; remove them",
    ],
    [
      "a container with quilt",
      QUILT,
      { container: "{ port: 8080 }" },
      "container: expected no container with the quilt profile, got one; remove it, or write profile: generic",
    ],
    [
      "a team with generic",
      GENERIC,
      { teamId: "acme" },
      "teamId: expected no teamId with the generic profile, got one; remove it",
    ],
    [
      "what opens quilt's bucket, with generic",
      GENERIC,
      { seedCompatible: "true" },
      "seedCompatible: expected no seedCompatible with the generic profile, got one; remove it",
    ],
    [
      "no container with generic",
      GENERIC,
      { container: undefined },
      "container: expected a container with the generic profile, got nothing; add container: { port: … }",
    ],
    [
      "a secret in plain settings",
      GENERIC,
      { container: "{ port: 4873, environment: { NPM_TOKEN: abc } }" },
      "container.environment.NPM_TOKEN: expected no secret in environment, got NPM_TOKEN; store it in secrets manager and name it under container.secrets",
    ],
    [
      "a range of the executors",
      QUILT,
      { vpcCidr: "10.10.0.0/16" },
      "vpcCidr: expected a range apart from 10.10.0.0/24 (executors.subnets.executors-a), got 10.10.0.0/16; replies would stay in the vpc, choose a range that nothing else has",
    ],
    [
      "a range that is let in from outside",
      QUILT,
      { allowedCidrs: "[10.90.4.0/24]" },
      "vpcCidr: expected a range apart from 10.90.4.0/24 (allowedCidrs), got 10.90.0.0/20; replies would stay in the vpc, choose a range that nothing else has",
    ],
    [
      "a public load balancer for nobody",
      QUILT,
      { internetFacing: "true" },
      "allowedCidrs: expected ranges with internetFacing, got none; write who may open https, or internetFacing: false",
    ],
    [
      "a way out in the seed's layout",
      QUILT,
      { layout: "seed", egress: "nat" },
      "egress: expected no egress with layout: seed, got nat; its subnets have an internet gateway, remove the line",
    ],
    [
      "an image nothing leads to [SR-06]",
      GENERIC,
      { images: `{ registry: docker.io/verdaccio/verdaccio@${image("x").split("@")[1]}, nginx: ${image("nginx")} }` },
      `images.registry: expected an image in ecr in us-east-1 with egress: vpc-endpoints, got docker.io/verdaccio/verdaccio@${image("x").split("@")[1]}; copy it to ecr there, or write egress: nat`,
    ],
    [
      "a mail server nothing leads to [SR-10]",
      QUILT,
      {
        smtp: `{ host: mail.acme.example, defaultSender: q@acme.example, credentialsSecretArn: "${secretArn("smtp")}" }`,
      },
      "smtp.host: expected email-smtp.us-east-1.amazonaws.com with egress: vpc-endpoints, got mail.acme.example; leave host out, or write egress: nat",
    ],
    [
      "two sources of a database",
      QUILT,
      { restore: "{ snapshotIdentifier: old, sourceInstance: old }" },
      "restore: expected snapshotIdentifier or sourceInstance, got both; keep one",
    ],
  ])("fails with %s", (_name, base, changes, message) => {
    expect(refused(base, changes)).toEqual([message]);
  });

  it("fails with an image by tag, which may move [B.2]", () => {
    const images = `{ registry: "verdaccio/verdaccio:5", nginx: ${image("nginx")} }`;
    expect(refused(GENERIC, { images })).toEqual([
      "images.registry: expected an image by digest, <registry>/<name>@sha256:<64 hex digits>, got verdaccio/verdaccio:5; a tag may move, write the digest of what was tested",
    ]);
  });

  it("fails with a rotation of two steps at once, measured against what is deployed [E.11]", () => {
    const path = "registries[packages].selfHosted.accessKeys";
    const values = { [`${path}.active`]: "a", [`${path}.slots`]: "a" };
    const deployed = { version: 1, values, endpointStates: {} } as const;
    const user = { s3Identity: "iam-user", acknowledgeLongLivedKey: "true" };
    expect(refused(QUILT, { ...user, accessKeys: "{ active: b, slots: [b] }" }, { deployed })).toContainEqual(
      "accessKeys: expected one step from slots [a] with a active, got slots [b] with b active; deploy slots: [a, b] first",
    );
    expect(refused(QUILT, { ...user, accessKeys: "{ active: a, slots: [a, b] }" }, { deployed })).toEqual([]);
  });
});

describe("what an instance begins with", () => {
  const many = (count: number, value: string): string =>
    `{ ${Array.from({ length: count }, (_, index) => `V${index}: ${value}`).join(", ")} }`;
  const told = (container: string): readonly string[] =>
    refused(GENERIC, { container }).map((line) =>
      line.replace(/got \d{5}/, "got <bytes>").replace(/has \d{4,5}/g, "has <bytes>"),
    );

  it("fails with an environment that user data has no room for, before any engine is asked [SR-01]", () => {
    expect(told(`{ port: 4873, environment: ${many(20, "x".repeat(900))} }`)).toEqual([
      "container.environment: expected user data of at most 16384 bytes, got <bytes>, of which container.environment has <bytes>; shorten the values, or put them into a file of the image",
    ]);
    expect(told(`{ port: 4873, environment: ${many(8, "x".repeat(900))} }`)).toEqual([]);
  });

  it("fails at the secrets where they are what takes the room [SR-01]", () => {
    const arn = `"${secretArn("s".repeat(480))}"`;
    expect(told(`{ port: 4873, environment: { LEVEL: info }, secrets: ${many(20, arn)} }`)).toEqual([
      "container.secrets: expected user data of at most 16384 bytes, got <bytes>, of which container.secrets has <bytes>; keep several values in one secret, or give the secrets shorter names",
    ]);
  });
});

describe("the backups of a live registry", () => {
  const LIVE = { version: 1, endpointStates: {} } as const;
  const backup = "registries[packages].selfHosted.backup";
  const after = (text: string) => ({
    deployed: { ...LIVE, values: guardedValues(parseCustomer(text, "acme.yaml").customer) },
  });
  const permits = [`permits: { "${backup}": { reason: CHG-1042 agreed with the customer } }`];
  const withBackup = (more: readonly string[] = []): string => file(lines(QUILT, { backup: "{}" }), more);
  const without = (more: readonly string[] = []): string => file(QUILT, more);

  it("fail to be taken away without leave, or in the update that brings it [SR-08]", () => {
    expect(problems(without(), after(withBackup()))).toEqual([
      expect.stringMatching(
        /selfHosted\.backup: expected \S+\.selfHosted\.backup as deployed, got it removed, which ends the daily backups and deletes their vault, which aws refuses while it holds any; name it under permits/,
      ),
    ]);
    expect(problems(without(permits), after(withBackup()))).toEqual([
      expect.stringMatching(
        /got it removed in the update that brings its permit; deploy the permit first, then remove it$/,
      ),
    ]);
  });

  it("go once that was permitted, and come without leave", () => {
    expect(problems(without(permits), after(withBackup(permits)))).toEqual([]);
    expect(problems(withBackup(), after(without()))).toEqual([]);
  });
});

it("finds two zones or more in every region a file may name", () => {
  expect(AWS_REGIONS.filter((region) => awsZones(region).length < 2)).toEqual([]);
});
