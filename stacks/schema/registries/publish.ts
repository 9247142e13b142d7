import type { z } from "zod";
import { accountID } from "../accounts.ts";
import { privateRangeFix } from "../aws.ts";
import {
  address,
  awsRegion,
  block,
  dnsName,
  flag,
  gcpName,
  gcpRegion,
  list,
  map,
  oneOf,
  range,
  text,
  whole,
} from "../fields.ts";

/** `registries.<key>.publish`: what is made in the customer's own account, so that we can connect to the registry. */

const id = (prefix: string, what: string): z.ZodString =>
  text(
    { expected: `${prefix}-<8 or 17 hex digits>`, what, fix: "copy the id from the console" },
    new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`),
  );

const arn = (service: string, form: string, what: string, pattern: RegExp): z.ZodString =>
  text({ expected: `an arn of ${service}, ${form}`, what, fix: "copy the arn from the console" }, pattern);

const port = (what: string): z.ZodNumber =>
  whole({ expected: "a port from 1 to 65535", what, fix: "correct it" }, 1, 65535);

const ip = (what: string): z.ZodString => address(what, () => undefined);

const healthCheck = block(
  {
    protocol: oneOf("the protocol", ["TCP", "HTTP", "HTTPS"])
      .optional()
      .describe("Protocol of the check: TCP, which a target of TLS 1.3 alone answers too; HTTPS of a load balancer."),
    path: text(
      { expected: "a path, such as /healthz", what: "the path", fix: "begin it with a slash" },
      /^\/[\x21-\x7e]{0,1023}$/,
    )
      .optional()
      .describe("Path that is asked for; with HTTP and HTTPS."),
    port: port("the port").optional().describe("Port of the check; the target's own by default."),
  },
  "protocol: TCP",
);

const target = block(
  {
    addresses: list(ip("a target's address"), "10.50.0.10", 1, 100)
      .optional()
      .describe("Private addresses. One of this, instances, autoScalingGroup and loadBalancerArn."),
    outsideVpc: flag()
      .default(false)
      .describe("Whether the addresses are outside the VPC: over peering, a transit gateway or Direct Connect."),
    instances: list(id("i", "an instance's id"), "i-0123456789abcdef0", 1, 100).optional().describe("EC2 instances."),
    autoScalingGroup: text(
      { expected: "the name of an auto scaling group, 1 to 255 characters", what: "the group's name", fix: "copy it" },
      /^[\x20-\x7e]{1,255}$/,
    )
      .optional()
      .describe("An Auto Scaling group, whose instances come and go by themselves."),
    loadBalancerArn: arn(
      "an application load balancer",
      "arn:aws:elasticloadbalancing:<region>:<account>:loadbalancer/app/<name>/<id>",
      "the load balancer's arn",
      /^arn:aws:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer\/app\/[A-Za-z0-9-]{1,32}\/[0-9a-f]{16}$/,
    )
      .optional()
      .describe("An application load balancer of the same VPC, with a listener at the target's port."),
    port: port("the target's port").optional().describe("Port of the target; the listener's by default."),
    securityGroupID: id("sg", "the id of the targets' security group")
      .optional()
      .describe("Security group of the targets: it gets a rule that lets the load balancer in."),
  },
  "addresses: [10.50.0.10]",
);

const listener = block(
  {
    mode: oneOf("the mode", ["tls-passthrough", "tls-terminate", "tcp"])
      .default("tls-passthrough")
      .describe("Who ends TLS: the target, the load balancer with certificateArn, or nobody."),
    certificateArn: arn(
      "a certificate",
      "arn:aws:acm:<region>:<account>:certificate/<id>",
      "the certificate's arn",
      /^arn:aws:acm:[a-z0-9-]+:\d{12}:certificate\/[A-Za-z0-9-]{1,64}$/,
    )
      .optional()
      .describe("Certificate in AWS Certificate Manager; with tls-terminate."),
    reencrypt: flag().default(false).describe("Whether TLS is spoken to the target too; with tls-terminate."),
    target: target.optional().describe("What answers; of a registry with selfHosted it is the registry itself."),
    healthCheck: healthCheck.default({}).describe("How a target shows that it is well."),
    idleTimeoutSeconds: whole(
      { expected: "seconds from 60 to 6000", what: "the seconds", fix: "choose one in these bounds" },
      60,
      6000,
    )
      .optional()
      .describe("Seconds an idle connection is kept, 350 by default; not with tls-terminate."),
  },
  "target: { addresses: [10.50.0.10] }",
);

const portKey = text(
  { expected: "a port from 1 to 65535", what: "the port as the key", fix: "write the port" },
  /^[1-9]\d{0,4}$/,
  (value) => Number(value) <= 65535,
);

const zoneID = text(
  { expected: "an availability zone id, such as use1-az1", what: "the zone's id", fix: "names differ by account" },
  /^[a-z]+\d-az\d$/,
);

const privateDns = block(
  {
    name: dnsName("the private dns name").describe(
      "Name that endpoints of the service may answer to. Guarded: unverified until proven anew.",
    ),
    hostedZoneID: text(
      { expected: "Z and 10 to 32 of A-Z and 0-9", what: "the id of the public hosted zone", fix: "copy the id" },
      /^Z[A-Z0-9]{9,31}$/,
    )
      .optional()
      .describe(
        "Public zone in Route 53, in the customer's account, that gets the proof. Without it the proof is told.",
      ),
  },
  "name: artifactory.acme.example",
);

/** `registries.<key>.publish.aws`. */
const publishAws = block(
  {
    accountID: accountID("the id of the customer's account")
      .optional()
      .describe("AWS account the registry is published from; of selfHosted its own. Fixed on a live stack."),
    region: awsRegion()
      .optional()
      .describe("Region of the endpoint service; that of the connection which leads to it. Fixed on a live stack."),
    vpcID: id("vpc", "the id of the targets' vpc")
      .optional()
      .describe("VPC of the targets. Guarded: replaces the load balancer and the service."),
    subnets: map(id("subnet", "the id of a subnet"), zoneID, "subnet-0123456789abcdef0: use1-az1", 20)
      .optional()
      .describe("Subnets of the load balancer by id, each with its AZ id; two zones or more. Removing one is guarded."),
    listeners: map(portKey, listener, '"443": { target: { addresses: [10.50.0.10] } }', 50)
      .optional()
      .describe("Ports of the load balancer. Removing one is guarded."),
    acceptance: oneOf("who is let in", ["principals", "manual"])
      .default("principals")
      .describe("Our account at once (principals), or each endpoint once it is accepted (manual)."),
    crossZone: flag().default(true).describe("Whether each zone's load balancer reaches the targets of all zones."),
    deletionProtection: flag().default(true).describe("Whether AWS refuses to delete the load balancer."),
    privateDns: privateDns.optional().describe("The service's private DNS name and how it is proven."),
    supportedRegions: list(awsRegion(), "us-west-2", 0, 30)
      .default([])
      .describe("Regions besides its own whose consumers may connect."),
    notificationTopicArn: arn(
      "an sns topic",
      "arn:aws:sns:<region>:<account>:<name>",
      "the topic's arn",
      /^arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
    )
      .optional()
      .describe("SNS topic of the customer's that is told of connections and alarms."),
    alarms: flag().default(true).describe("Whether CloudWatch watches targets, connections and ports."),
  },
  "vpcID, subnets and listeners",
);

const path = (kind: string, form: string, pattern: RegExp): z.ZodString =>
  text({ expected: form, what: `the path of the ${kind}`, fix: "copy the path from the console" }, pattern);

const backends = block(
  {
    groups: list(
      path(
        "group",
        "projects/<project>/(zones|regions)/<place>/(instanceGroups|networkEndpointGroups)/<name>",
        /^projects\/[a-z][a-z0-9-]{4,28}[a-z0-9]\/(zones|regions)\/[a-z0-9-]+\/(instanceGroups|networkEndpointGroups)\/[a-z][a-z0-9-]{0,62}$/,
      ),
      "projects/…/instanceGroups/…",
      1,
      10,
    )
      .optional()
      .describe("Instance groups or network endpoint groups that exist. One of this and addresses."),
    portName: gcpName("the named port of the groups")
      .optional()
      .describe("Named port of the instance groups; with mode: proxy."),
    addresses: list(ip("a backend's address"), "10.200.0.10", 1, 50)
      .optional()
      .describe("Private addresses outside Google Cloud, over VPN or Interconnect; with mode: proxy."),
    zone: text(
      { expected: "a zone, such as us-central1-a", what: "the zone", fix: "write a zone of the region" },
      /^[a-z]+-[a-z]+\d+-[a-z]$/,
    )
      .optional()
      .describe("Zone the addresses are reached from; with addresses."),
  },
  "groups: [projects/…/instanceGroups/…]",
);

const privateRange = (what: string, narrowest: number): z.ZodString =>
  range(`a private range from /8 to /${narrowest}`, what, (value) => privateRangeFix(value, 8, narrowest));

const proxySubnet = block(
  {
    existing: privateRange("the range of the proxy-only subnet", 26)
      .optional()
      .describe("Range of the proxy-only subnet that the network has in this region already."),
    create: privateRange("the range of the proxy-only subnet", 26)
      .optional()
      .describe("Range of the proxy-only subnet that is made here; a network has one in a region."),
  },
  "existing: <range>, or create: <range>",
);

/** `registries.<key>.publish.gcp`. */
const publishGcp = block(
  {
    projectID: text(
      { expected: "a google cloud project id", what: "the customer's project id", fix: "copy it from the console" },
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    ).describe("Google Cloud project the registry is published from. Fixed on a live stack."),
    region: gcpRegion().describe("Region of the service attachment; that of the executors. Fixed on a live stack."),
    network: gcpName("the name of the registry's network").describe(
      "VPC network of the backends. Guarded: replaces the attachment and all before it.",
    ),
    subnetwork: gcpName("the name of a subnetwork").describe(
      "Subnetwork the load balancer's address is taken from. Guarded: replaces rule and attachment.",
    ),
    natRange: privateRange("the range of the nat subnet, a /24 that the network does not use", 29).describe(
      "Range of the subnet that consumers appear from: an address for each endpoint; /24 is usual, /29 the least. Guarded.",
    ),
    backends: backends.describe("What answers behind the load balancer."),
    mode: oneOf("the mode", ["passthrough", "proxy"])
      .default("passthrough")
      .describe("passthrough: the backends end TLS; proxy: Google's proxies stand between. Guarded."),
    certificate: path(
      "certificate",
      "projects/<project>/regions/<region>/sslCertificates/<name>",
      /^projects\/[a-z][a-z0-9-]{4,28}[a-z0-9]\/regions\/[a-z0-9-]+\/sslCertificates\/[a-z][a-z0-9-]{0,62}$/,
    )
      .optional()
      .describe(
        "Regional SSL certificate that the proxies end TLS with; without it they pass TLS on. With mode: proxy.",
      ),
    proxySubnet: proxySubnet.optional().describe("Subnet Google's proxies are in; with mode: proxy."),
    ports: list(port("the port"), "443", 1, 5)
      .default([443])
      .describe("TCP ports, one to five; with mode: proxy one. Guarded: replaces rule and attachment."),
    backendPort: port("the backends' port")
      .optional()
      .describe("Port of the backends; the first of ports by default. With mode: proxy."),
    healthCheck: healthCheck.default({}).describe("How a backend shows that it is well."),
    serviceAccount: text(
      {
        expected: "a service account's email",
        what: "the email",
        fix: "write it as name@project.iam.gserviceaccount.com",
      },
      /^[a-z0-9][a-z0-9-]*@([a-z0-9.-]+\.iam|developer|appspot)\.gserviceaccount\.com$/,
    )
      .optional()
      .describe(
        "Service account of the backends: firewall rules are for its machines alone, otherwise for the network's.",
      ),
    connectionLimit: whole(
      { expected: "a number of endpoints from 1 to 1000", what: "the number", fix: "correct it" },
      1,
      1000,
    )
      .default(10)
      .describe("Endpoints of ours that may connect."),
    domainName: dnsName("a domain of the customer's")
      .optional()
      .describe("Domain that consumers get a name in; leave it out where dns-proxy does that. Guarded."),
    alarms: flag().default(true).describe("Whether Cloud Monitoring watches the addresses of the nat subnet."),
  },
  "projectID, region, network, subnetwork, natRange and backends",
);

/** `registries.<key>.publish`. */
export const publish = block(
  {
    aws: publishAws
      .optional()
      .describe("A network load balancer and an endpoint service in the customer's AWS account."),
    gcp: publishGcp
      .optional()
      .describe("A load balancer and a service attachment in the customer's Google Cloud project."),
  },
  "aws or gcp",
);
