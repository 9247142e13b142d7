/**
 * How long the clouds take for one operation on one resource, the provider's own waiting included. Nothing here waits;
 * the figures are for telling a person what an update would take. A figure is a range seen in public logs of the
 * Terraform providers that Pulumi bridges, or marked as assumed.
 */
import { TABLES } from "../tables.ts";

export type Operation = "create" | "update" | "delete";

/** Seconds, from the fastest seen to the slowest that is still ordinary. */
export type Range = readonly [least: number, most: number];

export interface Durations extends Readonly<Record<Operation, Range>> {
  /** Where the figures are from; what is not said to be seen is assumed. */
  readonly source: string;
}

/** An apply log of an AWS and Google VPN with BGP, kept in a public repository; each figure is one "Creation complete after". */
const VPN_LOG = "apply log of a public AWS and Google HA VPN project (create)";
/** Apply and destroy logs of public Cloud NAT projects. */
const NAT_LOG = "apply and destroy logs of public Cloud NAT projects (create, delete)";
const STEAMPIPE = "turbot/steampipe-plugin-aws pull request 486, apply log (create)";
const ASSUMED = "assumed: one API call and its reads";

const CALL: Range = [1, 5];

/** Google's global and regional operations are polled every ten seconds or so. */
const OPERATION: Range = [11, 25];

const durations = (source: string, create: Range, update: Range = CALL, remove: Range = CALL): Durations => ({
  ...{ source, create, update },
  delete: remove,
});

