/**
 * A registry that is run here, declared whole on simulated AWS. This tier cannot show that the instance starts, that the
 * containers answer, or that AWS takes what the simulation takes.
 */
import { beforeAll, describe, expect, it } from "vitest";
import type { Customer } from "../../plan/customer.ts";
import { ACCOUNT, CERTIFICATE, GENERIC, lines, QUILT, read, secretArn, ZONE } from "./selfHostedFiles.ts";
import { deploy, userDataOf, type Cloud } from "./selfHostedCloud.ts";

const TOPIC = `arn:aws:sns:us-east-1:${ACCOUNT}:operations`;

interface Statement {
  readonly Sid?: string;
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | string[];
  readonly Resource: string | string[];
  readonly Condition?: unknown;
}

const statements = (document: unknown): Statement[] =>
  (JSON.parse(String(document)) as { Statement: Statement[] }).Statement;
const names = (cloud: Cloud, className: string): string[] => cloud.all(className).map(({ name }) => name);

let quilt: Cloud;
let generic: Cloud;
beforeAll(async () => {
  quilt = await deploy(read(QUILT));
  generic = await deploy(read(GENERIC));
});

describe("both profiles on simulated aws", () => {
  it("are taken whole, every resource in the customer's account", () => {
    expect([quilt.all("Vpc").length, generic.all("Vpc").length]).toEqual([1, 1]);
    expect([quilt.all("Instance").length, generic.all("Instance").length]).toEqual([1, 0]);
    expect(quilt.one("Instance").type).toBe("aws:rds/instance:Instance");
  });

  it.each<[string, () => Customer]>([
    [
      "the seed's layout with ssh, a user with two keys, alarms and backups",
      () =>
        read(
          lines(QUILT, {
            ...{ layout: "seed", ssh: "{ keyName: ops, inputCidrs: [192.0.2.0/24] }", alarmTopicArn: TOPIC },
            ...{ s3Identity: "iam-user", acknowledgeLongLivedKey: "true", accessKeys: "{ active: b, slots: [a, b] }" },
            ...{ backup: "{}", hostedZoneID: ZONE, seedCompatible: "true" },
          }),
        ),
    ],
    [
      "a nat gateway and a public load balancer",
      () => read(lines(GENERIC, { egress: "nat", internetFacing: "true", allowedCidrs: "[192.0.2.0/24]" })),
    ],
  ])("take %s", async (_name, customer) => {
    await expect(deploy(customer())).resolves.toMatchObject({ created: expect.any(Array) as unknown });
  });
});

