import type { Customer } from "../plan/customer.ts";
import { planCustomer, type RegistryPlan } from "../plan/plan.ts";
import {
  customerSide,
  seedEndpointService,
  seedExecutors,
  seedGoogleNetwork,
  seedLoadBalancer,
  seedServiceAttachment,
  type Backend,
  type World,
} from "../sandbox/index.ts";
import { METADATA_KEY } from "./listing.ts";
import { seedRegistryEstate } from "./seedRegistries.ts";

/** How customers treat us in the simulated clouds. */
export interface Seeding {
  /** Services wait to be accepted and load balancers let nobody in until told; by default everything is open to us. */
  readonly acceptance?: boolean;
}

/**
 * What exists without this program: executors, the vendor's own network where the file adopts one, and the customer's
 * side. The customer's side is made once for what the file says of it, so that what was decided there since then stays.
 */
export async function seed(world: World, customer: Customer, { acceptance = false }: Seeding = {}): Promise<void> {
  const { gcp, executors } = customer;
  const { projectID: project, region } = gcp;
  if (gcp.network.kind === "existing") {
    const subnets = executors.subnets.map(({ name, ipCidrRange }) => ({ name, ipCidrRange }));
    await seedGoogleNetwork(world, { project, name: gcp.network.name, region, subnets });
  }
  for (const { name: subnet } of executors.subnets) {
    const { serviceAccount } = executors;
    const runAs = serviceAccount === undefined ? {} : { serviceAccount };
    await seedExecutors(world, { project, region, subnet, metadataKey: METADATA_KEY, ...runAs });
  }
  await once(world, customer.registries, () => seedRegistryEstate(world, customer));
  const { registries } = planCustomer(customer);
  await seedServices(world, customer, registries, acceptance);
  await seedAttachments(world, customer, registries, acceptance);
  await seedLoadBalancers(world, customer, registries, acceptance);
}

/** Does something the first time a world is told of it. */
async function once(world: World, what: unknown, act: () => Promise<unknown>): Promise<void> {
  const mark = `seeded ${world.hash(JSON.stringify(what))}`;
  if (world.counter(mark) > 0) return;
  await act();
  const tx = world.begin();
  tx.next(mark);
  await tx.commit();
}

/** What was decided of a service before, or what it begins with. */
function opensAtOnce(world: World, id: string, acceptance: boolean): boolean {
  return customerSide(world).find((theirs) => theirs.id === id)?.acceptsAtOnce ?? !acceptance;
}

async function seedServices(
  world: World,
  { aws }: Customer,
  registries: readonly RegistryPlan[],
  acceptance: boolean,
): Promise<void> {
  for (const { region, accountID, availabilityZoneIDs, privateLinks } of aws) {
    for (const { key: serviceId, target, ports } of privateLinks) {
      if (target.kind !== "service") continue;
      const behind = registries.filter(({ path }) => path.kind === "privateLink" && path.link === serviceId);
      const allowedPrincipals = [`arn:aws:iam::${accountID}:root`];
      const spec = { region, serviceId, availabilityZoneIDs, allowedPrincipals, ports, ...certificate(behind) };
      await once(world, spec, () =>
        seedEndpointService(world, { ...spec, acceptanceRequired: !opensAtOnce(world, serviceId, acceptance) }),
      );
    }
  }
}

async function seedAttachments(
  world: World,
  { gcp, privateServiceConnect }: Customer,
  registries: readonly RegistryPlan[],
  acceptance: boolean,
): Promise<void> {
  const endpoints = (privateServiceConnect?.endpoints ?? []).flatMap(({ target, ...endpoint }) =>
    target.kind === "attachment" ? [{ ...endpoint, targetService: target.targetService }] : [],
  );
  for (const targetService of new Set(endpoints.map((endpoint) => endpoint.targetService))) {
    const domains = endpoints.filter((endpoint) => endpoint.targetService === targetService);
    const ports = [...new Set(domains.flatMap((endpoint) => endpoint.ports))];
    const behind = registries.filter(
      ({ path }) => path.kind === "privateServiceConnect" && domains.some(({ domain }) => domain === path.domain),
    );
    const spec = { targetService, ports, ...certificate(behind) };
    await once(world, { spec, project: gcp.projectID }, () => {
      const autoAccept = opensAtOnce(world, targetService, acceptance);
      return seedServiceAttachment(world, { ...spec, autoAccept, acceptedProjects: autoAccept ? [gcp.projectID] : [] });
    });
  }
}

/** Public load balancers: what registries without a private connection are behind, and where routes lead. */
async function seedLoadBalancers(
  world: World,
  { executorPrivateDNS }: Customer,
  registries: readonly RegistryPlan[],
  acceptance: boolean,
): Promise<void> {
  const targets = (executorPrivateDNS?.routes ?? []).flatMap(({ target }) => (target.kind === "name" ? [target] : []));
  const names = [
    ...targets.map(({ destination }) => destination).filter((name) => !name.endsWith(".vpce.amazonaws.com")),
    ...registries.flatMap(({ path }) => (path.kind === "public" ? [path.destination] : [])),
  ];
  for (const name of new Set(names)) {
    const behind = registries.filter(({ path }) => path.kind === "public" && path.destination === name);
    const resolvers = targets.flatMap((target) =>
      target.destination === name && target.resolverIP !== undefined ? [target.resolverIP] : [],
    );
    const spec = { name, ...(resolvers.length > 0 ? { resolvers } : {}), ...certificate(behind) };
    await once(world, spec, () => seedLoadBalancer(world, { ...spec, allowlist: acceptance ? [] : ["*"] }));
  }
}

/** What the registries behind one service present; nothing is known of a service without one. */
function certificate(registries: readonly RegistryPlan[]): Backend {
  if (registries.length === 0) return {};
  const authorities = registries.flatMap(({ certificate: { kind, ...rest } }) =>
    kind === "privateCA" && "caBundle" in rest ? [rest.caBundle] : [],
  );
  const certificateNames = registries.map(({ dnsName }) => dnsName);
  const [privateCA] = authorities.length === registries.length ? authorities : [];
  return { certificateNames, ...(privateCA === undefined ? {} : { privateCA }) };
}
