import type { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import type { Provider as GcpProvider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { EndpointServicePublisher } from "../components/publish/endpointService.ts";
import type { ServiceAttachmentPublisher } from "../components/publish/serviceAttachment.ts";
import type { SelfHostedRegistry } from "../components/selfHosted/registry.ts";
import type { CodeArtifactRegistry } from "../components/codeArtifact/registry.ts";
import type { AwsConnectionPlan } from "../plan/aws.ts";
import { endpointStatements } from "../plan/codeArtifact/endpointPolicy.ts";
import { policyDocument, type PolicyStatement } from "../plan/policyDocument.ts";
import type { Plan, RegistryPlan } from "../plan/plan.ts";
import type { RegistryOutputs } from "./outputs.ts";

/** What of a customer's registries is made by this program, by registry. */
export interface BuiltRegistries {
  readonly codeArtifact: Readonly<Record<string, CodeArtifactRegistry>>;
  readonly selfHosted: Readonly<Record<string, SelfHostedRegistry>>;
  readonly endpointServices: Readonly<Record<string, EndpointServicePublisher>>;
  readonly attachments: Readonly<Record<string, ServiceAttachmentPublisher>>;
  /** Host of the bucket each registry hands its clients on to. */
  readonly blobHosts: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Providers of the accounts and projects the registries are in. */
export interface RegistryProviders {
  aws(accountID: string, region: string): AwsProvider;
  gcp(projectID: string, region: string): GcpProvider;
}

/** Virtual-hosted name of a bucket. Source: Amazon S3 User Guide, "Virtual hosting of general purpose buckets". */
const bucketHost = (bucket: string, region: string): string => `${bucket}.s3.${region}.amazonaws.com`;

/** Declares every registry of a plan that is made or published here. Loads only the components that the plan needs. */
export async function buildRegistries(plan: Plan, providers: RegistryProviders): Promise<BuiltRegistries> {
  const codeArtifact: Record<string, CodeArtifactRegistry> = {};
  const selfHosted: Record<string, SelfHostedRegistry> = {};
  const endpointServices: Record<string, EndpointServicePublisher> = {};
  const attachments: Record<string, ServiceAttachmentPublisher> = {};
  const blobHosts: Record<string, pulumi.Input<string>> = {};
  for (const registry of plan.registries) {
    const { key, name } = registry;
    const tags = { ...plan.tags, "causeway:registry": key };
    if (registry.codeArtifact !== undefined) {
      const { CodeArtifactRegistry } = await import("../components/codeArtifact/registry.ts");
      const { accountID, region, refresher } = registry.codeArtifact;
      const made = new CodeArtifactRegistry(
        name,
        { registry: registry.codeArtifact, tags, labels: { ...plan.labels, "causeway-registry": key } },
        {
          providers: [
            providers.aws(accountID, region),
            ...(refresher === undefined ? [] : [providers.gcp(refresher.projectID, refresher.region)]),
          ],
        },
      );
      codeArtifact[key] = made;
      blobHosts[key] = made.assetBucketArn.apply((arn) => bucketHost(arn.slice(arn.lastIndexOf(":") + 1), region));
    }
    if (registry.selfHosted !== undefined) {
      const { SelfHostedRegistry } = await import("../components/selfHosted/registry.ts");
      const { accountID, region, packageBucket } = registry.selfHosted;
      selfHosted[key] = new SelfHostedRegistry(
        name,
        { registry: registry.selfHosted, tags },
        { providers: [providers.aws(accountID, region)] },
      );
      if (packageBucket !== undefined) blobHosts[key] = bucketHost(packageBucket, region);
    }
    if (registry.publishAws !== undefined) {
      endpointServices[key] = await publishOnAws(registry, tags, providers, selfHosted[key]);
    }
    if (registry.publishGcp !== undefined) {
      const { ServiceAttachmentPublisher } = await import("../components/publish/serviceAttachment.ts");
      const { projectID, region } = registry.publishGcp;
      attachments[key] = new ServiceAttachmentPublisher(
        name,
        { attachment: registry.publishGcp, labels: { ...plan.labels, "causeway-registry": key } },
        { providers: [providers.gcp(projectID, region)] },
      );
    }
  }
  return { codeArtifact, selfHosted, endpointServices, attachments, blobHosts };
}

async function publishOnAws(
  { name, publishAws }: RegistryPlan,
  tags: Readonly<Record<string, string>>,
  providers: RegistryProviders,
  own: SelfHostedRegistry | undefined,
): Promise<EndpointServicePublisher> {
  const { EndpointServicePublisher } = await import("../components/publish/endpointService.ts");
  const { accountID, region } = publishAws!;
  return new EndpointServicePublisher(
    name,
    { service: publishAws!, tags, ...(own === undefined ? {} : { target: own.target }) },
    { providers: [providers.aws(accountID, region)] },
  );
}

/** Policy of each endpoint to a service of AWS's own: what the registries behind it need, and nothing else. */
export function endpointPolicies(
  { registries }: Plan,
  { endpoints }: AwsConnectionPlan,
  built: BuiltRegistries,
): Readonly<Record<string, pulumi.Input<string>>> {
  const limited = endpoints.filter(({ registries: users }) => users.length > 0);
  return Object.fromEntries(
    limited.map(({ key, registries: users }): [string, pulumi.Input<string>] => {
      const behind = registries.filter((registry) => users.includes(registry.key));
      if (key === "s3") return [key, blobPolicy(behind, built)];
      return [key, policyDocument(endpointStatements(behind.flatMap(({ codeArtifact }) => codeArtifact ?? [])))];
    }),
  );
}

/**
 * Lets through what registries hand their clients on to. The signature in the URL is the authorisation, so the principal
 * is anybody's. Source: AWS CodeArtifact User Guide, "Create the Amazon S3 gateway endpoint".
 */
function blobPolicy(registries: readonly RegistryPlan[], built: BuiltRegistries): pulumi.Output<string> {
  const statements = registries.map(({ key, selfHosted }): pulumi.Output<PolicyStatement> => {
    const allow = (Action: string | readonly string[], Resource: string): PolicyStatement => {
      return { Effect: "Allow", Principal: "*", Action, Resource };
    };
    const bucket = selfHosted?.packageBucket;
    if (bucket !== undefined) {
      return pulumi.output(allow(["s3:GetObject", "s3:PutObject"], `arn:aws:s3:::${bucket}/objs/*`));
    }
    return built.codeArtifact[key]!.assetBucketArn.apply((arn) => allow("s3:GetObject", `${arn}/*`));
  });
  return pulumi.all(statements).apply(policyDocument);
}

const domainOutputs = (domain: CodeArtifactRegistry): Readonly<Record<string, pulumi.Input<unknown>>> => {
  const { domainArn, assetBucketArn, repositoryArns, endpoints, loginCommands, consumerRoleArn } = domain;
  const { policies, runbook } = domain;
  return { domainArn, assetBucketArn, repositoryArns, endpoints, loginCommands, consumerRoleArn, policies, runbook };
};

/** Names that have to lead to a registry run here, unless a zone of ours has them, and the proof of a private DNS name. */
function recordsOf(
  own: SelfHostedRegistry | undefined,
  service: EndpointServicePublisher | undefined,
): RegistryOutputs["records"] {
  const proof = service?.nameProof;
  return pulumi.all([
    ...(own?.outputs.cnameRecords ?? []).map((record) => pulumi.output(record)),
    ...(proof === undefined ? [] : [proof]),
  ]);
}

/** What a stack tells of its registries, by key; a registry the customer runs and publishes is not among them. */
export function registryOutputs(
  { registries }: Plan,
  built: BuiltRegistries,
): Readonly<Record<string, RegistryOutputs>> {
  return Object.fromEntries(
    registries.flatMap(({ key, selfHosted }): [string, RegistryOutputs][] => {
      const service = built.endpointServices[key];
      const attachment = built.attachments[key];
      const domain = built.codeArtifact[key];
      const own = built.selfHosted[key];
      const made = {
        ...(domain === undefined ? {} : { codeArtifact: domainOutputs(domain) }),
        ...(own === undefined ? {} : { selfHosted: { ...own.outputs } }),
        ...(service === undefined ? {} : { endpointService: { ...service.handover } }),
        ...(attachment === undefined ? {} : { serviceAttachment: { targetService: attachment.targetService } }),
      };
      if (Object.keys(made).length === 0) return [];
      return [[key, { made, records: recordsOf(selfHosted?.hostedZoneID === undefined ? own : undefined, service) }]];
    }),
  );
}
