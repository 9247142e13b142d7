import { z } from "zod";
import { mistake } from "../../wording.ts";
import { accountID } from "../accounts.ts";
import { awsRegion, block, dnsName, flag, list, map, oneOf, range, text, whole } from "../fields.ts";
import { BUCKET_NAME, CERTIFICATE_ARN, IMAGE, NAME_PREFIX, SECRET_ARN, bucketNameFix } from "./selfHostedTexts.ts";

const copied = (expected: string, what: string, pattern: RegExp, fix = "copy it from the console") =>
  text({ expected, what, fix }, pattern);

/** The ARN of a secret. What stands there instead may be the secret itself, so no message shows it. */
const secretArn = (what: string): z.ZodString => {
  const error = ({ input }: { readonly input?: unknown }): string => {
    const fix = "store the value in secrets manager and write its arn, never the value";
    const expected = "the arn of a secret in secrets manager";
    return input === undefined
      ? mistake(input, { expected, what, fix })
      : `expected ${expected}, got something else; ${fix}`;
  };
  return z.string({ error }).regex(SECRET_ARN, { error });
};

const smtp = block(
  {
    host: dnsName("the mail server's dns name")
      .optional()
      .describe("Mail server; by default Amazon SES in the region."),
    port: whole(
      { expected: "465, 587, 2465 or 2587", what: "the port", fix: "port 25 is closed on ec2, write 587" },
      465,
      2587,
    )
      .default(587)
      .describe("Port of the mail server, by STARTTLS."),
    defaultSender: copied(
      "an e-mail address",
      "the address mail comes from",
      /^[^\s@]+@[^\s@]+$/,
      "write one address, without a name",
    ).describe("Sender of the registry's mail; an identity that the mail server has verified."),
    credentialsSecretArn: secretArn("the arn of the smtp credentials").describe(
      'Secret with {"username": …, "password": …} of the mail server.',
    ),
  },
  "defaultSender and credentialsSecretArn",
);

const cidrs = (what: string, max: number) => list(range("an ipv4 range", what), "10.0.0.0/16", 1, max);

const ssh = block(
  {
    keyName: copied("the name of an ec2 key pair", "the key pair's name", /^[\x21-\x7e][\x20-\x7e]{0,254}$/).describe(
      "EC2 key pair whose private key may log in.",
    ),
    inputCidrs: cidrs("a range that may open ssh", 20).describe("Ranges that may open SSH; never the whole internet."),
  },
  "keyName and inputCidrs",
);

const image = (what: string) =>
  copied(
    "an image by digest, <registry>/<name>@sha256:<64 hex digits>",
    what,
    IMAGE,
    "a tag may move, write the digest of what was tested",
  );

const images = block(
  {
    registry: image("the registry's image").describe("The registry itself, by digest."),
    nginx: image("nginx's image").describe("nginx in front of the registry, by digest."),
    catalog: image("the catalog's image").optional().describe("The catalog, by digest; of the quilt profile only."),
  },
  "registry and nginx",
);

const variable = (what: string) =>
  text(
    { expected: "an environment variable's name", what, fix: "write it in upper case, with _ between words" },
    /^[A-Z_][A-Z0-9_]{0,63}$/,
  );

const container = block(
  {
    port: whole({ expected: "a port from 1024 to 65535", what: "the port", fix: "correct it" }, 1024, 65535).describe(
      "Port the registry listens on in its container.",
    ),
    healthPath: copied("a path", "a path that answers 200", /^\/[\w./~-]{0,200}$/, "begin it with /")
      .default("/")
      .describe("Path that answers 200 to anybody while the registry works."),
    dataPath: copied("an absolute path", "where packages are kept", /^(\/[\w.-]+)+$/, "begin it with /")
      .optional()
      .describe(
        "Where the registry keeps its packages; copied to a bucket every five minutes and brought back from it.",
      ),
    dataVolumeGiB: whole({ expected: "a size from 10 to 16384", what: "the GiB", fix: "correct it" }, 10, 16384)
      .default(50)
      .describe("Size of the volume for dataPath in GiB."),
    environment: map(
      variable("the variable's name"),
      text({ expected: "one line of text", what: "the value", fix: "write one line" }, /^[^\r\n\0]{0,1000}$/),
      "LOG_LEVEL: info",
      50,
    )
      .default({})
      .describe("Plain settings of the container; never a secret."),
    secrets: map(variable("the variable's name"), secretArn("the secret's arn"), "TOKEN: arn:…", 20)
      .default({})
      .describe("Variables whose values are secrets in Secrets Manager, by ARN."),
  },
  "port: 4873",
);

