import { policyDocument, type PolicyStatement } from "../policyDocument.ts";
import type { CodeArtifact } from "./customer.ts";

/** What of a domain is watched. */

type Domain = Pick<CodeArtifact, "domain" | "accountID">;

/**
 * Event patterns (JSON). The owner of a domain gets the events of all its repositories. Source: CodeArtifact User Guide,
 * "CodeArtifact event format and example".
 */
const pattern = ({ domain, accountID }: Domain, detail: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    source: ["aws.codeartifact"],
    "detail-type": ["CodeArtifact Package Version State Change"],
    detail: { domainName: [domain], domainOwner: [accountID], ...detail },
  });

/** Every event of a package version. */
export const packagePattern = (domain: Domain): string => pattern(domain, {});

/** Versions that are gone for good. */
export const alertPattern = (domain: Domain): string =>
  pattern(domain, { $or: [{ operationType: ["Deleted"] }, { packageVersionState: ["Disposed"] }] });

/** API calls about this domain as CloudTrail reports them. Source: CodeArtifact User Guide, "Logging API calls". */
export const callPattern = ({ domain }: Domain): string =>
  JSON.stringify({
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: { eventSource: ["codeartifact.amazonaws.com"], requestParameters: { domain: [domain] } },
  });

const ALARMING = [
  "PutDomainPermissionsPolicy",
  "PutRepositoryPermissionsPolicy",
  "DeleteRepository",
  "DeleteDomain",
  "DisposePackageVersions",
];

/** Filters of the log group those calls go to. Source: CloudWatch Logs User Guide, "Filter and pattern syntax", JSON. */
export const auditFilters = (consumerRoleARN: string): Readonly<Record<"denied" | "changed" | "tokens", string>> => ({
  denied: '{ $.detail.errorCode = "AccessDenied*" }',
  changed: `{ ${ALARMING.map((name) => `($.detail.eventName = "${name}")`).join(" || ")} }`,
  tokens:
    '{ ($.detail.eventName = "GetAuthorizationToken") && ' +
    `($.detail.userIdentity.sessionContext.sessionIssuer.arn != "${consumerRoleARN}") }`,
});

/** Policy of a target: what a service may do to it, on behalf of these sources where some are named. */
export function serviceMay(
  service: string | readonly string[],
  action: string | readonly string[],
  resource: string,
  sources: readonly string[] = [],
): string {
  return policyDocument([mayStatement(service, action, resource, sources)]);
}

function mayStatement(
  service: string | readonly string[],
  action: string | readonly string[],
  resource: string,
  sources: readonly string[],
): PolicyStatement {
  const Condition = { ArnEquals: { "aws:SourceArn": sources } };
  const allow = { Effect: "Allow", Action: action, Resource: resource, Principal: { Service: service } } as const;
  return sources.length === 0 ? allow : { ...allow, Condition };
}

/**
 * Policy of the topic: a rule publishes to it, and the alarms of its own account and region. Source: CloudWatch User Guide,
 * "Amazon SNS topics and alarms": an alarm comes with its ARN and account.
 */
export function topicPolicy(
  { accountID, region }: Pick<CodeArtifact, "accountID" | "region">,
  topicARN: string,
  ruleARN: string,
): string {
  const alarms = `arn:aws:cloudwatch:${region}:${accountID}:alarm:*`;
  return policyDocument([
    mayStatement("events.amazonaws.com", "sns:Publish", topicARN, [ruleARN]),
    {
      ...mayStatement("cloudwatch.amazonaws.com", "sns:Publish", topicARN, []),
      Condition: { ArnLike: { "aws:SourceArn": alarms }, StringEquals: { "aws:SourceAccount": accountID } },
    },
  ]);
}
