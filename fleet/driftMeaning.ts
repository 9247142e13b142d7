/** What a change made by hand means for the customer, by resource type. */
interface Meaning {
  readonly gone: string;
  readonly changed: string;
}

const TUNNEL_DOWN = "that tunnel carries nothing, and the others carry its traffic without one to fall back on";
const NO_VPN = "no tunnel is up, and no registry behind aws private link can be reached";
const NO_ENDPOINT = "executors cannot reach the registry behind it";
const VPC_PART = "executors may lose the path to every registry behind aws private link";

const MEANINGS: Readonly<Record<string, Meaning>> = {
  "gcp:compute/vPNTunnel:VPNTunnel": { gone: TUNNEL_DOWN, changed: TUNNEL_DOWN },
  "gcp:compute/routerInterface:RouterInterface": { gone: TUNNEL_DOWN, changed: TUNNEL_DOWN },
  "gcp:compute/routerPeer:RouterPeer": {
    gone: TUNNEL_DOWN,
    changed: "its bgp session may be down, or routes other than planned are exchanged over it",
  },
  "gcp:compute/router:Router": {
    gone: NO_VPN,
    changed: "aws is told of other ranges than the executors': it may send their answers elsewhere, or others' here",
  },
  "gcp:compute/haVpnGateway:HaVpnGateway": { gone: NO_VPN, changed: "tunnels may go down" },
  "gcp:compute/externalVpnGateway:ExternalVpnGateway": { gone: NO_VPN, changed: "tunnels may go down" },
  "aws:ec2/vpnConnection:VpnConnection": {
    gone: "two tunnels are down",
    changed: "two tunnels may be down: both sides must agree on keys, proposals and addresses",
  },
  "aws:ec2/customerGateway:CustomerGateway": { gone: "two tunnels are down", changed: "two tunnels may be down" },
  "aws:ec2/vpnGateway:VpnGateway": { gone: NO_VPN, changed: NO_VPN },
  "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": {
    gone: "answers find no way back to the executors",
    changed: "answers may find no way back to the executors",
  },
  "aws:ec2/routeTable:RouteTable": {
    gone: VPC_PART,
    changed: "answers to the executors may take another way, or none",
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { gone: VPC_PART, changed: VPC_PART },
  "aws:ec2/subnet:Subnet": { gone: VPC_PART, changed: VPC_PART },
  "aws:ec2/vpc:Vpc": { gone: VPC_PART, changed: VPC_PART },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    gone: `${NO_ENDPOINT}; a new one gets a new name, and the customer may have to accept it again`,
    changed: "executors may not reach the registry behind it",
  },
  "aws:ec2/securityGroup:SecurityGroup": { gone: NO_ENDPOINT, changed: "others than executors may reach the endpoint" },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    gone: "executors of that subnet are refused on that port",
    changed: "executors are refused on the planned port, or others are let in",
  },
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
    gone: "the vpc's default group lets its members talk to each other again",
    changed: "the vpc's default group lets something through",
  },
  "gcp:compute/routerNat:RouterNat": {
    gone: "executors have no way out, and reach no registry that lets in their static addresses",
    changed: "executors may leave from addresses the customer has not allowed, or run out of ports",
  },
  "gcp:compute/address:Address": {
    gone: "the address is lost: the customer's allowlist, or the private zone, names one that is no longer ours",
    changed: "the customer's allowlist, or the private zone, may name another address",
  },
  "gcp:compute/forwardingRule:ForwardingRule": {
    gone: `${NO_ENDPOINT}; the customer may have to accept again`,
    changed: "executors may not reach the registry behind it",
  },
  "gcp:dns/managedZone:ManagedZone": {
    gone: "executors cannot resolve the registry's name",
    changed: "executors may not resolve the registry's name",
  },
  "gcp:dns/recordSet:RecordSet": {
    gone: "executors cannot resolve the registry's name",
    changed: "executors are sent to another address for the registry's name",
  },
  "gcp:compute/firewall:Firewall": {
    gone: "executors may be refused, or may open more than the planned ports",
    changed: "executors may be refused, or may open more than the planned ports",
  },
  "gcp:compute/projectMetadataItem:ProjectMetadataItem": {
    gone: "executors have no dns-proxy: they resolve none of the private names",
    changed: "executors are sent other routes or another ca bundle than planned",
  },
  "gcp:compute/network:Network": {
    gone: "executors have no network",
    changed: "executors' traffic may take other ways",
  },
  "gcp:compute/subnetwork:Subnetwork": {
    gone: "executors have no network in that subnet",
    changed: "executors' addresses or flow logs differ from what was planned",
  },
};

const OTHER: Meaning = {
  gone: "no registry is cut off, but what was planned is not there",
  changed: "no registry is cut off, but it is not as planned",
};

/** What it means for the customer that a resource is gone or was changed. */
export const driftMeaning = (type: string, how: keyof Meaning): string => (MEANINGS[type] ?? OTHER)[how];
