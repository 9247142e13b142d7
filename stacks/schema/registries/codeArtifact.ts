import { z } from "zod";
import {
  CODEARTIFACT_REGIONS,
  FORMATS,
  MODES,
  RETENTION_ACTIONS,
  STORE_KEYS,
} from "../../../plan/codeArtifact/facts.ts";
import { accountID } from "../accounts.ts";
import { awsRegion, block, flag, list, map, oneOf, range, text, whole } from "../fields.ts";
import { mistake, nearest } from "../../wording.ts";

/** `registries.<key>.codeArtifact`. Names and limits: CodeArtifact API Reference, each type's pattern. */

const repositoryName = (what: string): z.ZodString =>
  text(
    { expected: "2 to 100 of letters, digits, ., _ and -, a letter or digit first", what, fix: "respell it" },
    /^[A-Za-z0-9][A-Za-z0-9._-]{1,99}$/,
  );

const plain = (what: string, max: number): z.ZodString =>
  text(
    { expected: `at most ${max} characters without control characters`, what, fix: "shorten it, on one line" },
    undefined,
    (value) => value.length <= max && !/\p{C}/u.test(value),
  ).meta({ maxLength: max });

const principal = (what: string): z.ZodString =>
  text(
    {
      expected: "the arn of a role, user or account",
      what,
      fix: "it looks like arn:aws:iam::111122223333:role/ci",
    },
    /^arn:aws:iam::\d{12}:(root|(role|user)\/[\w+=,.@/-]{1,512})$/,
  );

const PRINCIPAL = "arn:aws:iam::111122223333:role/ci";

/** CodeArtifact keeps npm's scopes without @; a rule for `@acme` would hold for no package. */
const unlessScoped =
  (fix: string) =>
  (value: unknown): string =>
    /(^|\/)@/.test(String(value)) ? "codeartifact keeps scopes without @, take it out" : fix;

/** `<format>/<namespace>/<name>` as IAM matches it. */
const packages = text(
  {
    expected: "<format>/<namespace>/<name> with * where any is meant",
    what: "packages such as npm/acme/*",
    fix: unlessScoped("an empty namespace leaves two slashes, pypi//acme-*"),
  },
  new RegExp(`^(${FORMATS.join("|")})/[^#/\\s@]{0,255}/[^#/\\s@]{1,255}$`),
);

const publisher = block(
  {
    principalARN: principal("the publisher's arn").describe("Role or user that publishes."),
    packages: list(packages, "npm/acme/*", 0, 50)
      .default([])
      .describe("What it may publish; by default what is below internalNamespaces."),
    anyPackage: flag().default(false).describe("Leave to publish under any name."),
  },
  "principalARN",
);

const repository = block(
  {
    description: plain("the description", 1000).optional().describe("At most 1000 characters."),
    upstreams: list(repositoryName("a repository's name"), "shared", 0, 100)
      .optional()
      .describe("Where packages come from that are not here, first match wins; all stores by default. At most 10."),
    readers: list(principal("the reader's arn"), PRINCIPAL, 0, 100)
      .default([])
      .describe("Who reads besides the consumer; a whole repository or nothing of it."),
    publishers: list(publisher, `{ principalARN: ${PRINCIPAL} }`, 0, 50)
      .default([])
      .describe("Who publishes, and what."),
  },
  "{} for a repository on top of all stores",
);

const namespace = text(
  {
    expected: "<format>/<namespace>",
    what: "a namespace such as npm/acme",
    fix: unlessScoped("of pypi, nuget, ruby and cargo write the prefix of your names, pypi/acme"),
  },
  new RegExp(`^(${FORMATS.join("|")})/[^#/\\s~*$@]{1,255}$`),
);

/** Source: CodeArtifact User Guide, "Package group definition syntax and matching behavior". */
const pattern = text(
  {
    expected: "a package group pattern of 2 to 520 characters",
    what: "a pattern such as /npm/acme/*",
    fix: (value): string => {
      if (value === "/*") return "aws makes this one and it cannot be made again, write a narrower one";
      if (!/^\/[^\p{C}\s]{0,518}[$~*]$/u.test(String(value))) {
        return "it begins with / and ends with $, ~ or *, without spaces";
      }
      return unlessScoped(`it begins with /<format>/, of ${FORMATS.join(", ")}`)(value);
    },
  },
  new RegExp(`^/(${FORMATS.join("|")})/[^\\p{C}\\s@]{0,518}[$~*]$`, "u"),
  (value) => value.length <= 520,
);

const mode = oneOf("the mode", MODES).default("inherit");
const specific = list(repositoryName("a repository's name"), "internal", 0, 100)
  .default([])
  .describe("With allow-specific-repositories, and with it alone.");

const origin = (what: string) =>
  block({ mode: mode.describe(what), repositories: specific }, "mode: block")
    .prefault({})
    .describe(what);

const packageGroup = block(
  {
    publish: origin("Whether versions are published here."),
    externalUpstream: origin("Whether versions come from a public source."),
    internalUpstream: origin("Whether versions come from another repository."),
    contactInfo: plain("whom to ask", 1000).optional().describe("Whom to ask about the group."),
    description: plain("the description", 1000).optional().describe("What the group is for."),
  },
  "publish: { mode: block }",
);

