/** Longest name of a load balancer or target group. Source: Elastic Load Balancing API Reference, CreateLoadBalancer. */
export const LOAD_BALANCER_NAME_MAX = 32;

/** Ranges a target may be in. Source: Elastic Load Balancing API Reference, TargetDescription. */
export const PRIVATE_RANGES: readonly string[] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/**
 * Ranges Google's health checks come from. Source: Cloud Load Balancing documentation, "Health checks overview", Probe IP
 * ranges and firewall rules.
 */
export const PROBE_RANGES: readonly string[] = ["130.211.0.0/22", "35.191.0.0/16"];

/**
 * Security policy of TLS and HTTPS listeners: TLS 1.3 and 1.2. The provider's own is of 2016. Source: Elastic Load Balancing,
 * "Security policies" for network and for application load balancers.
 */
export const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06";
