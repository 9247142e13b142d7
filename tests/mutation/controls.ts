/**
 * What AWS's own auditor finds in a customer's account. Names are of the controls. Source: AWS Security Hub User Guide,
 * Control reference, AWS Foundational Security Best Practices.
 */
import type { Customer } from "../../plan/customer.ts";
import { bucketNamed } from "../../sandbox/aws/s3.ts";
import { blocks, isRecord, list, texts, type Values } from "../../sandbox/values.ts";
import type { CloudObject, World } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";
import { isRegistrys } from "./whose.ts";

/** Controls that a resource fails, in their order. */
type Control = readonly [id: string, passes: (object: CloudObject, scene: Scene) => boolean];

interface Scene {
  readonly world: World;
  readonly mine: readonly CloudObject[];
  readonly customer: Customer;
}

export function controlTrouble({ world, ours }: Aftermath, customer: Customer): string | undefined {
  const mine = ours.filter((one) => one.cloud === "aws" && one.outside !== true && isRegistrys(one, customer));
  const scene: Scene = { world, mine, customer };
  for (const object of mine) {
    const failed = (CONTROLS[object.type] ?? []).find(([, passes]) => !passes(object, scene));
    if (failed !== undefined) return `${object.name ?? object.id} fails ${failed[0]}`;
  }
  return undefined;
}

const is =
  (wanted: unknown, ...path: readonly string[]): Control[1] =>
  ({ args }) =>
    path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), args) === wanted;

/** The setting of a kind that a bucket has, e.g. its `Versioning`. */
const setting = ({ args }: CloudObject, { mine }: Scene, kind: string): Values | undefined =>
  mine.find((one) => one.type.endsWith(`:Bucket${kind}`) && one.args["bucket"] === args["bucket"])?.args;

const holdsLogs = ({ args }: CloudObject, { mine }: Scene): boolean =>
  mine.some((one) => isRecord(one.args["accessLogs"]) && one.args["accessLogs"]["bucket"] === args["bucket"]);

const isApplication = ({ args }: CloudObject): boolean => args["loadBalancerType"] !== "network";

/** The registry's own key, in a policy-free sense: one that the program made. */
const ownKey = (given: unknown, { mine }: Scene): boolean =>
  mine.some(({ type, attrs, id }) => type === "aws:kms/key:Key" && [attrs["arn"], id].includes(given));

const BUCKET: readonly Control[] = [
  [
    "S3.8, public access is blocked",
    (bucket, scene) => {
      const block = setting(bucket, scene, "PublicAccessBlock");
      const all = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
      return all.every((name) => block?.[name] === true);
    },
  ],
  [
    "S3.12, no access control lists",
    (bucket, scene) => {
      const rule = setting(bucket, scene, "OwnershipControls")?.["rule"];
      return isRecord(rule) && rule["objectOwnership"] === "BucketOwnerEnforced";
    },
  ],
  [
    "S3.17, encrypted with the registry's key",
    (bucket, scene) => {
      const [rule] = blocks(setting(bucket, scene, "ServerSideEncryptionConfiguration")?.["rules"]);
      const by = isRecord(rule?.["applyServerSideEncryptionByDefault"])
        ? rule["applyServerSideEncryptionByDefault"]
        : {};
      // Source: Application Load Balancers, Enable access logs: the bucket takes Amazon S3's own keys alone
      if (holdsLogs(bucket, scene)) return by["sseAlgorithm"] === "AES256";
      return by["sseAlgorithm"] === "aws:kms" && ownKey(by["kmsMasterKeyId"], scene);
    },
  ],
  [
    "S3.14, versioned",
    (bucket, scene) => {
      const versioning = setting(bucket, scene, "Versioning")?.["versioningConfiguration"];
      return holdsLogs(bucket, scene) || (isRecord(versioning) && versioning["status"] === "Enabled");
    },
  ],
  ["S3.13, a lifecycle", (bucket, scene) => lifecycle(bucket, scene)],
  [
    "a browser reads packages from the catalog",
    (bucket, scene) =>
      setting(bucket, scene, "CorsConfiguration") !== undefined ||
      scene.customer.registries.every(
        ({ origin }) => origin.kind !== "selfHosted" || origin.selfHosted.packageBucket !== bucket.args["bucket"],
      ),
  ],
  ["S3.5, no way without a policy", (bucket, scene) => setting(bucket, scene, "Policy") !== undefined],
];

