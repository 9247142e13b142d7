/** Who answers health checks, and how. */
export interface HealthCheck {
  readonly protocol: "TCP" | "HTTP" | "HTTPS";
  /** Of `HTTP` and `HTTPS` alone. */
  readonly path?: string;
  /** The target's own port where it is left out. */
  readonly port?: number;
}

/**
 * What a listener forwards to. `addresses` may be outside the VPC (peering, transit gateway, Direct Connect): a target
 * group then wants to be told so. `own` is the load balancer of a registry that this program runs.
 */
export type PublishTarget =
  | { readonly kind: "addresses"; readonly addresses: readonly string[]; readonly outsideVpc: boolean }
  | { readonly kind: "instances"; readonly instances: readonly string[] }
  | { readonly kind: "autoScalingGroup"; readonly autoScalingGroup: string }
  | { readonly kind: "loadBalancer"; readonly loadBalancerArn: string }
  | { readonly kind: "own" };

/** One port of the network load balancer; `port` is its key. */
export interface PublishListener {
  readonly port: number;
  /** `tls-terminate`: the load balancer ends TLS; `tls-passthrough` and `tcp`: the target does, or nobody. */
  readonly mode: "tls-terminate" | "tls-passthrough" | "tcp";
  /** Of `tls-terminate` alone. */
  readonly certificateArn?: string;
  /** Whether TLS is spoken to the target again; of `tls-terminate` alone. */
  readonly reencrypt: boolean;
  readonly target: PublishTarget;
  readonly targetPort: number;
  /** Security group of the targets: it gets a rule that lets the load balancer in. */
  readonly targetSecurityGroupID?: string;
  readonly healthCheck: HealthCheck;
  /** Seconds an idle connection is kept; not of `tls-terminate`. */
  readonly idleTimeoutSeconds?: number;
}

/** How the customer proves that a private DNS name is its own. */
export type NameVerification = { readonly kind: "hostedZone"; readonly zoneID: string } | { readonly kind: "manual" };

/** How a registry is published from an AWS account of the customer's: a network load balancer and an endpoint service. */
export interface PublishAws {
  readonly accountID: string;
  readonly region: string;
  /** Both absent where the registry is run by this program: its own network is used. */
  readonly vpcID?: string;
  /** Sorted by id. */
  readonly subnets?: readonly { readonly id: string; readonly zoneID: string }[];
  /** Sorted by port, at least one. */
  readonly listeners: readonly PublishListener[];
  /** `principals`: whoever is allowed is connected at once; `manual`: each endpoint waits to be accepted. */
  readonly acceptance: "principals" | "manual";
  readonly crossZone: boolean;
  readonly deletionProtection: boolean;
  readonly privateDns?: { readonly name: string; readonly verification: NameVerification };
  /** Regions besides its own that consumers may connect from, sorted. */
  readonly supportedRegions: readonly string[];
  /** SNS topic that is told of every connection and alarm. */
  readonly notificationTopicArn?: string;
  readonly alarms: boolean;
}

/** What is behind a load balancer on Google Cloud: groups that exist, or addresses outside Google Cloud. */
export type GoogleBackends =
  | { readonly kind: "groups"; readonly groups: readonly string[]; readonly portName?: string }
  | { readonly kind: "addresses"; readonly addresses: readonly string[]; readonly zone: string };

/** How a registry is published from a Google Cloud project of the customer's: a service attachment. */
export interface PublishGcp {
  readonly projectID: string;
  readonly region: string;
  /** Names, in that project and region. */
  readonly network: string;
  readonly subnetwork: string;
  readonly natRange: string;
  readonly backends: GoogleBackends;
  /** `passthrough`: the backends end TLS; `proxy`: a load balancer of Google's stands between. */
  readonly mode: "passthrough" | "proxy";
  /** Path of the regional SSL certificate that a proxy ends TLS with; without one it passes TLS on. */
  readonly certificate?: string;
  /** Range of the subnet Google's proxies are in, and whether it is made here; of `proxy` alone. */
  readonly proxySubnet?: { readonly kind: "existing" | "create"; readonly range: string };
  /** Sorted ascending, one to five. */
  readonly ports: readonly number[];
  /** Port the backends listen at; of `proxy` with addresses it is theirs, otherwise the first of `ports`. */
  readonly backendPort: number;
  readonly healthCheck: HealthCheck;
  /** Service account of the backends: firewall rules are for its machines alone. */
  readonly serviceAccount?: string;
  /** Endpoints we may connect. */
  readonly connectionLimit: number;
  /** Domain of the customer's that consumers get a name in; without a dot at its end. */
  readonly domainName?: string;
  readonly alarms: boolean;
}
