/** Endpoint services of AWS's own: there in every region, seen by every account, accepted at once. */
import { zonesOf } from "./regions.ts";
import type { Place } from "../world.ts";

/** One of AWS's own services as an endpoint may use it. */
export interface AmazonService {
  readonly object?: undefined;
  /** What stands before `<region>.vpce.amazonaws.com` in the names of its endpoints, e.g. `api.codeartifact`. */
  readonly id: string;
  /** e.g. `com.amazonaws.us-east-1.codeartifact.api` */
  readonly name: string;
  readonly types: readonly ("Interface" | "Gateway")[];
  /** Zone ids the service has. */
  readonly zones: readonly string[];
  readonly acceptanceRequired: false;
  /** The first of the names it takes over in a VPC; the first label may be `*`. */
  readonly privateDnsName: string;
  readonly privateDnsNames: readonly string[];
  /** What an endpoint's own names begin with: S3's begin with `*.`, for buckets are names below them. */
  readonly wildcard: "" | "*.";
}

/**
 * Names by what comes after the region. Sources: CodeArtifact User Guide, Create VPC endpoints; Amazon S3 User Guide, AWS
 * PrivateLink for Amazon S3; Amazon ECR User Guide, interface VPC endpoints; AWS PrivateLink Guide, AWS services that
 * integrate with AWS PrivateLink.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "codeartifact.api": ["codeartifact"],
  "codeartifact.repositories": ["*.d.codeartifact"],
  s3: ["s3", "*.s3", "*.s3-accesspoint"],
  ec2: ["ec2"],
  "ecr.api": ["api.ecr"],
  "ecr.dkr": ["*.dkr.ecr"],
  ...Object.fromEntries(
    ["secretsmanager", "kms", "logs", "monitoring", "ssm", "ssmmessages", "ec2messages", "email-smtp", "sts"].map(
      (name) => [name, [name]],
    ),
  ),
};

/** Where an endpoint's names differ from its service's labels in reverse. */
const LABELS: Readonly<Record<string, string>> = { "codeartifact.repositories": "d.codeartifact" };

/** Those AWS has CodeArtifact in. Source: CodeArtifact User Guide, Create an Amazon S3 gateway endpoint, Regions table. */
export const CODEARTIFACT_REGIONS: ReadonlySet<string> = new Set([
  ...["us-east-1", "us-east-2", "us-west-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1"],
  ...["eu-central-1", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "ap-south-1"],
]);

/** A service of AWS's own by name, or undefined where the region has none of that name. */
export function amazonService({ account, region }: Place, name: string): AmazonService | undefined {
  const prefix = `com.amazonaws.${region}.`;
  const key = name.startsWith(prefix) ? name.slice(prefix.length) : "";
  const names = NAMES[key];
  if (names === undefined || (key.startsWith("codeartifact") && !CODEARTIFACT_REGIONS.has(region))) return undefined;
  const privateDnsNames = names.map((one) => `${one}.${region}.amazonaws.com`);
  return {
    ...{ id: LABELS[key] ?? key.split(".").reverse().join("."), name, acceptanceRequired: false },
    ...{ types: key === "s3" ? ["Interface", "Gateway"] : ["Interface"], wildcard: key === "s3" ? "*." : "" },
    ...{ zones: zonesOf(region, account).map(({ id }) => id), privateDnsName: privateDnsNames[0]!, privateDnsNames },
  };
}