/** Logs end as the file says, old versions and broken uploads end some day, and what is current never does. */
function lifecycle(bucket: CloudObject, scene: Scene): boolean {
  const rules = blocks(setting(bucket, scene, "LifecycleConfiguration")?.["rules"]).filter(
    ({ status, filter }) => status === "Enabled" && (!isRecord(filter) || Object.keys(filter).length === 0),
  );
  const part = (name: string): Values => rules.map((rule) => rule[name]).find(isRecord) ?? {};
  if (holdsLogs(bucket, scene)) return part("expiration")["days"] === scene.customer.health.logRetentionDays;
  const old = part("noncurrentVersionExpiration");
  const kept = Number(old["noncurrentDays"]) >= 30 && Number(old["newerNoncurrentVersions"]) >= 1;
  const uploads = Number(part("abortIncompleteMultipartUpload")["daysAfterInitiation"]) > 0;
  return kept && uploads && Object.keys(part("expiration")).length === 0;
}

const DATABASE: readonly Control[] = [
  ["RDS.2, not public", is(false, "publiclyAccessible")],
  ["RDS.3, encrypted", ({ args }, scene) => args["storageEncrypted"] === true && ownKey(args["kmsKeyId"], scene)],
  ["RDS.5, in several zones", is(true, "multiAz")],
  ["RDS.8, protected from deletion", is(true, "deletionProtection")],
  [
    "RDS.9, logs",
    ({ args }) => ["postgresql", "upgrade"].every((log) => texts(args["enabledCloudwatchLogsExports"]).includes(log)),
  ],
  ["RDS.11, backed up for a week", ({ args }) => Number(args["backupRetentionPeriod"]) >= 7],
  ["RDS.13, minor upgrades", ({ args }) => args["autoMinorVersionUpgrade"] !== false],
  ["RDS.17, tags on snapshots", is(true, "copyTagsToSnapshot")],
  [
    "RDS.38, tls is asked for",
    ({ args }, { mine }) => {
      const group = mine.find(
        ({ type, name }) => type.endsWith(":ParameterGroup") && name === args["parameterGroupName"],
      );
      return blocks(group?.args["parameters"]).some((one) => one["name"] === "rds.force_ssl" && one["value"] === "1");
    },
  ],
  [
    // Source: terraform-provider-aws rds/instance.go: without a name for it there is no last snapshot, and no deletion
    "a last snapshot",
    ({ args }) =>
      args["skipFinalSnapshot"] === false &&
      args["deleteAutomatedBackups"] === false &&
      args["finalSnapshotIdentifier"] !== undefined,
  ],
  [
    "SecretsManager, a password that RDS rotates",
    ({ args }, scene) => args["manageMasterUserPassword"] === true && ownKey(args["masterUserSecretKmsKeyId"], scene),
  ],
  [
    "insights under the registry's key",
    ({ args }, scene) =>
      args["performanceInsightsEnabled"] === true && ownKey(args["performanceInsightsKmsKeyId"], scene),
  ],
  ["room to grow", ({ args }) => Number(args["maxAllocatedStorage"]) > Number(args["allocatedStorage"])],
  ["gp3", is("gp3", "storageType")],
  [
    "the database the instance is told of",
    ({ args }, { mine }) => {
      const template = mine.find(({ type }) => type === "aws:ec2/launchTemplate:LaunchTemplate");
      const told = Buffer.from(String(template?.args["userData"]), "base64").toString();
      return new RegExp(`\\b${String(args["dbName"])}\\b`).test(told);
    },
  ],
];

const BALANCER: readonly Control[] = [
  ["ELB.6, protected from deletion", is(true, "enableDeletionProtection")],
  ["internal", is(true, "internal")],
  [
    "ELB.10, several zones that reach each other's targets",
    (object) =>
      texts(object.args["subnets"]).length >= 2 &&
      (isApplication(object) || object.args["enableCrossZoneLoadBalancing"] === true),
  ],
  ["ELB.4, no invalid headers", (object) => !isApplication(object) || object.args["dropInvalidHeaderFields"] === true],
  // Source: Application Load Balancers, Connection idle timeout: a minute unless said otherwise
  ["time for slow answers", (object) => !isApplication(object) || Number(object.args["idleTimeout"]) > 60],
  [
    "a security group",
    ({ attrs, args }) => [...texts(attrs["securityGroups"]), ...texts(args["securityGroups"])].length > 0,
  ],
];

/** Source: Elastic Load Balancing, Security policies for your Application Load Balancer: TLS 1.3 and 1.2. */
const LISTENER: readonly Control[] = [
  [
    "ELB.17, a current tls policy",
    ({ args }) => args["protocol"] !== "HTTPS" || args["sslPolicy"] === "ELBSecurityPolicy-TLS13-1-2-2021-06",
  ],
  [
    "strict transport security",
    ({ args }) =>
      args["protocol"] !== "HTTPS" ||
      /^max-age=\d{6,}$/.test(String(args["routingHttpResponseStrictTransportSecurityHeaderValue"])),
  ],
  [
    "unknown hosts are turned away",
    ({ args }) => {
      const [action] = blocks(args["defaultActions"]);
      const fixed = isRecord(action?.["fixedResponse"]) ? action["fixedResponse"] : {};
      return args["protocol"] !== "HTTPS" || (action?.["type"] === "fixed-response" && fixed["statusCode"] === "404");
    },
  ],
];

