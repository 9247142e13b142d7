import type { GenericApp, QuiltApp } from "../customer.ts";
import type { SelfHostedPlan } from "../plan.ts";
import { credentialsShim } from "./credentials.ts";
import { arnLines, awsConfig, envFile, genericRegistry, quiltCatalog, quiltRegistry } from "./environment.ts";
import { nginxConfig, type Upstream } from "./nginx.ts";
import { bootstrap, createAdmin, dataSync, envRefresh, HOME, start, type ScriptOptions } from "./scripts.ts";
import * as units from "./units.ts";
import { userDataMistake } from "./userDataSize.ts";

/** What the instance has to know that is decided only when it is made. Names and ARNs: never a secret. */
export interface BootstrapFacts {
  readonly logGroup: string;
  /** `<host>:<port>` */
  readonly databaseEndpoint?: string;
  readonly databaseSecretArn?: string;
  readonly signingSecretArn?: string;
  readonly accessKeySecretArn?: string;
}

/** A file on the instance. */
export interface BootstrapFile {
  readonly path: string;
  /** Octal. */
  readonly permissions: "0644" | "0600" | "0700" | "0755";
  readonly content: string;
}

const plainFile = (path: string, content: string): BootstrapFile => ({ path, permissions: "0644", content });
const secretFile = (path: string, content: string): BootstrapFile => ({ path, permissions: "0600", content });
const script = (name: string, content: string): BootstrapFile => ({
  path: `${HOME}/${name}`,
  permissions: "0700",
  content,
});

/** What both upstreams take; the Quilt registry's nginx limits uploads to 75 MB. */
export const upstreamOf = (app: QuiltApp | GenericApp): Upstream =>
  app.kind === "quilt"
    ? { kind: "uwsgi", port: 9000, healthPath: "/healthcheck", maxBody: "75m" }
    : { kind: "http", port: app.port, healthPath: app.healthPath, maxBody: "2g" };

/** What the scripts of a registry do. */
export const scriptOptions = ({ app }: Pick<SelfHostedPlan, "app">): ScriptOptions => ({
  profile: app.kind,
  hasData: app.kind === "generic" && app.data !== undefined,
  hasShim: app.kind === "quilt" && app.s3Identity.kind === "instance-role-shim",
  hasKey: app.kind === "quilt" && app.s3Identity.kind === "iam-user",
});

/** Every file the instance begins with. */
export function bootstrapFiles(plan: SelfHostedPlan, facts: BootstrapFacts): readonly BootstrapFile[] {
  const options = scriptOptions(plan);
  const { app, region } = plan;
  return [
    plainFile(`${HOME}/settings`, settings(plan, facts)),
    plainFile(`${HOME}/nginx.conf`, nginxConfig(upstreamOf(app))),
    plainFile(`${HOME}/agent.json`, AGENT),
    script("env-refresh.sh", envRefresh(options)),
    script("start.sh", start(options)),
    script("bootstrap.sh", bootstrap(options)),
    plainFile("/etc/systemd/system/env-refresh.service", units.ENV_REFRESH_SERVICE),
    plainFile("/etc/systemd/system/env-refresh.timer", units.ENV_REFRESH_TIMER),
    ...(app.kind === "quilt"
      ? [
          secretFile(`${HOME}/env/registry.plain`, envFile(quiltRegistry(plan, app))),
          secretFile(`${HOME}/env/catalog`, envFile(quiltCatalog(plan, app))),
          plainFile(`${HOME}/aws-config`, awsConfig(region)),
          script("create_admin.sh", createAdmin),
          ...(options.hasShim ? [plainFile(`${HOME}/credentials.py`, credentialsShim())] : []),
        ]
      : genericFiles(app, options)),
  ];
}