describe("the network", () => {
  it("has three zones of application and database subnets, and nothing public [B.3 VPC]", () => {
    expect(quilt.all("Subnet").map(({ inputs }) => [inputs.cidrBlock, inputs.mapPublicIpOnLaunch])).toEqual([
      ["10.90.0.0/24", false],
      ["10.90.1.0/24", false],
      ["10.90.2.0/24", false],
      ["10.90.4.0/24", false],
      ["10.90.5.0/24", false],
      ["10.90.6.0/24", false],
    ]);
    expect([quilt.all("InternetGateway").length, quilt.all("FlowLog").length]).toEqual([0, 1]);
    expect(quilt.one("DefaultSecurityGroup").inputs).toMatchObject({ ingress: [], egress: [] });
  });

  it("keeps the three subnets and the internet gateway of the published template on request [B.3 VPC]", async () => {
    const seed = await deploy(read(lines(QUILT, { layout: "seed" })));
    expect([seed.all("Subnet").length, seed.all("InternetGateway").length, seed.all("VpcEndpoint").length]).toEqual([
      3, 1, 0,
    ]);
    expect(seed.one("LaunchTemplate").inputs).toMatchObject({
      networkInterfaces: [{ associatePublicIpAddress: "true" }],
    });
    expect(seed.one("LoadBalancer").inputs["internal"]).toBe(true);
  });

  it("gets out to AWS's services alone by default, or by nat [SR-06]", async () => {
    const services = quilt
      .all("VpcEndpoint")
      .map(({ inputs }) => String(inputs["serviceName"]).replace("com.amazonaws.us-east-1.", ""));
    expect(services.sort()).toEqual([
      "ec2",
      "ec2messages",
      "ecr.api",
      "ecr.dkr",
      "email-smtp",
      "kms",
      "logs",
      "monitoring",
      "s3",
      "secretsmanager",
      "ssm",
      "ssmmessages",
      "sts",
    ]);
    const s3 = quilt.all("VpcEndpoint").find(({ name }) => name.endsWith("-s3"))!;
    expect(s3.inputs["vpcEndpointType"]).toBe("Gateway");
    const nat = await deploy(read(lines(QUILT, { egress: "nat" })));
    expect([nat.all("VpcEndpoint").length, nat.all("NatGateway").length, nat.all("Subnet").length]).toEqual([0, 1, 9]);
  });

  it("lets each tier in from the one before it alone, a rule per peer and port [SR-05] [B.3 SSH SG]", () => {
    const rules = quilt
      .all("SecurityGroupIngressRule")
      .map(({ name, inputs }) => [name.replace("acme-packages-", ""), inputs.fromPort, "cidrIpv4" in inputs]);
    expect(rules).toEqual([
      ["app-from-alb-5000", 5000, false],
      ["app-from-alb-80", 80, false],
      ["db-from-app-5432", 5432, false],
      ["endpoints-from-app-443", 443, false],
      ["endpoints-from-app-587", 587, false],
    ]);
    for (const { inputs } of quilt.all("SecurityGroup")) expect(Object.keys(inputs)).not.toContain("ingress");
  });

  it("opens ssh to the given ranges and nobody else [B.3 SSH SG]", async () => {
    const open = await deploy(read(lines(QUILT, { ssh: "{ keyName: ops, inputCidrs: [192.0.2.0/24] }" })));
    const ssh = open.all("SecurityGroupIngressRule").filter(({ inputs }) => inputs.fromPort === 22);
    expect(ssh.map(({ inputs }) => inputs["cidrIpv4"])).toEqual(["192.0.2.0/24"]);
    expect(open.one("LaunchTemplate").inputs["keyName"]).toBe("ops");
    expect(quilt.one("LaunchTemplate").inputs).not.toHaveProperty("keyName");
  });
});