const slot = (what: string) => oneOf(what, ["a", "b"]);

const accessKeys = block(
  {
    active: slot("the slot in use").default("a").describe("Slot of the key the registry signs with."),
    slots: list(slot("the slot"), "a", 1, 2)
      .default(["a"])
      .describe("Slots with a key. To rotate: [a], then [a, b], then active: b, then [b], an update each."),
  },
  "active: a",
);

const restore = block(
  {
    snapshotIdentifier: copied("a snapshot's name or arn", "the snapshot", /^[A-Za-z0-9:-]{1,255}$/)
      .optional()
      .describe("Snapshot the database is made from; read when it is made and never after."),
    sourceInstance: copied("a database's identifier", "the database", /^[A-Za-z][A-Za-z0-9-]{0,62}$/)
      .optional()
      .describe("Database whose state at a point in time the new one is made from."),
    time: copied(
      "a time such as 2026-11-21T06:00:00Z",
      "the time",
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/,
      "write it in utc",
    )
      .optional()
      .describe("The point in time, with sourceInstance; the latest by default."),
  },
  "snapshotIdentifier",
);

const replication = block(
  {
    bucketArn: copied("a bucket's arn", "the bucket's arn", /^arn:aws[\w-]*:s3:::[a-z0-9.-]{3,63}$/).describe(
      "Versioned bucket in another region or account that every object is copied to.",
    ),
    kmsKeyArn: copied("a key's arn", "the key's arn", /^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/.+$/).describe(
      "Key of that bucket, in its region.",
    ),
  },
  "bucketArn and kmsKeyArn",
);

const backup = block(
  {
    copyToVaultArn: copied(
      "a backup vault's arn",
      "the vault's arn",
      /^arn:aws[\w-]*:backup:[a-z0-9-]+:\d{12}:backup-vault:.+$/,
    )
      .optional()
      .describe("Vault in another region or account that every backup is copied to."),
  },
  "{}",
);

const dbCredentials = block(
  {
    mode: oneOf("the mode", ["rds-managed", "static"]).describe(
      "rds-managed: RDS makes and rotates the password; static: one that a restored snapshot brings.",
    ),
    secretArn: secretArn("the arn of the database's credentials")
      .optional()
      .describe('With static: secret with {"username": …, "password": …}.'),
  },
  "mode: rds-managed",
);