const kms = block(
  {
    mode: oneOf("the kind of key", ["customer-managed", "aws-managed", "existing"])
      .default("customer-managed")
      .describe("Key of the domain's assets. Never changed: another key is another domain."),
    keyARN: text(
      {
        expected: "the arn of a key",
        what: "the key's arn",
        fix: "neither an id nor an alias will do, arn:aws:kms:<region>:<account>:key/<id>",
      },
      /^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-f-]{36}$|^arn:aws:kms:[a-z0-9-]+:\d{12}:key\/mrk-[0-9a-f]{32}$/,
    )
      .optional()
      .describe("With existing: a symmetric key."),
    rotationDays: whole(
      { expected: "days from 90 to 2560", what: "the days", fix: "choose one in these bounds" },
      90,
      2560,
    )
      .default(365)
      .describe("Days between rotations."),
    deletionWindowDays: whole(
      { expected: "days from 7 to 30", what: "the days", fix: "choose one in these bounds" },
      7,
      30,
    )
      .default(30)
      .describe("Days in which a deletion can be taken back."),
    adminRoleARNs: list(principal("the administrator's arn"), PRINCIPAL, 0, 20)
      .default([])
      .describe("Who administers the key; neither encrypts nor decrypts."),
  },
  "mode: customer-managed",
).prefault({});

const tokenTTL = whole(
  {
    expected: "0 or seconds from 900 to 43200",
    what: "the seconds",
    fix: "choose one in these bounds; 0 ties the token to the role's session of an hour",
  },
  0,
  43200,
).refine((value) => value === 0 || value >= 900, {
  error: ({ input }) => `expected 0 or seconds from 900 to 43200, got ${String(input)}; choose one in these bounds`,
});

const INTERVALS = [5, 10, 15, 20, 30, 60, 120, 180, 240, 360] as const;
const refreshMinutes = z.literal(INTERVALS, {
  error: ({ input }) => {
    const below = INTERVALS.findLast((minutes) => minutes <= Number(input)) ?? INTERVALS[0];
    const help = { expected: `one of ${INTERVALS.join(", ")} minutes`, what: "the minutes", fix: `write ${below}` };
    return mistake(input, help, "number");
  },
});

const consumer = block(
  {
    serviceAccountID: text(
      {
        expected: "20 to 22 digits",
        what: "the service account's unique id",
        number: "quote it, it is longer than a yaml number",
        fix: "write its unique id, gcloud iam service-accounts describe shows it",
      },
      /^\d{20,22}$/,
    )
      .optional()
      .describe("Unique id of a Google service account that reads; without it one is made that keeps a token fresh."),
    tokenTTLSeconds: tokenTTL.default(21600).describe("Seconds a token lives."),
    refreshMinutes: refreshMinutes.default(120).describe("Minutes between tokens, at most half a token's life."),
    image: text(
      { expected: "a container image", what: "the image", fix: "write registry/path:tag, or @sha256:<digest>" },
      /^[a-z0-9][a-z0-9.:-]*\/[a-z0-9._/-]+[:@][\w.:-]+$/,
    )
      .default("docker.io/library/node:24-slim")
      .describe("Image with node that the refresher runs in."),
    permissionsBoundaryARN: text(
      {
        expected: "the arn of a policy",
        what: "the policy's arn",
        fix: "it looks like arn:aws:iam::111122223333:policy/x",
      },
      /^arn:aws:iam::(\d{12}|aws):policy\/[\w+=,.@/-]{1,512}$/,
    )
      .optional()
      .describe("Permissions boundary of the consumer's role."),
  },
  "{} for a token that is kept fresh",
).prefault({});

const domainPolicy = block(
  {
    tokenPrincipals: list(principal("the principal's arn"), PRINCIPAL, 0, 100)
      .default([])
      .describe("Who of other accounts may get tokens."),
    orgID: text(
      { expected: "an organization's id", what: "the id", fix: "it looks like o-a1b2c3d4e5" },
      /^o-[a-z0-9]{10,32}$/,
    )
      .optional()
      .describe("Everybody of this AWS organization may get tokens."),
    sourceVpceIDs: list(
      text(
        { expected: "an endpoint's id", what: "the id", fix: "it looks like vpce-0a1b2c3d4e5f67890" },
        /^vpce-([0-9a-f]{8}|[0-9a-f]{17})$/,
      ),
      "vpce-0a1b2c3d4e5f67890",
      0,
      50,
    )
      .default([])
      .describe("Reading is refused from anywhere but these endpoints and sourceRanges. Off by default, unproven."),
    sourceRanges: list(range("an ipv4 range", "the range"), "203.0.113.7/32", 0, 50)
      .default([])
      .describe("Reading is refused from anywhere but these ranges and sourceVpceIDs."),
  },
  "orgID: o-…",
).prefault({});

