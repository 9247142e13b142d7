/** The AWS types `scripts/tables.ts` writes tables for, and what they simulate although their kind of argument is left out elsewhere. */

function of(module: string, ...leaves: string[]): string[] {
  return leaves.map((leaf) => `aws:${module}/${leaf[0]!.toLowerCase()}${leaf.slice(1)}:${leaf}`);
}

/** Type tokens of AWS. */
export const AWS_TYPES: readonly string[] = [
  ...of("ec2", "Vpc", "Subnet", "RouteTable", "RouteTableAssociation", "DefaultSecurityGroup", "SecurityGroup"),
  ...of("ec2", "VpnGateway", "VpnGatewayAttachment", "CustomerGateway", "VpnGatewayRoutePropagation", "VpnConnection"),
  ...of("ec2", "VpcEndpoint", "FlowLog"),
  ...of("vpc", "SecurityGroupIngressRule", "EndpointPrivateDns"),
  ...[...of("cloudwatch", "LogGroup"), ...of("iam", "Role", "RolePolicy")],
  ...of("codeartifact", "Domain", "DomainPermissions", "Repository", "RepositoryPermissionsPolicy"),
  ...[...of("cloudcontrol", "Resource"), ...of("kms", "Key", "Alias")],
  ...of("iam", "User", "UserPolicy", "AccessKey", "RolePolicyAttachment", "InstanceProfile"),
  ...of("cloudwatch", "EventRule", "EventTarget", "LogResourcePolicy", "LogMetricFilter", "MetricAlarm"),
  ...[...of("sns", "Topic", "TopicPolicy", "TopicSubscription"), ...of("sqs", "Queue", "QueuePolicy")],
  ...[...of("cloudtrail", "Trail"), ...of("lambda", "Function", "Permission"), ...of("scheduler", "Schedule")],
  ...of("s3", "Bucket", "BucketVersioning", "BucketCorsConfiguration", "BucketLifecycleConfiguration", "BucketPolicy"),
  ...of("s3", "BucketPublicAccessBlock", "BucketOwnershipControls", "BucketServerSideEncryptionConfiguration"),
  ...[...of("s3", "BucketReplicationConfig"), ...of("secretsmanager", "Secret", "SecretVersion")],
  ...of("lb", "LoadBalancer", "Listener", "ListenerRule", "TargetGroup", "TargetGroupAttachment"),
  ...of("ec2", "VpcEndpointService", "VpcEndpointConnectionAccepter", "VpcEndpointConnectionNotification"),
  ...of("ec2", "VpcEndpointServiceAllowedPrinciple", "LaunchTemplate", "InternetGateway", "NatGateway", "Eip", "Route"),
  ...of("vpc", "EndpointServicePrivateDnsVerification", "SecurityGroupEgressRule"),
  ...[...of("autoscaling", "Group", "Attachment"), ...of("rds", "Instance", "SubnetGroup", "ParameterGroup")],
  ...[...of("acm", "Certificate", "CertificateValidation"), ...of("route53", "Record")],
  ...of("backup", "Vault", "Plan", "Selection"),
];

/** By type: arguments that are simulated here although their names are among those left out everywhere else. */
export const SIMULATED: Readonly<Record<string, RegExp>> = {
  "aws:cloudwatch/logGroup:LogGroup": /^kmsKeyId$/,
  "aws:cloudtrail/trail:Trail": /^kmsKeyId$/,
  "aws:iam/role:Role": /^permissionsBoundary$/,
  "aws:iam/user:User": /^permissionsBoundary$/,
  "aws:lambda/function:Function": /^kmsKeyArn$/,
  "aws:scheduler/schedule:Schedule": /^kmsKeyArn$/,
  "aws:secretsmanager/secret:Secret": /^kmsKeyId$/,
  "aws:rds/instance:Instance": /kmsKeyId$/i,
  "aws:ec2/launchTemplate:LaunchTemplate": /^kmsKeyId$|^networkInterfaces$/,
  "aws:backup/vault:Vault": /^kmsKeyArn$/,
};

/** By type: arguments that only it leaves out. */
export const LEFT_OUT: Readonly<Record<string, RegExp>> = {
  "aws:s3/bucket:Bucket":
    /^(acl|bucketNamespace|bucketPrefix|corsRules|grants|lifecycleRules|logging|objectLockConfiguration|policy|replicationConfiguration|requestPayer|serverSideEncryptionConfiguration|versioning|website)$/,
  "aws:kms/key:Key": /^(customKeyStoreId|xksKeyId)$/,
  "aws:iam/accessKey:AccessKey": /^pgpKey$/,
  "aws:cloudwatch/eventTarget:EventTarget":
    /^(appsyncTarget|batchTarget|ecsTarget|httpTarget|kinesisTarget|redshiftTarget|runCommandTargets|sagemakerPipelineTarget)$/,
  "aws:cloudwatch/eventRule:EventRule": /^isEnabled$/,
  "aws:lambda/function:Function":
    /^(capacityProviderConfig|codeSigningConfigArn|durableConfig|fileSystemConfig|imageConfig|imageUri|layers|publishTo|s3Bucket|s3Key|s3ObjectVersion|snapStart|sourceKmsKeyArn|tenancyConfig)$/,
  "aws:scheduler/schedule:Schedule": /^groupName$/,
  "aws:sns/topic:Topic": /Feedback|^archivePolicy$/,
  "aws:cloudcontrol/resource:Resource": /^(schema|typeVersionId)$/,
};