describe("the instance", () => {
  it("replaces itself and keeps nothing [B.3 EC2]", () => {
    expect(quilt.one("Group").inputs).toMatchObject({
      minSize: 1,
      maxSize: 2,
      desiredCapacity: 1,
      healthCheckType: "ELB",
      healthCheckGracePeriod: 600,
      instanceRefresh: { strategy: "Rolling", preferences: { minHealthyPercentage: 100, maxHealthyPercentage: 200 } },
    });
    expect(quilt.one("LaunchTemplate").inputs).toMatchObject({
      imageId: "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
      instanceType: "t3.small",
      metadataOptions: { httpTokens: "required", httpEndpoint: "enabled", httpPutResponseHopLimit: 2 },
      blockDeviceMappings: [{ deviceName: "/dev/xvda", ebs: { volumeType: "gp3", volumeSize: 30, encrypted: "true" } }],
      monitoring: { enabled: true },
    });
    expect(generic.one("LaunchTemplate").inputs).toMatchObject({ metadataOptions: { httpPutResponseHopLimit: 1 } });
  });

  it("goes before its successor comes where both would write the same packages", () => {
    expect(generic.one("Group").inputs).toMatchObject({
      maxSize: 1,
      instanceRefresh: { preferences: { minHealthyPercentage: 0, maxHealthyPercentage: 100 } },
    });
  });

  it("may do what it needs and nothing with every secret or bucket [SR-04]", () => {
    const own = quilt.all("RolePolicy").find(({ inputs }) => inputs["name"] === "registry")!;
    const all = statements(own.inputs["policy"]);
    const reads = all.find(({ Action }) => Action.includes("secretsmanager:GetSecretValue"))!;
    expect(reads.Resource).toHaveLength(3);
    expect(reads.Resource).toContain(secretArn("smtp"));
    expect(all.filter(({ Resource }) => Resource === "*").map(({ Action }) => Action)).toEqual([
      "ec2:DescribeTags",
      "cloudwatch:PutMetricData",
      "ecr:GetAuthorizationToken",
    ]);
    expect(all.flatMap(({ Action }) => Action).filter((action) => action.endsWith("*"))).toEqual([]);
    expect(Object.keys(quilt.all("Role")[0]!.inputs)).not.toContain("inlinePolicies");
    expect(names(quilt, "RolePolicyAttachment")).toEqual(["acme-packages-app"]);
  });

  it("starts with no secret in its user data, within 16 KB [SR-01] [E.10]", async () => {
    const user = await deploy(read(lines(QUILT, { s3Identity: "iam-user", acknowledgeLongLivedKey: "true" })));
    const key = user.created.find(({ type }) => type === "aws:iam/accessKey:AccessKey")!;
    const secret = String(key.outputs["secret"]);
    expect(secret.length).toBeGreaterThan(20);
    for (const cloud of [quilt, generic, user]) {
      const text = userDataOf(cloud);
      expect(text.startsWith("#cloud-config\n")).toBe(true);
      expect(Buffer.byteLength(text)).toBeLessThan(16_384);
      expect(text).not.toContain(secret);
    }
    const launch = user.one("LaunchTemplate");
    expect(JSON.stringify(launch.inputs)).not.toContain(secret);
  });
});

describe("the load balancer", () => {
  it("ends tls with a policy of this decade and knows two names and the health path [B.3 ELB] [SR-21] [SR-22]", () => {
    expect(quilt.one("LoadBalancer").inputs).toMatchObject({
      internal: true,
      dropInvalidHeaderFields: true,
      enableDeletionProtection: true,
      idleTimeout: 120,
      accessLogs: { enabled: true },
    });
    expect(quilt.one("Listener").inputs).toMatchObject({
      port: 443,
      protocol: "HTTPS",
      sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
      certificateArn: CERTIFICATE,
      defaultActions: [{ type: "fixed-response", fixedResponse: { statusCode: "404" } }],
    });
    expect(quilt.all("ListenerRule").map(({ inputs }) => [inputs["priority"], inputs["conditions"]])).toEqual([
      [30, [{ hostHeader: { values: ["quilt.acme.example"] } }]],
      [10, [{ pathPattern: { values: ["/healthcheck"] } }]],
      [20, [{ hostHeader: { values: ["registry.acme.example"] } }]],
    ]);
    expect(quilt.all("TargetGroup").map(({ inputs }) => inputs["port"])).toEqual([80, 5000]);
  });

  it("sends http on to https only where it is public [B.3 ELB]", async () => {
    const open = await deploy(read(lines(GENERIC, { internetFacing: "true", allowedCidrs: "[192.0.2.0/24]" })));
    expect(open.all("Listener").map(({ inputs }) => inputs["port"])).toEqual([80, 443]);
    expect(open.one("LoadBalancer").inputs["internal"]).toBe(false);
  });

  it("makes and proves a certificate in the hosted zone, and names in it [SR-09]", () => {
    expect(generic.one("Certificate").inputs).toMatchObject({
      domainName: "npm.acme.example",
      validationMethod: "DNS",
    });
    expect(
      generic
        .all("Record")
        .map(({ inputs }) => inputs["type"])
        .sort(),
    ).toEqual(["A", "CNAME"]);
  });

  it("fails before anything is made on a certificate that is not issued in the region [SR-10]", async () => {
    await expect(deploy(read(QUILT), { certificateNames: [] })).rejects.toThrow(
      "acme-packages: expected an issued certificate for registry.acme.example in us-east-1, got none; request or import it there, or write its main name as certificateDomain",
    );
  });
});

