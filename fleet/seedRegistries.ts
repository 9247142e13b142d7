import type { Customer, Registry } from "../plan/customer.ts";
import type { PublishAws, PublishGcp, PublishListener } from "../plan/publish/customer.ts";
import { formatRange, overlaps, parseAddress, range } from "../plan/cidr.ts";
import type { SelfHosted } from "../plan/selfHosted/customer.ts";
import {
  seedCertificate,
  seedCustomerVpc,
  seedGoogleBackends,
  seedHostedZone,
  type Backend,
  type World,
} from "../sandbox/index.ts";

/**
 * What is in customers' own accounts before anything is published or made there: networks with the machines that answer
 * in them, certificates, zones. The file names them; what it does not say (ranges) is made up.
 */
export async function seedRegistryEstate(world: World, customer: Customer): Promise<void> {
  for (const registry of customer.registries) {
    const { aws, gcp } = registry.publish;
    if (registry.origin.kind === "selfHosted") await seedNames(world, registry.origin.selfHosted);
    if (aws !== undefined) await seedAws(world, registry, aws);
    if (gcp !== undefined) await seedGoogle(world, registry, gcp);
  }
}

/** What has to be there before a registry is run: its certificate and the zone of its names, where the file names them. */
async function seedNames(
  world: World,
  { accountID, certificate, hostedZoneID, registryHost, app }: SelfHosted,
): Promise<void> {
  const hosts = [registryHost, ...(app.kind === "quilt" ? [app.catalogHost] : [])];
  if (certificate.kind === "existing") {
    await seedCertificate(world, { arn: certificate.arn, domainNames: [...new Set([certificate.domain, ...hosts])] });
  }
  if (hostedZoneID !== undefined) {
    await seedHostedZone(world, { accountID, zoneID: hostedZoneID, name: registryHost.split(".").slice(1).join(".") });
  }
}

/** What a registry's own machines present to whoever connects. */
const presents = ({ dnsName, certificate }: Registry): Backend => ({
  certificateNames: [dnsName],
  ...(certificate.kind === "privateCA" ? { privateCA: certificate.caBundle } : {}),
});

const addressesOf = ({ target }: PublishListener): readonly string[] =>
  target.kind === "addresses" ? target.addresses : [];

/** The /16 around an address, so that a VPC holds the machines the file names. */
const around = (address: string): string => {
  const network = Math.floor(parseAddress(address)! / 2 ** 16) * 2 ** 16;
  return formatRange({ network, prefix: 16 });
};

async function seedAws(world: World, registry: Registry, aws: PublishAws): Promise<void> {
  const { accountID, region, listeners } = aws;
  for (const { certificateArn: arn } of listeners) {
    if (arn !== undefined) await seedCertificate(world, { arn, domainNames: [registry.dnsName] });
  }
  const verification = aws.privateDns?.verification;
  if (verification?.kind === "hostedZone") {
    const name = aws.privateDns!.name.split(".").slice(1).join(".");
    await seedHostedZone(world, { accountID, zoneID: verification.zoneID, name });
  }
  if (aws.vpcID === undefined || aws.subnets === undefined) return;
  const inside = listeners.filter(({ target }) => target.kind !== "addresses" || !target.outsideVpc);
  const cidr = around(inside.flatMap(addressesOf)[0] ?? "10.50.0.0");
  const first = range(cidr).network;
  const subnets = aws.subnets.map((subnet, index) => ({
    ...subnet,
    cidr: formatRange({ network: first + index * 256, prefix: 24 }),
  }));
  await seedCustomerVpc(world, {
    ...{ accountID, region, vpcID: aws.vpcID, cidr, subnets },
    instances: machines(registry, listeners, subnets[0]!.cidr),
    securityGroups: listeners.flatMap(({ targetSecurityGroupID }) => targetSecurityGroupID ?? []),
    scalingGroups: listeners.flatMap(({ target }) =>
      target.kind === "autoScalingGroup" ? [target.autoScalingGroup] : [],
    ),
    applicationLoadBalancers: listeners.flatMap(({ target, targetPort }) =>
      target.kind === "loadBalancer" ? [{ arn: target.loadBalancerArn, ports: [targetPort] }] : [],
    ),
  });
}

/** One machine for each address or instance that is named; it listens on every port it is named with. */
function machines(registry: Registry, listeners: readonly PublishListener[], subnet: string) {
  const ports = new Map<string, number[]>();
  for (const { target, targetPort } of listeners) {
    const names = target.kind === "instances" ? target.instances : target.kind === "addresses" ? target.addresses : [];
    for (const name of names) ports.set(name, [...(ports.get(name) ?? []), targetPort]);
  }
  const { network } = range(subnet);
  return [...ports].map(([name, open], index) => {
    const isInstance = name.startsWith("i-");
    const address = isInstance ? formatRange({ network: network + 10 + index, prefix: 32 }).split("/")[0]! : name;
    return { address, ports: open, ...(isInstance ? { id: name } : {}), ...presents(registry) };
  });
}

async function seedGoogle(world: World, registry: Registry, gcp: PublishGcp): Promise<void> {
  const { projectID: project, region, network, subnetwork, backends, backendPort, serviceAccount } = gcp;
  if (backends.kind !== "groups") return;
  const natural = "10.60.0.0/24";
  const clash = overlaps(range(natural), range(gcp.natRange));
  for (const instanceGroup of backends.groups) {
    await seedGoogleBackends(world, {
      ...{ project, region, network, subnet: { name: subnetwork, ipCidrRange: clash ? "10.61.255.0/24" : natural } },
      ...{ instanceGroup, ports: [backendPort], ...presents(registry) },
      ...(serviceAccount === undefined ? {} : { serviceAccount }),
    });
  }
}
