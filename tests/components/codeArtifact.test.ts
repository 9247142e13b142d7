/**
 * A CodeArtifact registry from its customer file, on simulated clouds without an engine. What an update or a deletion does
 * to it takes the engine, and that AWS agrees takes AWS.
 */
import { globSync, readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import type { GraphNode } from "../../engine/graph.ts";
import { REFRESHER_SCRIPT } from "../../plan/codeArtifact/refresherScript.ts";
import type { Deployed } from "../../sandbox/deploy.ts";
import { EVERYTHING, load, SMALLEST } from "../stacks/codeArtifactFile.ts";
import { deployCustomer } from "../support/deployed.ts";

/** What a file makes of its registry, with what was declared of each. */
class Made {
  readonly nodes: GraphNode[] = [];
  created: readonly Deployed[] = [];

  static async of(text: string): Promise<Made> {
    const made = new Made();
    const { created, refused } = await deployCustomer(load(text), {
      send: (node) => {
        made.nodes.push(node);
        return node.inputs;
      },
    });
    if (refused) throw refused;
    made.created = created;
    return made;
  }

  /** Sorted `<class> <name>` of what belongs to registries. */
  get names(): readonly string[] {
    return this.created
      .filter(({ type, name }) => name.startsWith("acme-packages") && !type.startsWith("pulumi:"))
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name.replace("acme-packages", "~")}`)
      .toSorted();
  }

  node(className: string, name = ""): GraphNode {
    const found = this.nodes.find((one) => one.type.endsWith(`:${className}`) && one.name === `acme-packages${name}`);
    if (found === undefined) throw new Error(`no ${className} ${name}`);
    return found;
  }

  deployed(className: string, name = ""): Deployed {
    return this.created.find((one) => one.type.endsWith(`:${className}`) && one.name === `acme-packages${name}`)!;
  }
}

let smallest: Made;
let everything: Made;
beforeAll(async () => {
  smallest = await Made.of(SMALLEST);
  everything = await Made.of(SMALLEST + EVERYTHING);
});

describe("CodeArtifactRegistry", () => {
  it("makes of four lines a domain, its key, five repositories, its reader and a token, and nothing is refused", () => {
    expect(smallest.names).toEqual([
      "Account ~-token",
      "AlertPolicy ~-token",
      "Alias ~",
      "Domain ~",
      "EventRule ~-alerts",
      "EventRule ~-packages",
      "EventTarget ~-alerts-topic",
      "EventTarget ~-packages-log",
      "Job ~-token",
      "Job ~-token",
      "JobIamMember ~-token",
      "Key ~",
      "LogGroup ~",
      "LogResourcePolicy ~",
      "Queue ~-undelivered",
      "QueuePolicy ~-undelivered",
      "Repository ~-internal",
      "Repository ~-maven-central-store",
      "Repository ~-npm-store",
      "Repository ~-pypi-store",
      "Repository ~-shared",
      "Role ~-reader",
      "RolePolicy ~-reader",
      "Secret ~-token",
      "SecretIamMember ~-token-write",
      "Topic ~",
      "TopicPolicy ~",
    ]);
  });

  it("adds policies, groups, audit and retention where they are written, and nothing is refused", () => {
    const added = everything.names.filter((name) => !smallest.names.includes(name));
    expect(added).toEqual([
      "DomainPermissions ~",
      "EventRule ~-calls",
      "EventTarget ~-calls-log",
      "EventTarget ~-packages-queue",
      "Function ~-retention",
      "LogGroup ~-retention",
      "LogMetricFilter ~-changed",
      "LogMetricFilter ~-denied",
      "LogMetricFilter ~-tokens",
      "MetricAlarm ~-changed",
      "MetricAlarm ~-denied",
      "MetricAlarm ~-tokens",
      "Queue ~-packages",
      "QueuePolicy ~-packages",
      "Repository ~-nuget-store",
      "RepositoryPermissionsPolicy ~-internal",
      "Resource ~-maven-com.acme~",
      "Resource ~-npm-acme-*",
      "Resource ~-npm-other-*",
      "Resource ~-pypi--acme~",
      "Role ~-retention",
      "Role ~-retention-start",
      "RolePolicy ~-retention",
      "RolePolicy ~-retention-start",
      "Schedule ~-retention",
      "TopicSubscription ~-platform@acme.example",
    ]);
  });

  it("gives the domain a key of its own under an alias, both protected, and never another one [CA-01, CA-04]", () => {
    const domain = smallest.node("Domain");
    expect(domain.inputs).toMatchObject({
      domain: "acme-prod",
      encryptionKey: smallest.deployed("Key").outputs["arn"],
      tags: { "causeway:customer": "acme", "causeway:registry": "packages" },
    });
    expect([domain.protect, domain.ignoreChanges]).toEqual([true, ["encryptionKey"]]);
    const key = smallest.node("Key");
    expect(key.inputs).toMatchObject({ enableKeyRotation: true, rotationPeriodInDays: 365, deletionWindowInDays: 30 });
    expect(key.protect).toBe(true);
    expect(smallest.node("Alias").inputs).toMatchObject({ name: "alias/codeartifact/acme-prod" });
  });

  it("is made in the account and region the file names and in no other [CA-02]", () => {
    const { provider } = smallest.node("Domain");
    const used = smallest.nodes.find(({ urn }) => provider?.startsWith(urn));
    expect(used).toMatchObject({ type: "pulumi:providers:aws", name: "acme-registry-444455556666-us-east-1" });
    expect(used?.inputs).toMatchObject({ allowedAccountIds: JSON.stringify(["444455556666"]), region: "us-east-1" });
  });

  it("uses a key that is there, or aws's, and makes none [CA-04]", async () => {
    const arn = "arn:aws:kms:us-east-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000001";
    const aws = await Made.of(`${SMALLEST}          kms: { mode: aws-managed }\n`);
    expect(aws.node("Domain").inputs).not.toHaveProperty("encryptionKey");
    expect(aws.names).not.toContain("Key ~");
    // Nobody made this key in the simulated account.
    await expect(Made.of(`${SMALLEST}          kms: { mode: existing, keyARN: "${arn}" }\n`)).rejects.toThrow(arn);
  });

  it("connects each store to its source and to nothing else, and replaces it for another [CA-06, CA-07]", () => {
    const store = smallest.node("Repository", "-npm-store");
    expect(store.inputs).toMatchObject({
      domain: "acme-prod",
      domainOwner: "444455556666",
      repository: "npm-store",
      externalConnections: { externalConnectionName: "public:npmjs" },
    });
    expect(store.inputs).not.toHaveProperty("upstreams");
    expect(store.replaceOnChanges).toContain("externalConnections");
    expect([store.deleteBeforeReplace, store.protect]).toEqual([true, true]);
  });

  it("leaves upstreams out where there are none, and replaces a repository that loses its last [CA-08]", async () => {
    const made = await Made.of(`${SMALLEST}          repositories: { shared: {}, internal: { upstreams: [] } }\n`);
    const internal = made.node("Repository", "-internal");
    expect(internal.inputs).not.toHaveProperty("upstreams");
    expect(internal.replaceOnChanges).toEqual(["externalConnections", "upstreams"]);
    expect(made.node("Repository", "-shared").replaceOnChanges).toEqual(["externalConnections"]);
  });

  it("keeps the order of upstreams, which is that of search [CA-09]", () => {
    expect(smallest.node("Repository", "-shared").inputs["upstreams"]).toEqual(
      ["npm-store", "pypi-store", "maven-central-store"].map((repositoryName) => ({ repositoryName })),
    );
  });

  it("never writes a revision of a policy, which would refuse every second update [CA-18]", () => {
    for (const one of [
      everything.node("DomainPermissions"),
      everything.node("RepositoryPermissionsPolicy", "-internal"),
    ])
      expect(one.inputs).not.toHaveProperty("policyRevision");
  });

  it("makes package groups through cloud control, after the repositories they name [CA-20]", () => {
    expect(everything.node("Resource", "-npm-acme-*").inputs["typeName"]).toBe("AWS::CodeArtifact::PackageGroup");
  });

  it("trusts the refresher's service account for one audience, by its unique id [CA-42]", () => {
    const id = smallest.deployed("Account", "-token").outputs["uniqueId"];
    const role = smallest.node("Role", "-reader").inputs;
    expect(JSON.parse(String(role["assumeRolePolicy"]))).toEqual({
      Version: "2012-10-17",
      Statement: [
        {
          Effect: "Allow",
          Principal: { Federated: "accounts.google.com" },
          Action: "sts:AssumeRoleWithWebIdentity",
          Condition: {
            StringEquals: {
              "accounts.google.com:sub": id,
              "accounts.google.com:aud": id,
              "accounts.google.com:oaud": "https://codeartifact/444455556666/acme-prod",
            },
          },
        },
      ],
    });
    expect(role["maxSessionDuration"]).toBe(3600);
    expect(everything.node("Role", "-reader").inputs["permissionsBoundary"]).toBe(
      "arn:aws:iam::444455556666:policy/boundary",
    );
  });
});

describe("a customer and a registry with the longest names", () => {
  it("is made all the same, and nothing is refused", async () => {
    const [name, key] = ["a".repeat(20), "b".repeat(30)];
    const text = (SMALLEST + EVERYTHING).replace("name: acme", `name: ${name}`).replace("packages:", `${key}:`);
    const nodes: GraphNode[] = [];
    const { refused } = await deployCustomer(load(text), { send: (node) => (nodes.push(node), node.inputs) });
    expect(refused?.message).toBeUndefined();
    const account = nodes.find(({ type }) => type.endsWith(":Account"));
    expect(String(account?.inputs["accountId"]).length).toBeLessThanOrEqual(30);
  });
});

describe("CodeArtifactTokenRefresher", () => {
  const job = (className: "cloudrunv2" | "cloudscheduler"): GraphNode =>
    smallest.nodes.find(({ type }) => type.startsWith(`gcp:${className}/job:`))!;

  it("runs the script as it is tested, as its own account, with names in its environment [CA-44]", () => {
    const { template } = job("cloudrunv2").inputs["template"] as { template: Record<string, unknown> };
    const [container] = template["containers"] as [{ commands: string[]; args: string[]; envs: { name: string }[] }];
    expect([container.commands, container.args]).toEqual([
      ["node"],
      ["--input-type=module", "--eval", REFRESHER_SCRIPT],
    ]);
    expect(container.envs.map(({ name }) => name)).toEqual([
      "AUDIENCE",
      "ROLE_ARN",
      "AWS_REGION",
      "DOMAIN",
      "DOMAIN_OWNER",
      "TOKEN_SECONDS",
      "SECRET",
    ]);
    expect(template).toMatchObject({ maxRetries: 2, timeout: "300s" });
  });

  it("is started every two hours, by its own account alone [CA-45]", () => {
    expect(job("cloudscheduler").inputs).toMatchObject({
      schedule: "0 */2 * * *",
      httpTarget: {
        httpMethod: "POST",
        uri: "https://run.googleapis.com/v2/projects/acme-prod-4f2a/locations/us-central1/jobs/acme-packages-token:run",
      },
      retryConfig: { retryCount: 3 },
    });
    expect(smallest.node("JobIamMember", "-token").inputs["role"]).toBe("roles/run.invoker");
  });

  it("alerts when two runs in a row failed [CA-45]", () => {
    const [condition] = smallest.node("AlertPolicy", "-token").inputs["conditions"] as [Record<string, unknown>];
    expect(condition["conditionThreshold"]).toMatchObject({ comparison: "COMPARISON_GT", thresholdValue: 1 });
  });
});

describe("CodeArtifactMonitoring", () => {
  const pattern = (name: string): unknown =>
    JSON.parse(String(everything.node("EventRule", name).inputs["eventPattern"]));

  it("follows the versions of this domain, enabled [CA-50]", () => {
    expect(pattern("-packages")).toEqual({
      source: ["aws.codeartifact"],
      "detail-type": ["CodeArtifact Package Version State Change"],
      detail: { domainName: ["acme-prod"], domainOwner: ["444455556666"] },
    });
    expect(everything.node("EventRule", "-packages").inputs).toMatchObject({ state: "ENABLED" });
    expect(everything.node("EventRule", "-packages").inputs).not.toHaveProperty("isEnabled");
  });

  it("delivers with retries, and keeps what cannot be delivered [CA-51]", () => {
    const arn = everything.deployed("Queue", "-undelivered").outputs["arn"];
    const targets = everything.nodes.filter(({ type }) => type.endsWith(":EventTarget"));
    expect(targets.length).toBe(4);
    for (const { inputs } of targets) {
      expect(inputs).toMatchObject({ deadLetterConfig: { arn }, retryPolicy: { maximumRetryAttempts: 185 } });
    }
    expect(pattern("-alerts")).toMatchObject({
      detail: { $or: [{ operationType: ["Deleted"] }, { packageVersionState: ["Disposed"] }] },
    });
  });

  it("lets its rules and its own alarms alone send to its topic [CA-51] [CA-53]", () => {
    const policy = String(everything.node("TopicPolicy").inputs["policy"]);
    const rule = everything.deployed("EventRule", "-alerts").outputs["arn"];
    expect(JSON.parse(policy)).toMatchObject({
      Statement: [
        { Principal: { Service: "events.amazonaws.com" }, Condition: { ArnEquals: { "aws:SourceArn": [rule] } } },
        {
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Condition: {
            ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:444455556666:alarm:*" },
            StringEquals: { "aws:SourceAccount": "444455556666" },
          },
        },
      ],
    });
  });

  it("hears of calls that only read as well, and makes no trail unasked [CA-52]", () => {
    expect(everything.node("EventRule", "-calls").inputs).toMatchObject({
      state: "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS",
    });
    expect(everything.names.filter((name) => name.startsWith("Trail"))).toEqual([]);
  });

  it("makes a trail of management events in a bucket that is named [CA-52]", async () => {
    const trail = "monitoring: { auditAPICalls: true, trailBucket: acme-trail }";
    // The bucket is not in the simulated account, so that the trail is refused, with these arguments.
    await expect(Made.of(`${SMALLEST}          ${trail}\n`)).rejects.toThrow(
      "aws:cloudtrail/trail:Trail acme-packages",
    );
  });

  it("raises an alarm on refusals, on changed policies and on others' tokens [CA-53]", () => {
    const filters = ["-denied", "-changed", "-tokens"].map(
      (n) => everything.node("LogMetricFilter", n).inputs["pattern"],
    );
    expect(filters[0]).toBe('{ $.detail.errorCode = "AccessDenied*" }');
    expect(filters[1]).toContain('($.detail.eventName = "DisposePackageVersions")');
    expect(filters[2]).toContain(String(everything.deployed("Role", "-reader").outputs["arn"]));
    expect(everything.node("MetricAlarm", "-denied").inputs).toMatchObject({
      alarmActions: [everything.deployed("Topic").outputs["arn"]],
      treatMissingData: "notBreaching",
    });
  });
});

describe("CodeArtifactRetention", () => {
  it("hands the rules over in the environment and may do what they say [CA-54]", () => {
    const run = everything.node("Function", "-retention").inputs;
    const { variables } = run["environment"] as { variables: { RETENTION: string } };
    expect(JSON.parse(variables.RETENTION)).toMatchObject({ domain: "acme-prod", dryRun: false, rules: [{}, {}] });
    expect(everything.node("Schedule", "-retention").inputs).toMatchObject({ scheduleExpression: "rate(1 day)" });
  });

  it("is started by schedules of its own account alone [CA-54]", () => {
    const condition = (name: string): unknown =>
      (
        JSON.parse(String(everything.node("Role", name).inputs["assumeRolePolicy"])) as {
          Statement: { Condition?: unknown }[];
        }
      ).Statement[0]!.Condition;
    expect(condition("-retention-start")).toEqual({ StringEquals: { "aws:SourceAccount": "444455556666" } });
  });

  it("is dry unless somebody writes otherwise [CA-54]", async () => {
    const dry = await Made.of(`${SMALLEST}          retention: { rules: [{ repository: internal, format: npm }] }\n`);
    expect(String(dry.node("RolePolicy", "-retention").inputs["policy"])).not.toMatch(/Update|Dispose|Delete/);
  });
});

it("nothing of the program asks CodeArtifact for a token, which would end up in the state [CA-41]", () => {
  const root = new URL("../../", import.meta.url).pathname;
  const files = globSync("{plan,stacks,components,engine,fleet}/**/*.ts", { cwd: root });
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => /getAuthorizationToken/.test(readFileSync(root + file, "utf8")))).toEqual([]);
});