describe("what the registry keeps", () => {
  it("is in a versioned bucket, encrypted, closed and by tls alone [B.3 S3 bucket]", () => {
    const [data] = quilt.all("BucketServerSideEncryptionConfiguration");
    expect(data!.inputs["rules"]).toMatchObject([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" }, bucketKeyEnabled: true },
    ]);
    expect(quilt.one("BucketVersioning").inputs).toMatchObject({ versioningConfiguration: { status: "Enabled" } });
    for (const { inputs } of quilt.all("BucketPublicAccessBlock")) {
      const { bucket: _, ...flags } = inputs;
      expect(Object.values(flags)).toEqual([true, true, true, true]);
    }
    for (const { inputs } of quilt.all("BucketPolicy")) {
      const denied = statements(inputs["policy"]).filter(({ Effect }) => Effect === "Deny");
      expect(denied.map(({ Condition }) => Condition)).toEqual([
        { Bool: { "aws:SecureTransport": "false" } },
        { NumericLessThan: { "s3:TlsVersion": "1.2" } },
      ]);
    }
    const lifecycle = quilt.all("BucketLifecycleConfiguration").find(({ name }) => name.endsWith("-data"))!;
    expect(lifecycle.inputs["rules"]).toMatchObject([
      { abortIncompleteMultipartUpload: { daysAfterInitiation: 7 } },
      { noncurrentVersionExpiration: { noncurrentDays: 90, newerNoncurrentVersions: 3 } },
    ]);
  });

  it("answers browsers of the catalog alone, or of anywhere as the published template does [B.3 S3 bucket]", async () => {
    expect(quilt.one("BucketCorsConfiguration").inputs["corsRules"]).toEqual([
      {
        allowedHeaders: ["Authorization"],
        allowedMethods: ["GET"],
        allowedOrigins: ["https://quilt.acme.example"],
        maxAgeSeconds: 3000,
      },
    ]);
    const seed = await deploy(read(lines(QUILT, { seedCompatible: "true" })));
    expect(seed.one("BucketCorsConfiguration").inputs["corsRules"]).toMatchObject([{ allowedOrigins: ["*"] }]);
  });

  it("is in a database of two zones, encrypted, backed up and by tls alone [B.3 RDS Postgres] [SR-03] [SR-10]", () => {
    const { inputs } = quilt.one("Instance");
    expect(inputs).toMatchObject({
      ...{ engine: "postgres", engineVersion: "16", storageType: "gp3", storageEncrypted: true, multiAz: true },
      ...{ backupRetentionPeriod: 14, deleteAutomatedBackups: false, deletionProtection: true },
      ...{ skipFinalSnapshot: false, copyTagsToSnapshot: true },
      ...{ manageMasterUserPassword: true, publiclyAccessible: false, caCertIdentifier: "rds-ca-rsa2048-g1" },
      enabledCloudwatchLogsExports: ["postgresql", "upgrade"],
    });
    expect(Object.keys(inputs)).not.toContain("password");
    expect(quilt.one("ParameterGroup").inputs).toMatchObject({
      family: "postgres16",
      parameters: [{ name: "rds.force_ssl", value: "1" }],
    });
  });

  it("is copied by aws backup on request, to another vault where one is named [SR-08]", async () => {
    const vault = "arn:aws:backup:eu-west-1:999988887777:backup-vault:copies";
    const backedUp = await deploy(read(lines(QUILT, { backup: `{ copyToVaultArn: "${vault}" }` })));
    expect(backedUp.one("Plan").inputs["rules"]).toMatchObject([
      { ruleName: "daily", schedule: "cron(0 5 ? * * *)", copyActions: [{ destinationVaultArn: vault }] },
    ]);
    expect([backedUp.all("Selection").length, quilt.all("Vault").length]).toEqual([1, 0]);
  });
});

