/**
 * The package `causeway`: from a customer file to a plan, from a plan to declared resources, and the hand-off the
 * customer is sent. Nothing here prints, ends the process or reads the command line. A Pulumi program of one's own, with
 * customer files below `stacks/customers`, is `export default () => program(import.meta.dirname)`.
 */
export { AwsPrivateLink, type AwsPrivateLinkArgs, type EndpointOutputs } from "../components/awsPrivateLink.ts";
export { AwsVpnPeer, type AwsVpnPeerArgs, type TunnelOutputs } from "../components/awsVpnPeer.ts";
export { DnsProxy, type DnsProxyArgs } from "../components/dnsProxy.ts";
export { ExecutorFirewall, type ExecutorFirewallArgs } from "../components/executorFirewall.ts";
export { ExecutorNat, type ExecutorNatArgs } from "../components/executorNat.ts";
export { HaVpnGateway, type HaVpnGatewayArgs } from "../components/haVpnGateway.ts";
export { ExecutorNetwork, type ExecutorNetworkArgs } from "../components/network.ts";
export { PrivateServiceConnect, type PrivateServiceConnectArgs } from "../components/privateServiceConnect.ts";
export { VpnTunnels, type VpnTunnelsArgs } from "../components/vpnTunnels.ts";
export { UNKNOWN, type Graph, type GraphLog, type GraphNode } from "../engine/graph.ts";
export type * from "../plan/customer.ts";
export type { Deployed } from "../plan/deployed.ts";
export { ConfigError, formatIssue, type Issue, type Position } from "../plan/errors.ts";
export { planHandoff, type Handoff, type HandoffValues } from "../plan/handoff.ts";
export { renderHandoffMarkdown } from "../plan/handoffMarkdown.ts";
export { planCustomer, type Plan } from "../plan/plan.ts";
export { build } from "../stacks/build.ts";
export type { Credentials } from "../stacks/providers.ts";
export { customerGraph, type CustomerGraphOptions } from "../stacks/graph.ts";
export { customerJsonSchema, loadCustomer, parseCustomer, type Loaded, type LoadOptions } from "../stacks/load.ts";
export type { StackOutputs, TunnelOutput } from "../stacks/outputs.ts";
export { program } from "../stacks/program.ts";