const AWS: Readonly<Record<string, Durations>> = {
  "ec2/vpc:Vpc": durations(`${STEAMPIPE}; ${VPN_LOG}: enabling DNS hostnames waits 10 s`, [12, 15], [1, 12]),
  "ec2/subnet:Subnet": durations(`${VPN_LOG}; the rest assumed`, [1, 13], CALL, [1, 10]),
  "ec2/routeTable:RouteTable": durations(`${VPN_LOG}; the rest assumed`, [1, 2]),
  "ec2/routeTableAssociation:RouteTableAssociation": durations(`${VPN_LOG}; the rest assumed`, [0, 2]),
  "ec2/defaultSecurityGroup:DefaultSecurityGroup": durations(ASSUMED, CALL, CALL, [0, 1]),
  "ec2/securityGroup:SecurityGroup": durations(ASSUMED, CALL),
  "vpc/securityGroupIngressRule:SecurityGroupIngressRule": durations(ASSUMED, [1, 2], [1, 2], [1, 2]),
  // The logs attach in the same operation: 27 and 47 s. What is the gateway's own part of that is assumed.
  "ec2/vpnGateway:VpnGateway": durations(
    `${STEAMPIPE}; ${VPN_LOG}; its part of the whole assumed`,
    [2, 8],
    CALL,
    [2, 20],
  ),
  "ec2/vpnGatewayAttachment:VpnGatewayAttachment": durations(
    `${STEAMPIPE}; ${VPN_LOG}; its part of the whole assumed`,
    [25, 40],
    CALL,
    [20, 60],
  ),
  "ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": durations(ASSUMED, CALL),
  "ec2/customerGateway:CustomerGateway": durations(
    `${VPN_LOG}; ${STEAMPIPE}; the rest assumed`,
    [12, 19],
    CALL,
    [10, 20],
  ),
  // Source of update: AWS Site-to-Site VPN User Guide, Modify tunnel options: each modified tunnel is down for minutes.
  "ec2/vpnConnection:VpnConnection": durations(
    `${VPN_LOG}: 396 s; update from the AWS Site-to-Site VPN User Guide, Modify tunnel options; the rest assumed`,
    [240, 480],
    [240, 900],
    [60, 300],
  ),
  "ec2/vpcEndpoint:VpcEndpoint": durations(
    "confluentinc/terraform-provider-confluent issue 76: about 135 s; the rest assumed",
    [60, 180],
    [30, 120],
    [60, 300],
  ),
  "vpc/endpointPrivateDns:EndpointPrivateDns": durations(
    "assumed: an endpoint is updated",
    [30, 120],
    [30, 120],
    [0, 1],
  ),
  "ec2/flowLog:FlowLog": durations(ASSUMED, CALL),
  "cloudwatch/logGroup:LogGroup": durations(ASSUMED, [1, 3]),
  "iam/role:Role": durations(ASSUMED, [1, 3]),
  "iam/rolePolicy:RolePolicy": durations(ASSUMED, [1, 2]),
  ...Object.fromEntries(
    [
      ...["codeartifact/domain:Domain", "codeartifact/repository:Repository", "kms/alias:Alias", "iam/user:User"],
      ...["codeartifact/domainPermissions:DomainPermissions", "iam/userPolicy:UserPolicy", "iam/accessKey:AccessKey"],
      ...["codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy", "sns/topic:Topic"],
      ...["iam/rolePolicyAttachment:RolePolicyAttachment", "cloudwatch/eventRule:EventRule"],
      ...["cloudwatch/eventTarget:EventTarget", "cloudwatch/logResourcePolicy:LogResourcePolicy"],
      ...["cloudwatch/logMetricFilter:LogMetricFilter", "cloudwatch/metricAlarm:MetricAlarm"],
      ...["sns/topicPolicy:TopicPolicy", "sns/topicSubscription:TopicSubscription", "cloudtrail/trail:Trail"],
      ...["lambda/permission:Permission", "scheduler/schedule:Schedule", "s3/bucketVersioning:BucketVersioning"],
      ...["s3/bucketCorsConfiguration:BucketCorsConfiguration", "s3/bucketPolicy:BucketPolicy"],
      ...["s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "s3/bucketOwnershipControls:BucketOwnershipControls"],
      "s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
      ...["s3/bucketReplicationConfig:BucketReplicationConfig", "secretsmanager/secret:Secret"],
      "secretsmanager/secretVersion:SecretVersion",
    ].map((type): [string, Durations] => [type, durations(ASSUMED, [1, 3])]),
  ),
  "cloudcontrol/resource:Resource": durations("assumed: a request is polled until done", [5, 30], [5, 30], [5, 30]),
  "kms/key:Key": durations("assumed: policy and rotation are waited for", [2, 20], [2, 20], [1, 3]),
  "iam/instanceProfile:InstanceProfile": durations("assumed: waits until it can be found", [5, 10], CALL, CALL),
  // Source: hashicorp/terraform-provider-aws internal/service/sqs: attributes are polled until they propagate.
  "sqs/queue:Queue": durations("assumed: attributes are polled until they propagate", [25, 35], [25, 60], [1, 65]),
  "sqs/queuePolicy:QueuePolicy": durations("assumed: attributes are polled until they propagate", [25, 35], [25, 60]),
  "lambda/function:Function": durations("assumed: waits until the function is active", [6, 20], [5, 20], [1, 5]),
  "s3/bucket:Bucket": durations("assumed: several calls and their reads", [2, 6]),
  "s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": durations(
    "assumed: polled until the rules are everywhere",
    [10, 60],
    [10, 60],
  ),
  "lb/loadBalancer:LoadBalancer": durations("assumed: provisioning of a load balancer", [120, 240], [5, 60], [5, 60]),
  "lb/listener:Listener": durations(ASSUMED, [1, 2]),
  "lb/listenerRule:ListenerRule": durations(ASSUMED, [1, 2]),
  "lb/targetGroup:TargetGroup": durations(ASSUMED, [1, 3]),
  "lb/targetGroupAttachment:TargetGroupAttachment": durations(ASSUMED, [0, 2]),
  "ec2/vpcEndpointService:VpcEndpointService": durations(
    "assumed: waits until it is available",
    [10, 60],
    [5, 60],
    [5, 60],
  ),
  "ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": durations(ASSUMED, CALL),
  "ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter": durations(
    "assumed: waits until the endpoint is available",
    [30, 120],
    CALL,
    [10, 60],
  ),
  "ec2/vpcEndpointConnectionNotification:VpcEndpointConnectionNotification": durations(ASSUMED, CALL),
  "vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification": durations(
    "AWS PrivateLink Guide, Manage DNS names: up to ten minutes, least assumed",
    [10, 600],
    CALL,
    [0, 1],
  ),
  "ec2/launchTemplate:LaunchTemplate": durations(ASSUMED, CALL),
  "ec2/internetGateway:InternetGateway": durations(ASSUMED, [1, 5], CALL, [1, 60]),
  "ec2/natGateway:NatGateway": durations("assumed: waits until it is available", [90, 150], CALL, [40, 120]),
  "ec2/eip:Eip": durations(ASSUMED, [1, 3]),
  "ec2/route:Route": durations(ASSUMED, [1, 3]),
  "vpc/securityGroupEgressRule:SecurityGroupEgressRule": durations(ASSUMED, [1, 2], [1, 2], [1, 2]),
  "autoscaling/group:Group": durations("assumed: waits for its instances", [40, 180], [5, 180], [60, 300]),
  "autoscaling/attachment:Attachment": durations(ASSUMED, [1, 10]),
  "rds/instance:Instance": durations(
    "assumed: a database with standby and first backup",
    [300, 1200],
    [60, 1200],
    [180, 600],
  ),
  "rds/subnetGroup:SubnetGroup": durations(ASSUMED, [1, 3]),
  "rds/parameterGroup:ParameterGroup": durations(ASSUMED, [1, 3]),
  "acm/certificate:Certificate": durations(ASSUMED, [2, 10]),
  "acm/certificateValidation:CertificateValidation": durations(
    "ACM User Guide, DNS validation: minutes after the record is there; least assumed",
    [10, 600],
    CALL,
    [0, 1],
  ),
  "route53/record:Record": durations("assumed: waits until the change is INSYNC", [20, 60], [20, 60], [20, 60]),
  "backup/vault:Vault": durations(ASSUMED, CALL),
  "backup/plan:Plan": durations(ASSUMED, CALL),
  "backup/selection:Selection": durations(ASSUMED, [5, 15]),
};

const GCP: Readonly<Record<string, Durations>> = {
  "compute/network:Network": durations(`${VPN_LOG}; ${NAT_LOG}`, [13, 22], OPERATION, [21, 45]),
  "compute/subnetwork:Subnetwork": durations(`${VPN_LOG}; ${NAT_LOG}`, [11, 23], OPERATION, [11, 25]),
  "compute/haVpnGateway:HaVpnGateway": durations(`${VPN_LOG}; the rest assumed`, [11, 22], OPERATION, OPERATION),
  "compute/externalVpnGateway:ExternalVpnGateway": durations(
    `${VPN_LOG}; the rest assumed`,
    [11, 22],
    OPERATION,
    OPERATION,
  ),
  "compute/vPNTunnel:VPNTunnel": durations(`${VPN_LOG}; the rest assumed`, [11, 25], OPERATION, OPERATION),
  "compute/router:Router": durations(`${VPN_LOG}; ${NAT_LOG}`, [12, 22], OPERATION, [11, 13]),
  "compute/routerInterface:RouterInterface": durations(
    `${VPN_LOG}, one at a time on a router; the rest assumed`,
    [11, 14],
    OPERATION,
    OPERATION,
  ),
  "compute/routerPeer:RouterPeer": durations(
    `${VPN_LOG}, one at a time on a router; the rest assumed`,
    [11, 14],
    OPERATION,
    OPERATION,
  ),
  "compute/routerNat:RouterNat": durations(NAT_LOG, [11, 23], OPERATION, [4, 17]),
  "compute/address:Address": durations(NAT_LOG, [3, 12], OPERATION, [3, 12]),
  "compute/forwardingRule:ForwardingRule": durations("assumed: one operation", OPERATION, OPERATION, OPERATION),
  "compute/firewall:Firewall": durations(`${VPN_LOG}; ${NAT_LOG}`, [11, 22], OPERATION, [11, 12]),
  "compute/projectMetadataItem:ProjectMetadataItem": durations(
    "assumed: one operation",
    OPERATION,
    OPERATION,
    OPERATION,
  ),
  ...Object.fromEntries(
    [
      ...["serviceAttachment:ServiceAttachment", "regionBackendService:RegionBackendService"],
      ...["regionHealthCheck:RegionHealthCheck", "regionUrlMap:RegionUrlMap", "networkEndpoint:NetworkEndpoint"],
      ...["regionTargetHttpsProxy:RegionTargetHttpsProxy", "regionTargetTcpProxy:RegionTargetTcpProxy"],
      ...["regionSslCertificate:RegionSslCertificate", "networkEndpointGroup:NetworkEndpointGroup"],
      "regionNetworkEndpointGroup:RegionNetworkEndpointGroup",
    ].map((type): [string, Durations] => [
      `compute/${type}`,
      durations("assumed: one operation", OPERATION, OPERATION, OPERATION),
    ]),
  ),
  "serviceaccount/account:Account": durations("assumed: waits until the account can be found", [5, 15]),
  "cloudrunv2/job:Job": durations("assumed: one operation", [5, 30], [5, 30], [2, 15]),
  ...Object.fromEntries(
    [
      ...["serviceaccount/iAMMember:IAMMember", "cloudrunv2/jobIamMember:JobIamMember", "cloudscheduler/job:Job"],
      ...["secretmanager/secret:Secret", "secretmanager/secretIamMember:SecretIamMember"],
      ...["secretmanager/secretVersion:SecretVersion", "monitoring/alertPolicy:AlertPolicy"],
    ].map((type): [string, Durations] => [type, durations(ASSUMED, [1, 5])]),
  ),
  "dns/managedZone:ManagedZone": durations(ASSUMED, CALL),
  "dns/recordSet:RecordSet": durations("apply log in a public test fixture: 1 s; the rest assumed", CALL),
};

const prefixed = (name: string, table: Readonly<Record<string, Durations>>): [string, Durations][] =>
  Object.entries(table).map(([type, found]) => [`${name}:${type}`, found]);

const NOTHING: Range = [0, 0];

/** By type token: every type the simulated clouds have. */
export const DURATIONS: Readonly<Record<string, Durations>> = Object.fromEntries([
  ...prefixed("aws", AWS),
  ...prefixed("gcp", GCP),
  ...Object.keys(TABLES.random.types).map((type): [string, Durations] => [
    type,
    durations("made in the provider's own process", NOTHING, NOTHING, NOTHING),
  ]),
]);

/**
 * Types that are parts of a Cloud Router. The provider changes one router at a time, since every part is a change of the
 * whole router. Source: GoogleCloudPlatform/magic-modules, `mutex: router/{{region}}/{{router}}`.
 */
export const ROUTER_PARTS: ReadonlySet<string> = new Set([
  "gcp:compute/routerInterface:RouterInterface",
  "gcp:compute/routerPeer:RouterPeer",
  "gcp:compute/routerNat:RouterNat",
]);
