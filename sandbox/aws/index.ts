/** Simulated AWS: accounts, regions, and the resource types of the VPC, VPN, PrivateLink, logs and IAM that the program uses. */
import { CloudError } from "../errors.ts";
import type { Configuration, Handler } from "../handler.ts";
import type { CloudDefinition } from "../package.ts";
import { isRecord, isUnknown, text, texts, type Values } from "../values.ts";
import { AWS_RULES } from "../rules/aws.ts";
import { HOSTING_RULES } from "../rules/hosting.ts";
import { SCALING_HANDLERS } from "./autoscaling.ts";
import { BACKUP_HANDLERS } from "./backup.ts";
import { CERTIFICATE_HANDLERS } from "./certificates.ts";
import { CLOUD_CONTROL_HANDLERS } from "./cloudControl.ts";
import { CODEARTIFACT_HANDLERS } from "./codeArtifact.ts";
import { ENDPOINT_HANDLERS } from "./endpoint.ts";
import { EVENT_HANDLERS } from "./events.ts";
import { IAM_HANDLERS } from "./iam.ts";
import { KMS_HANDLERS } from "./kms.ts";
import { LAMBDA_HANDLERS } from "./lambda.ts";
import { MONITORING_HANDLERS } from "./monitoring.ts";
import { NOTIFICATION_HANDLERS } from "./notifications.ts";
import { S3_HANDLERS } from "./s3.ts";
import { SECRET_HANDLERS } from "./secrets.ts";
import { SERVICE_HANDLERS } from "./endpointService.ts";
import { INTERNET_HANDLERS } from "./internet.ts";
import { AWS_INVOKES } from "./invokes.ts";
import { LOAD_BALANCING_HANDLERS } from "./loadBalancing.ts";
import { LOG_HANDLERS } from "./logs.ts";
import { DATABASE_HANDLERS } from "./rds.ts";
import { ROUTE53_HANDLERS } from "./route53.ts";
import { isRegion } from "./regions.ts";
import { SECURITY_HANDLERS } from "./security.ts";
import { VPC_HANDLERS } from "./vpc.ts";
import { VPN_HANDLERS } from "./vpn.ts";

const HANDLERS: Record<string, Handler> = {
  ...VPC_HANDLERS,
  ...SECURITY_HANDLERS,
  ...VPN_HANDLERS,
  ...ENDPOINT_HANDLERS,
  ...LOG_HANDLERS,
  ...{ ...CODEARTIFACT_HANDLERS, ...CLOUD_CONTROL_HANDLERS, ...KMS_HANDLERS, ...S3_HANDLERS, ...SECRET_HANDLERS },
  ...{ ...IAM_HANDLERS, ...LAMBDA_HANDLERS, ...EVENT_HANDLERS, ...NOTIFICATION_HANDLERS, ...MONITORING_HANDLERS },
  ...LOAD_BALANCING_HANDLERS,
  ...SERVICE_HANDLERS,
  ...INTERNET_HANDLERS,
  ...SCALING_HANDLERS,
  ...DATABASE_HANDLERS,
  ...CERTIFICATE_HANDLERS,
  ...ROUTE53_HANDLERS,
  ...BACKUP_HANDLERS,
};

export const AWS: CloudDefinition = {
  cloud: "aws",
  handlers: HANDLERS,
  invokes: AWS_INVOKES,
  rules: [...AWS_RULES, ...HOSTING_RULES],
  configure,
  placement: ({ region }) => (region === undefined ? {} : { region }),
  placeOf(args, handler, { account, region }) {
    if (handler?.scope === "global") return { cloud: "aws", account, region: "global" };
    const where = text(args["region"]) ?? region;
    if (where === undefined)
      throw refused("Invalid AWS Region: the provider has no region and neither has the resource");
    return { cloud: "aws", account, region: where };
  },
  prepare(table, args, { defaultTags }) {
    // The tags of an Auto Scaling group are a list of blocks, which the provider's default tags do not reach.
    const tagged = table.inputs["tags"]?.type === "map" && Object.keys(defaultTags).length > 0;
    if (!tagged || isUnknown(args["tags"])) return args;
    return { ...args, tags: { ...defaultTags, ...(isRecord(args["tags"]) ? args["tags"] : {}) } };
  },
  foreseen: ({ region, args }) => ({ region, tagsAll: args["tags"] ?? {} }),
  common: ({ account, region, args }) => ({ ownerId: account, region, tagsAll: args["tags"] ?? {} }),
  retain: (object) => object.args["skipDestroy"] === true,
};

function refused(message: string): CloudError {
  return new CloudError("invalid", "InvalidProvider", message);
}

/** The account of the role that is assumed last, or the one account that is allowed. */
function configure(configuration: Values): Configuration {
  const region = text(configuration["region"]);
  if (region !== undefined && !isRegion(region)) throw refused(`Invalid AWS Region: ${region}`);
  const roles = Array.isArray(configuration["assumeRoles"]) ? configuration["assumeRoles"] : [];
  const arn = roles
    .filter(isRecord)
    .map((role) => text(role["roleArn"]))
    .findLast((role) => role !== undefined);
  const assumed = arn === undefined ? undefined : /^arn:aws(?:-[a-z-]+)?:iam::(\d{12}):role\/.+$/.exec(arn)?.[1];
  if (arn !== undefined && assumed === undefined) {
    throw refused(`Cannot assume IAM Role: "${arn}" is not the ARN of a role (arn:aws:iam::<12 digits>:role/<name>)`);
  }
  const allowed = texts(configuration["allowedAccountIds"]);
  const account = assumed ?? allowed[0];
  if (account === undefined || !/^\d{12}$/.test(account)) {
    throw refused("No valid credential sources found: give the provider assumeRoles or allowedAccountIds");
  }
  const forbidden = texts(configuration["forbiddenAccountIds"]);
  if ((allowed.length > 0 && !allowed.includes(account)) || forbidden.includes(account)) {
    throw refused(`AWS account ID not allowed: ${account}`);
  }
  const tags = isRecord(configuration["defaultTags"]) ? configuration["defaultTags"]["tags"] : undefined;
  return { account, region, defaultTags: (isRecord(tags) ? tags : {}) as Record<string, string> };
}
