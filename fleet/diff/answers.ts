import { createHash } from "node:crypto";

/**
 * Stand-ins for what the clouds would answer, so that a program runs to its end without them and a change hidden in a
 * computed value is seen. Everything else computed gets the graph's own stand-in, `<resource>.<output>`. The same
 * resource gets the same answer in every run. Addresses are of the documentation ranges (RFC 5737).
 */
export function standIns(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type) {
    case "gcp:compute/haVpnGateway:HaVpnGateway":
      return { vpnInterfaces: [0, 1].map((id) => ({ id, ipAddress: documentationAddress(`${name} ${id}`) })) };
    case "gcp:compute/address:Address":
      return { address: documentationAddress(name) };
    case "aws:ec2/vpcEndpoint:VpcEndpoint":
      return { state: "available", dnsEntries: [{ dnsName: endpointName(name, String(inputs["serviceName"])) }] };
    // The program reads the id for the attachment's name, and takes no other form.
    case "gcp:compute/serviceAttachment:ServiceAttachment":
      return { id: attachmentName(name, inputs), connectedEndpoints: [] };
    case "aws:ec2/vpcEndpointService:VpcEndpointService":
      return { privateDnsNameConfigurations: [proof(String(inputs["privateDnsName"]), "TXT")] };
    case "aws:rds/instance:Instance":
      return { masterUserSecrets: [{ secretArn: `${name}.secretArn` }] };
    case "aws:acm/certificate:Certificate":
      return { domainValidationOptions: certificateProofs(inputs) };
    case "aws:ec2/vpnConnection:VpnConnection":
      return { ...vpnTunnel(name, inputs, 1), ...vpnTunnel(name, inputs, 2) };
    default:
      return {};
  }
}

const digest = (text: string): string => createHash("sha256").update(text).digest("hex");

/** Two may meet, which does no harm: what depends on what is known from the graph. */
const documentationAddress = (text: string): string =>
  `203.0.113.${1 + (parseInt(digest(text).slice(0, 4), 16) % 254)}`;

/** A regional name. Source: Amazon VPC User Guide, endpoint service DNS names: `<endpoint>-<hash>.<service>.<region>…`. */
function endpointName(name: string, serviceName: string): string {
  const [, region, service] = /^com\.amazonaws\.vpce\.([^.]+)\.(.+)$/.exec(serviceName) ?? ["", "region", serviceName];
  return `vpce-${digest(name).slice(0, 17)}-${digest(name).slice(17, 25)}.${service}.${region}.vpce.amazonaws.com`;
}

/** Stands for the project of what is made here, which its provider knows. No project's id: those have six characters or more. */
export const UNKNOWN_PROJECT = "own";

/** Source: Compute API, `selfLink` of a service attachment. */
const attachmentName = (name: string, { region }: Record<string, unknown>): string =>
  `projects/${UNKNOWN_PROJECT}/regions/${String(region)}/serviceAttachments/${name}`;

/** A record that proves a name. Source: EC2 API, PrivateDnsNameConfiguration. */
const proof = (name: string, type: string): Record<string, string> => ({
  name: `_${digest(name).slice(0, 32)}`,
  ...{ type, value: digest(name).slice(32), state: "verified" },
});

/** A record for each name of a certificate. Source: ACM API, DomainValidation. */
function certificateProofs({ domainName, subjectAlternativeNames }: Record<string, unknown>): readonly object[] {
  const others = Array.isArray(subjectAlternativeNames) ? (subjectAlternativeNames as unknown[]) : [];
  return [...new Set([domainName, ...others].map(String))].map((domain) => {
    const { name, type, value } = proof(domain, "CNAME");
    return { domainName: domain, resourceRecordName: name, resourceRecordType: type, resourceRecordValue: value };
  });
}

/** One tunnel; AWS takes the first usable inside address. Source: AWS Site-to-Site VPN User Guide, Tunnel options. */
function vpnTunnel(name: string, inputs: Record<string, unknown>, n: 1 | 2): Record<string, string> {
  const inside = (host: number): string =>
    String(inputs[`tunnel${n}InsideCidr`]).replace(/(\d+)\/30$/, (_, last: string) => String(Number(last) + host));
  return {
    [`tunnel${n}Address`]: documentationAddress(`${name} ${n}`),
    [`tunnel${n}VgwInsideAddress`]: inside(1),
    [`tunnel${n}CgwInsideAddress`]: inside(2),
  };
}
