import type { CloudObject } from "./listing.ts";

type Command = (object: CloudObject) => string;

const argument = (object: CloudObject, name: string): string => {
  const value = object.args[name];
  return typeof value === "string" ? value : "";
};
const last = (path: string): string => path.slice(path.lastIndexOf("/") + 1);
const aws =
  (command: string, id: Command = ({ id }) => id): Command =>
  (object) =>
    `aws ${command} ${id(object)}${object.region === "global" ? "" : ` --region ${object.region}`}`;
const gcloud =
  (command: string): Command =>
  (object) => {
    const where = object.region === "global" ? "--global" : `--region ${object.region}`;
    const flat = /^(networks|firewall-rules|external-vpn-gateways)/.test(command);
    return `gcloud compute ${command} delete ${object.name}${flat ? "" : ` ${where}`} --project ${object.account}`;
  };
const onRouter =
  (remove: string): Command =>
  (object) =>
    `gcloud compute ${remove} --router ${last(argument(object, "router"))} --region ${object.region} --project ${object.account}`;

/** By resource type. Source: AWS CLI command reference (ec2, logs, iam); gcloud reference (compute, dns). */
const COMMANDS: Readonly<Record<string, Command>> = {
  "aws:ec2/vpc:Vpc": aws("ec2 delete-vpc --vpc-id"),
  "aws:ec2/subnet:Subnet": aws("ec2 delete-subnet --subnet-id"),
  "aws:ec2/routeTable:RouteTable": aws("ec2 delete-route-table --route-table-id"),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": aws("ec2 disassociate-route-table --association-id"),
  "aws:ec2/securityGroup:SecurityGroup": aws("ec2 delete-security-group --group-id"),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": aws(
    "ec2 revoke-security-group-ingress",
    (rule) => `--group-id ${argument(rule, "securityGroupId")} --security-group-rule-ids ${rule.id}`,
  ),
  "aws:ec2/vpcEndpoint:VpcEndpoint": aws("ec2 delete-vpc-endpoints --vpc-endpoint-ids"),
  "aws:vpc/endpointPrivateDns:EndpointPrivateDns": aws(
    "ec2 modify-vpc-endpoint --no-private-dns-enabled --vpc-endpoint-id",
  ),
  "aws:ec2/vpnGateway:VpnGateway": aws("ec2 delete-vpn-gateway --vpn-gateway-id"),
  "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": aws(
    "ec2 disable-vgw-route-propagation",
    (one) => `--gateway-id ${argument(one, "vpnGatewayId")} --route-table-id ${argument(one, "routeTableId")}`,
  ),
  "aws:ec2/customerGateway:CustomerGateway": aws("ec2 delete-customer-gateway --customer-gateway-id"),
  "aws:ec2/vpnConnection:VpnConnection": aws("ec2 delete-vpn-connection --vpn-connection-id"),
  "aws:ec2/flowLog:FlowLog": aws("ec2 delete-flow-logs --flow-log-ids"),
  "aws:cloudwatch/logGroup:LogGroup": aws("logs delete-log-group --log-group-name"),
  "aws:iam/role:Role": aws("iam delete-role --role-name"),
  "aws:iam/rolePolicy:RolePolicy": aws(
    "iam delete-role-policy",
    (policy) => `--role-name ${argument(policy, "role")} --policy-name ${policy.name}`,
  ),
  "gcp:compute/network:Network": gcloud("networks"),
  "gcp:compute/subnetwork:Subnetwork": gcloud("networks subnets"),
  "gcp:compute/firewall:Firewall": gcloud("firewall-rules"),
  "gcp:compute/address:Address": gcloud("addresses"),
  "gcp:compute/forwardingRule:ForwardingRule": gcloud("forwarding-rules"),
  "gcp:compute/haVpnGateway:HaVpnGateway": gcloud("vpn-gateways"),
  "gcp:compute/externalVpnGateway:ExternalVpnGateway": gcloud("external-vpn-gateways"),
  "gcp:compute/vPNTunnel:VPNTunnel": gcloud("vpn-tunnels"),
  "gcp:compute/router:Router": gcloud("routers"),
  "gcp:compute/routerNat:RouterNat": (nat) => onRouter(`routers nats delete ${nat.name}`)(nat),
  "gcp:compute/routerInterface:RouterInterface": (one) =>
    `gcloud compute routers remove-interface ${last(argument(one, "router"))} --interface-name ${one.name} --region ${one.region} --project ${one.account}`,
  "gcp:compute/routerPeer:RouterPeer": (one) =>
    `gcloud compute routers remove-bgp-peer ${last(argument(one, "router"))} --peer-name ${one.name} --region ${one.region} --project ${one.account}`,
  "gcp:compute/projectMetadataItem:ProjectMetadataItem": ({ name, account }) =>
    `gcloud compute project-info remove-metadata --keys ${name} --project ${account}`,
  "gcp:dns/managedZone:ManagedZone": ({ name, account }) =>
    `gcloud dns managed-zones delete ${name} --project ${account}`,
  "gcp:dns/recordSet:RecordSet": (one) =>
    `gcloud dns record-sets delete ${one.name} --type ${argument(one, "type")} --zone ${argument(one, "managedZone")} --project ${one.account}`,
};

/** The cloud's own command that deletes an object, or undefined where no single one does. */
export const removalCommand = (object: CloudObject): string | undefined => COMMANDS[object.type]?.(object);