const TEMPLATE: readonly Control[] = [
  ["EC2.170, imdsv2", is("required", "metadataOptions", "httpTokens")],
  [
    "EC2.181, metadata no further than a container",
    ({ args }) => {
      const options = isRecord(args["metadataOptions"]) ? args["metadataOptions"] : {};
      return Number(options["httpPutResponseHopLimit"]) === 2 && options["httpEndpoint"] !== "disabled";
    },
  ],
  [
    "EC2.25, no public address",
    ({ args }) => blocks(args["networkInterfaces"]).every((one) => one["associatePublicIpAddress"] !== "true"),
  ],
  [
    "EC2.7, encrypted volumes",
    ({ args }) =>
      blocks(args["blockDeviceMappings"]).length > 0 &&
      blocks(args["blockDeviceMappings"]).every(
        ({ ebs }) =>
          isRecord(ebs) &&
          ebs["encrypted"] === "true" &&
          ebs["deleteOnTermination"] === "true" &&
          ebs["volumeType"] === "gp3" &&
          Number(ebs["volumeSize"]) >= 20,
      ),
  ],
  [
    // Source: EC2 User Guide, Device names for volumes: the root device of Amazon Linux 2023
    "the root volume is the one that is encrypted",
    ({ args }) => blocks(args["blockDeviceMappings"]).some(({ deviceName }) => deviceName === "/dev/xvda"),
  ],
  [
    "tags on machines and volumes",
    ({ args }, { customer }) => {
      const kinds = blocks(args["tagSpecifications"]).filter(
        ({ tags }) =>
          isRecord(tags) &&
          tags["causeway:customer"] === customer.name &&
          customer.registries.some(({ key }) => key === tags["causeway:registry"]) &&
          Object.entries(customer.labels).every(([key, value]) => tags[key] === value),
      );
      return ["instance", "volume"].every((kind) => kinds.some((one) => one["resourceType"] === kind));
    },
  ],
  [
    "a current image",
    ({ args }) =>
      /^resolve:ssm:\/aws\/service\/ami-amazon-linux-latest\/al2023-ami-kernel-default-x86_64$/.test(
        String(args["imageId"]),
      ),
  ],
  ["new versions are used", is(true, "updateDefaultVersion")],
];

const SCALING: readonly Control[] = [
  ["AutoScaling.1, health as the load balancer sees it", is("ELB", "healthCheckType")],
  ["AutoScaling.2, several zones", ({ args }) => texts(args["vpcZoneIdentifiers"]).length >= 2],
  ["a machine at all times", ({ args }) => Number(args["desiredCapacity"]) >= 1 && Number(args["minSize"]) >= 1],
  ["room for a replacement", ({ args }) => Number(args["maxSize"]) > Number(args["desiredCapacity"])],
  ["time to start", ({ args }) => Number(args["healthCheckGracePeriod"]) >= 300],
  [
    "new machines come before old ones go",
    ({ args }) => {
      const refresh = isRecord(args["instanceRefresh"]) ? args["instanceRefresh"] : {};
      const preferences = isRecord(refresh["preferences"]) ? refresh["preferences"] : {};
      return refresh["strategy"] === "Rolling" && Number(preferences["minHealthyPercentage"]) >= 100;
    },
  ],
];