const monitoring = block(
  {
    events: flag().default(true).describe("A rule for package events, with a log group and a topic."),
    subscribers: list(
      text({ expected: "an e-mail address", what: "the address", fix: "correct it" }, /^[^\s@]+@[^\s@]+\.[^\s@]+$/),
      "platform@acme.example",
      0,
      20,
    )
      .default([])
      .describe("E-mail addresses told of deleted and disposed versions and of alarms; each has to confirm."),
    queue: flag().default(false).describe("A queue with every package event."),
    auditAPICalls: flag().default(false).describe("Logs and alarms of API calls; needs a CloudTrail trail."),
    trailBucket: text(
      { expected: "a bucket's name", what: "the bucket", fix: "3 to 63 of a-z, 0-9, . and -" },
      /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    )
      .optional()
      .describe("Existing bucket of a trail to make, where the organization has none."),
  },
  "events: true",
).prefault({});

const retentionRule = block(
  {
    repository: repositoryName("the repository").describe("Repository the rule is for; a store's name too."),
    format: oneOf("the format", FORMATS).describe("Format of the packages."),
    namespacePrefix: text(
      {
        expected: "1 to 255 characters without #, /, @ and spaces",
        what: "the prefix",
        fix: unlessScoped("correct it"),
      },
      /^[^#/\s@]{1,255}$/,
    )
      .optional()
      .describe("Start of the namespace, or of the name where there is none."),
    keepLatest: whole(
      { expected: "a number from 1 to 1000", what: "the number", fix: "choose one in these bounds" },
      1,
      1000,
    )
      .default(10)
      .describe("Newest versions that always stay."),
    maxAgeDays: whole({ expected: "days from 1 to 3650", what: "the days", fix: "choose one in these bounds" }, 1, 3650)
      .default(180)
      .describe("Older ones go."),
    action: oneOf("the action", RETENTION_ACTIONS)
      .default("archive")
      .describe("archive can be taken back; dispose keeps the version taken; delete frees it."),
  },
  "repository and format",
);

const retention = block(
  {
    dryRun: flag().default(true).describe("Says what would go, and keeps it."),
    schedule: text(
      { expected: "rate(<n> <unit>) or cron(<six fields>)", what: "the schedule", fix: "write rate(1 day)" },
      /^(rate\(\d+ (minutes?|hours?|days?)\)|cron\((\S+ ){5}\S+\))$/,
    )
      .default("rate(1 day)")
      .describe("When it runs, as EventBridge Scheduler writes it."),
    rules: list(retentionRule, "{ repository: internal, format: npm }", 1, 20).describe(
      "What goes, by repository and format.",
    ),
  },
  "rules",
);

const tags = map(
  plain("the key", 128).refine((key) => key.length > 0 && !key.startsWith("aws:"), {
    error: "expected 1 to 128 characters that do not begin with aws:, got another key; aws keeps that prefix",
  }),
  plain("the value", 256),
  "team: platform",
  16,
);

const region = awsRegion().refine((value) => (CODEARTIFACT_REGIONS as readonly string[]).includes(value), {
  error: ({ input }) => {
    const meant = nearest(String(input), CODEARTIFACT_REGIONS);
    return `expected a region with codeartifact, got ${String(input)}; ${meant === undefined ? "choose another, such as us-east-1" : `write ${meant}`}`;
  },
});

/** `registries.<key>.codeArtifact`. */
export const codeArtifact = block(
  {
    accountID: accountID("the id of the account that owns the domain").describe("AWS account that owns the domain."),
    region: region.describe("Region of the domain; that of the connection which leads to it."),
    environment: oneOf("the environment", ["prod", "nonprod"]).describe(
      "Production and other packages have domains of their own.",
    ),
    domain: text(
      {
        expected: "2 to 50 of a-z, 0-9 and -, a letter first, no - last",
        what: "the domain's name",
        fix: "respell it",
      },
      /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/,
    ).describe("Name of the domain; immutable and publicly visible."),
    kms: kms.describe("Key of the domain's assets; one is made by default. Guarded."),
    stores: list(oneOf("the public source", STORE_KEYS), "npm", 0, STORE_KEYS.length)
      .default(["npm", "pypi", "maven-central"])
      .describe("Public sources, each with a repository that keeps what is taken from it. Removing one is guarded."),
    repositories: map(repositoryName("a repository's name"), repository, "shared: {}", 100)
      .prefault({ shared: {}, internal: { upstreams: ["shared"] } })
      .describe("Repositories by name: shared and internal by default. Removing one is guarded."),
    internalNamespaces: list(namespace, "npm/acme", 0, 100)
      .default([])
      .describe("Names that are the customer's own: no public source may bring packages under them in."),
    packageGroups: map(pattern, packageGroup, "/npm/acme/*: { … }", 100)
      .optional()
      .describe("Where versions come from, by pattern; of internalNamespaces it follows."),
    consumer: consumer.describe("The Google service account that reads."),
    domainPolicy: domainPolicy.describe("Who of other accounts gets tokens, and from where anybody reads."),
    monitoring: monitoring.describe("Events, alarms and audit."),
    retention: retention.optional().describe("What old versions come to; dry by default."),
    tags: tags.optional().describe("Tags of every resource in AWS, besides the customer's labels."),
  },
  "accountID, region, environment and domain",
);