function genericFiles(app: GenericApp, { hasData }: ScriptOptions): readonly BootstrapFile[] {
  return [
    secretFile(`${HOME}/env/registry.plain`, envFile(genericRegistry(app))),
    secretFile(`${HOME}/env/registry.arns`, arnLines(app.secrets)),
    ...(hasData
      ? [
          script("data-sync.sh", dataSync),
          plainFile("/etc/systemd/system/data-sync.service", units.DATA_SYNC_SERVICE),
          plainFile("/etc/systemd/system/data-sync.timer", units.DATA_SYNC_TIMER),
          plainFile("/etc/systemd/system/data-save.service", units.DATA_SAVE_SERVICE),
        ]
      : []),
  ];
}

/** A text as a shell reads it back. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const ECR = /^(\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?)\//;

/** Hosts of ECR among images. */
export const ecrHosts = (images: readonly string[]): readonly string[] =>
  [...new Set(images.flatMap((image) => ECR.exec(image)?.[1] ?? []))].sort();

/** Every image of a registry. */
export const imagesOf = ({ images, app }: Pick<SelfHostedPlan, "images" | "app">): readonly string[] => [
  images.registry,
  images.nginx,
  ...(app.kind === "quilt" ? [app.catalogImage] : []),
];

/** Settings as shell variables. */
function settings(plan: SelfHostedPlan, facts: BootstrapFacts): string {
  const { app, name, region, images, dataBucket } = plan;
  const own: Record<string, string | undefined> =
    app.kind === "quilt"
      ? {
          CATALOG_IMAGE: app.catalogImage,
          DATABASE_ENDPOINT: facts.databaseEndpoint,
          DATABASE_NAME: plan.database?.dbName,
          DATABASE_SECRET: facts.databaseSecretArn,
          SIGNING_SECRET: facts.signingSecretArn,
          SMTP_SECRET: app.smtp.credentialsSecretArn,
          ACCESS_KEY_SECRET: facts.accessKeySecretArn,
        }
      : { DATA_BUCKET: dataBucket, DATA_PATH: app.data?.path };
  const all: Record<string, string | undefined> = {
    REGISTRY_NAME: name,
    REGION: region,
    LOG_GROUP: facts.logGroup,
    REGISTRY_IMAGE: images.registry,
    NGINX_IMAGE: images.nginx,
    ECR_HOSTS: ecrHosts(imagesOf(plan)).join(" "),
    ...own,
  };
  return Object.entries(all)
    .flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${quoted(value)}\n`]))
    .join("");
}

/** Disk and memory, which EC2 does not measure itself. Source: CloudWatch User Guide, agent configuration file. */
const AGENT = JSON.stringify({
  metrics: {
    namespace: "CWAgent",
    append_dimensions: { AutoScalingGroupName: "${aws:AutoScalingGroupName}" },
    aggregation_dimensions: [["AutoScalingGroupName"]],
    metrics_collected: {
      mem: { measurement: ["mem_used_percent"] },
      disk: {
        measurement: ["used_percent"],
        resources: ["*"],
        ignore_file_system_types: ["sysfs", "devtmpfs", "tmpfs", "overlay"],
      },
    },
  },
});

/**
 * Text of the user data: cloud-init's own format, whose YAML takes JSON as it is. Files are written after the user exists,
 * or the user's home would be root's.
 */
export const userDataText = (plan: SelfHostedPlan, facts: BootstrapFacts): string =>
  `#cloud-config\n${JSON.stringify({
    packages: ["docker", "jq", "amazon-cloudwatch-agent"],
    write_files: bootstrapFiles(plan, facts).map((file) => ({ ...file, defer: true })),
    runcmd: [["systemctl", "daemon-reload"], [`${HOME}/bootstrap.sh`]],
  })}\n`;

/**
 * The user data that an instance starts with.
 * @throws RangeError when it is longer than EC2 takes
 */
export function userData(plan: SelfHostedPlan, facts: BootstrapFacts): string {
  const text = userDataText(plan, facts);
  const mistake = userDataMistake(plan, text);
  if (mistake !== undefined) throw new RangeError(`${plan.name}: ${mistake.message}`);
  return text;
}