/** What both profiles take. */
const common = {
  accountID: accountID("the id of the account the registry runs in").describe("AWS account the registry runs in."),
  region: awsRegion().describe("Region the registry runs in."),
  profile: oneOf("the profile", ["quilt", "generic"]).describe(
    "What runs: the Quilt Teams stack, or any registry in a container.",
  ),
  registryHost: dnsName("the registry's dns name").describe("DNS name of the registry; the certificate covers it."),
  namePrefix: copied("2 to 21 of a-z, 0-9 and -, a letter first, no - last", "the prefix", NAME_PREFIX, "respell it")
    .optional()
    .describe("What names of resources begin with; <customer>-<key> by default. Fixed once deployed."),
  certificateArn: copied(
    "the arn of a certificate in acm",
    "the certificate's arn",
    CERTIFICATE_ARN,
    "copy it from certificate manager",
  )
    .optional()
    .describe("Certificate in ACM, in the same region; without it one is made, with hostedZoneID."),
  certificateDomain: dnsName("the certificate's main name, without *.")
    .optional()
    .describe("Main name of that certificate where it is not registryHost, without a leading *."),
  hostedZoneID: copied("a hosted zone's id, Z…", "the hosted zone's id", /^Z[A-Z0-9]{1,31}$/)
    .optional()
    .describe("Zone in the same account that gets the registry's names."),
  size: oneOf("the size", ["small", "large"])
    .default("small")
    .describe("small: fewer than 1000 users; large: a busy registry. Sets instance and database."),
  instanceType: copied("an instance type such as t3.small", "the type", /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/)
    .optional()
    .describe("EC2 instance type, x86_64, instead of size's."),
  images: images.describe("Container images, by digest."),
  vpcCidr: range("an ipv4 range from /16 to /22", "the vpc's range", (value) => {
    const prefix = Number(value.split("/")[1]);
    return prefix >= 16 && prefix <= 22 ? undefined : "the prefix length is from 16 to 22";
  })
    .default("10.90.0.0/20")
    .describe("Range of the registry's own VPC. Fixed once deployed."),
  layout: oneOf("the layout", ["tiered", "seed"])
    .default("tiered")
    .describe("tiered: application, database and public subnets; seed: three public subnets for everything."),
  egress: oneOf("the way out", ["vpc-endpoints", "nat"])
    .optional()
    .describe("How the instance gets out with layout tiered; by default to AWS's services alone, by VPC endpoints."),
  internetFacing: flag().default(false).describe("Whether the load balancer has public addresses."),
  allowedCidrs: list(range("an ipv4 range", "a range that may open https"), "10.0.0.0/16", 0, 40)
    .default([])
    .describe("Ranges that may open HTTPS beside PrivateLink."),
  ssh: ssh.optional().describe("SSH to the instance; without it Session Manager is the way in."),
  alarmTopicArn: copied("an sns topic's arn", "the topic's arn", /^arn:aws[\w-]*:sns:[a-z0-9-]+:\d{12}:.+$/)
    .optional()
    .describe("SNS topic that alarms go to; without it there are none."),
  seedCompatible: flag()
    .default(false)
    .describe("CORS for every origin and the five S3 actions of the published Quilt template."),
  replication: replication.optional().describe("Copy of every object in another region or account."),
  backup: backup.optional().describe("AWS Backup beside the database's own backups."),
};

/** What the quilt profile takes beside it. */
const quilt = {
  acknowledgeLegacyImages: flag()
    .default(false)
    .describe("That the Quilt images no longer get security updates (Ubuntu 18.04, Python 3.6) is known."),
  catalogHost: dnsName("the catalog's dns name").optional().describe("DNS name of the catalog."),
  packageBucketName: text(
    { expected: "a new bucket's name, 3 to 63 of a-z, 0-9 and -", what: "the bucket's name", fix: bucketNameFix },
    BUCKET_NAME,
    (name) => !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3)$/.test(name),
  )
    .optional()
    .describe("Bucket to make for package data. Fixed once deployed."),
  teamId: copied("1 to 31 of a-z and 0-9, a letter first", "the team's id", /^[a-z][a-z0-9]{0,30}$/, "one word")
    .optional()
    .describe("Short name of the team."),
  teamName: copied(
    "1 to 80 characters without quotes, backslashes, < and >",
    "the team's name",
    /^[^'"\\<>`$\p{C}]{1,80}$/u,
    "the catalog pastes it into a script, leave those out",
  )
    .optional()
    .describe("Name of the team as the catalog shows it."),
  smtp: smtp.optional().describe("Mail, which sign-up and password resets need."),
  dbInstanceClass: copied("a class such as db.t4g.small", "the class", /^db\.[a-z0-9-]+\.[a-z0-9]+$/)
    .optional()
    .describe("RDS instance class instead of size's."),
  dbCredentials: dbCredentials
    .default({ mode: "rds-managed" })
    .describe("Who makes the database's password. The value itself is never in this file."),
  restore: restore
    .optional()
    .describe("What a new database is made from. On a database that is there it is refused: it would change nothing."),
  s3Identity: oneOf("the identity", ["instance-role", "instance-role-shim", "iam-user"])
    .optional()
    .describe(
      "Who signs the URLs of package data; the shim hands the role to the old SDK. The role's links last 6 hours.",
    ),
  acknowledgeLongLivedKey: flag()
    .default(false)
    .describe("That s3Identity: iam-user has a key without an end is known."),
  accessKeys: accessKeys.optional().describe("Keys of s3Identity: iam-user, in two slots."),
};

/** `registries.<key>.selfHosted`. */
export const selfHosted = block(
  { ...common, ...quilt, container: container.optional().describe("What the generic profile runs.") },
  "accountID, region, profile and registryHost",
);