describe("who signs urls", () => {
  it("is the role, by a sidecar for the old sdk, with four actions on the one bucket [B.4]", () => {
    expect([quilt.all("User").length, quilt.all("AccessKey").length]).toEqual([0, 0]);
    const own = quilt.all("RolePolicy").find(({ inputs }) => inputs["name"] === "registry")!;
    const s3 = statements(own.inputs["policy"]).filter(({ Action }) => [Action].flat()[0]!.startsWith("s3:"));
    expect(s3).toEqual([
      {
        Effect: "Allow",
        Action: ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
        Resource: "arn:aws:s3:::acme-packages/*",
      },
      { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::acme-packages" },
    ]);
    expect(userDataOf(quilt)).toContain("credentials.py");
  });

  it("is the role alone for an sdk that knows how [B.4]", async () => {
    const direct = await deploy(read(lines(QUILT, { s3Identity: "instance-role" })));
    expect(userDataOf(direct)).not.toContain("credentials.py");
    expect(direct.one("LaunchTemplate").inputs).toMatchObject({ metadataOptions: { httpPutResponseHopLimit: 2 } });
  });

  it("is a user with the five actions of the published template on request [B.4] [B.3 IAM user, 5 permissions]", async () => {
    const user = await deploy(
      read(lines(QUILT, { s3Identity: "iam-user", acknowledgeLongLivedKey: "true", seedCompatible: "true" })),
    );
    expect(user.one("User").inputs).toMatchObject({ path: "/" });
    expect(String(user.one("User").inputs["name"])).toMatch(/^acme-RegistryUser-[0-9a-f]{8}$/);
    expect(user.one("UserPolicy").inputs["name"]).toBe("quilt-registry-s3");
    const [objects, bucket] = statements(user.one("UserPolicy").inputs["policy"]);
    expect(objects!.Action).toEqual(["s3:DeleteObject", "s3:GetObject", "s3:HeadObject", "s3:PutObject"]);
    expect(bucket!.Action).toBe("s3:ListBucket");
    const own = user.all("RolePolicy").find(({ inputs }) => inputs["name"] === "registry")!;
    expect(JSON.stringify(own.inputs)).not.toContain("s3:PutObject");
    expect(user.one("SecretVersion").secretInputs).toEqual(["secretString"]);
  });

  it("rotates: a, then a and b, then b active, then b alone, one key coming or going at a time [E.11]", async () => {
    const keysWith = async (accessKeys: string): Promise<string[]> =>
      names(
        await deploy(read(lines(QUILT, { s3Identity: "iam-user", acknowledgeLongLivedKey: "true", accessKeys }))),
        "AccessKey",
      );
    expect(await keysWith("{ active: a }")).toEqual(["acme-packages-user-a"]);
    expect(await keysWith("{ active: b, slots: [a, b] }")).toEqual(["acme-packages-user-a", "acme-packages-user-b"]);
    expect(await keysWith("{ active: b, slots: [b] }")).toEqual(["acme-packages-user-b"]);
  });
});

describe("alarms", () => {
  it("go to the topic, about everything an operator has to hear of [SR-07]", async () => {
    const watched = await deploy(read(lines(QUILT, { alarmTopicArn: TOPIC, backup: "{}" })));
    expect(
      watched
        .all("MetricAlarm")
        .map(({ inputs }) => inputs["metricName"])
        .sort(),
    ).toEqual(
      [
        ...["CPUUtilization", "DatabaseConnections", "DaysToExpiry", "EBSIOBalance%", "EnvRefreshFailures"],
        ...["FreeStorageSpace", "FreeableMemory", "GroupInServiceInstances", "HTTPCode_ELB_5XX_Count"],
        ...["NumberOfBackupJobsFailed", "TargetResponseTime", "UnHealthyHostCount", "UnHealthyHostCount"],
        ...["disk_used_percent", "mem_used_percent"],
      ].sort(),
    );
    for (const { inputs } of watched.all("MetricAlarm")) expect(inputs["alarmActions"]).toEqual([TOPIC]);
    expect(quilt.all("MetricAlarm")).toEqual([]);
  });
});