const CONTROLS: Readonly<Record<string, readonly Control[]>> = {
  "aws:s3/bucket:Bucket": BUCKET,
  "aws:rds/instance:Instance": DATABASE,
  "aws:lb/loadBalancer:LoadBalancer": BALANCER,
  "aws:lb/listener:Listener": LISTENER,
  "aws:ec2/launchTemplate:LaunchTemplate": TEMPLATE,
  "aws:autoscaling/group:Group": SCALING,
  "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": [
    [
      "only the catalog reads from a browser",
      ({ args }, { customer }) => {
        const [rule] = blocks(args["corsRules"]);
        const hosts = customer.registries.flatMap(({ origin }) =>
          origin.kind === "selfHosted" && origin.selfHosted.app.kind === "quilt"
            ? [origin.selfHosted.app.catalogHost]
            : [],
        );
        const origins = hosts.map((host) => `https://${host}`).join();
        return (
          texts(rule?.["allowedOrigins"]).join() === origins &&
          texts(rule?.["allowedMethods"]).join() === "GET" &&
          texts(rule?.["allowedHeaders"]).includes("Authorization")
        );
      },
    ],
  ],
  "aws:route53/record:Record": [
    ["an alias is an address", ({ args }) => blocks(args["aliases"]).length === 0 || args["type"] === "A"],
  ],
  "aws:lb/targetGroup:TargetGroup": [
    [
      "health is asked of what answers there",
      ({ args }) => {
        const check = isRecord(args["healthCheck"]) ? args["healthCheck"] : {};
        const protocol = { instance: "HTTP", alb: "HTTPS" }[String(args["targetType"])];
        const asked = args["targetType"] !== "instance" || args["protocol"] === protocol;
        const good =
          protocol === undefined ||
          (asked && check["protocol"] === protocol && /^2/.test(String(check["matcher"] ?? "200")));
        return check["enabled"] !== false && good;
      },
    ],
  ],
  "aws:kms/key:Key": [
    ["KMS.4, rotated", is(true, "enableKeyRotation")],
    ["KMS.3, time to think", ({ args }) => Number(args["deletionWindowInDays"] ?? 30) >= 30],
  ],
  "aws:sqs/queue:Queue": [["SQS.1, encrypted", is(true, "sqsManagedSseEnabled")]],
  "aws:ec2/subnet:Subnet": [["EC2.15, no public addresses", ({ args }) => args["mapPublicIpOnLaunch"] !== true]],
  "aws:ec2/vpc:Vpc": [
    ["names within", ({ args }) => args["enableDnsHostnames"] === true && args["enableDnsSupport"] !== false],
    [
      "EC2.2, a default security group without rules",
      (vpc, { world, mine }) => {
        const group = mine.find(({ type, args }) => type.endsWith(":DefaultSecurityGroup") && args["vpcId"] === vpc.id);
        return (
          group !== undefined &&
          world.get(`${group.cloud}|${group.account}|${group.region}|${group.type}|${group.id}`)?.implicit !== true &&
          [...list(group.args["ingress"]), ...list(group.args["egress"])].length === 0
        );
      },
    ],
  ],
  "aws:secretsmanager/secret:Secret": [["a key of its own", ({ args }, scene) => ownKey(args["kmsKeyId"], scene)]],
  "aws:backup/vault:Vault": [
    ["Backup.1, encrypted with the registry's key", ({ args }, scene) => ownKey(args["kmsKeyArn"], scene)],
  ],
  "aws:backup/plan:Plan": [
    [
      "Backup.5, daily into the vault, for a month",
      ({ args }, { mine }) => {
        const [rule] = blocks(args["rules"]);
        const lifecycle = isRecord(rule?.["lifecycle"]) ? rule["lifecycle"] : {};
        const vault = mine.some(({ type, name }) => type.endsWith(":Vault") && name === rule?.["targetVaultName"]);
        return (
          vault &&
          /^cron\(\d+ \d+ \? \* \* \*\)$/.test(String(rule?.["schedule"])) &&
          Number(lifecycle["deleteAfter"]) >= 30
        );
      },
    ],
    [
      "something is backed up",
      ({ id }, { mine }) => {
        const databases = mine
          .filter(({ type }) => type === "aws:rds/instance:Instance")
          .map(({ attrs }) => attrs["arn"]);
        const selected = mine
          .filter(({ type, args }) => type.endsWith(":Selection") && args["planId"] === id)
          .flatMap(({ args }) => texts(args["resources"]));
        return databases.every((arn) => selected.includes(String(arn)));
      },
    ],
  ],
  "aws:cloudtrail/trail:Trail": [
    [
      "CloudTrail.1, every region's management events",
      ({ args }) => {
        const selectors = blocks(args["advancedEventSelectors"]).flatMap((one) => blocks(one["fieldSelectors"]));
        const management = selectors.some(
          (one) => one["field"] === "eventCategory" && texts(one["equals"]).includes("Management"),
        );
        return args["isMultiRegionTrail"] === true && args["enableLogging"] !== false && management;
      },
    ],
    ["CloudTrail.4, files that can be proven", is(true, "enableLogFileValidation")],
    [
      "the file's bucket",
      ({ args }, { world, customer }) => {
        const wanted = customer.registries.flatMap(({ origin }) =>
          origin.kind === "codeArtifact" ? [origin.codeArtifact.monitoring.trailBucket] : [],
        );
        return (
          wanted.includes(String(args["s3BucketName"])) &&
          bucketNamed(world, String(args["s3BucketName"])) !== undefined
        );
      },
    ],
  ],
  "aws:cloudwatch/logGroup:LogGroup": [
    [
      "CloudWatch.16, kept as the file says",
      ({ args }, { customer }) => args["retentionInDays"] === customer.health.logRetentionDays,
    ],
    [
      "the registry's own logs under its key",
      ({ name, args }, scene) => !name!.startsWith("/causeway/") || ownKey(args["kmsKeyId"], scene),
    ],
  ],
};
