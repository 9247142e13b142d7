/**
 * What exists without the program under test: networks somebody made before, and customers' endpoint services and
 * service attachments, with the decisions only their owners take. Doing any of it twice is doing it once.
 */
import { VPC_ENDPOINT } from "./aws/endpoint.ts";
import { CUSTOMER_ACCOUNT, ENDPOINT_SERVICE, serviceName, serviceNamed } from "./aws/services.ts";
import { NETWORK, pathOf, selfLink, SERVICE_ATTACHMENT, SUBNETWORK } from "./gcp/common.ts";
import { withDecision } from "./gcp/serviceAttachment.ts";
import { drop, outside, put } from "./outside.ts";
import { texts } from "./values.ts";
import { keyOf, type CloudObject, type Place, type World } from "./world.ts";

export { seedGoogleBackends, type GoogleBackendsSpec } from "./gcp/backends.ts";

export interface GoogleNetworkSpec {
  readonly project: string;
  readonly name: string;
  readonly region: string;
  readonly subnets: readonly { readonly name: string; readonly ipCidrRange: string }[];
}

/** What answers behind a customer's service, as far as it is known; what is left out is not examined. */
export interface Backend {
  /** TCP ports it listens on. */
  readonly ports?: readonly number[];
  /** DNS names its certificate is for; the first label may be `*`. */
  readonly certificateNames?: readonly string[];
  /** PEM of the private CA that signed its certificate; left out for a public one. */
  readonly privateCA?: string;
}

export interface EndpointServiceSpec extends Backend {
  readonly region: string;
  /** e.g. `vpce-svc-0123456789abcdef0` */
  readonly serviceId: string;
  /** e.g. `use1-az1` */
  readonly availabilityZoneIDs: readonly string[];
  /** ARNs, e.g. `arn:aws:iam::111111111111:root`, or `*`. */
  readonly allowedPrincipals: readonly string[];
  readonly acceptanceRequired: boolean;
  readonly privateDnsName?: string;
}

export interface ServiceAttachmentSpec extends Backend {
  /** URL or path: `projects/<project>/regions/<region>/serviceAttachments/<name>`. */
  readonly targetService: string;
  readonly acceptedProjects: readonly string[];
  readonly autoAccept: boolean;
}

/** A customer's endpoint service and what its owner does with it. */
export interface EndpointService {
  readonly serviceName: string;
  allowPrincipal(arn: string): Promise<void>;
  /** Accepts or rejects an endpoint that asks for the service. @throws Error when there is no such endpoint */
  accept(endpointId: string): Promise<void>;
  reject(endpointId: string): Promise<void>;
  /** Takes the service away; its endpoints are rejected first, as AWS demands. */
  delete(): Promise<void>;
}

/** A producer's service attachment and what its owner does with it. */
export interface ServiceAttachment {
  readonly selfLink: string;
  accept(project: string): Promise<void>;
  reject(project: string): Promise<void>;
  /** Takes the attachment away; endpoints that point to it are closed. */
  delete(): Promise<void>;
}

/** Puts a Google network with its subnetworks into a project, as if somebody else had made it. */
export async function seedGoogleNetwork(world: World, spec: GoogleNetworkSpec): Promise<void> {
  const everywhere: Place = { cloud: "gcp", account: spec.project, region: "global" };
  const inRegion: Place = { ...everywhere, region: spec.region };
  const id = pathOf(NETWORK, everywhere, spec.name);
  const number = Number.parseInt(world.hash(id).slice(0, 12), 16);
  const attrs = { selfLink: selfLink(id), gatewayIpv4: "", networkId: number, numericId: String(number) };
  const args = { name: spec.name, autoCreateSubnetworks: false, routingMode: "REGIONAL" };
  const network = outside(everywhere, NETWORK.type, { id, name: spec.name, args, attrs });
  await put(world, network);
  for (const subnet of spec.subnets) {
    const path = pathOf(SUBNETWORK, inRegion, subnet.name);
    const subnetworkId = Number.parseInt(world.hash(path).slice(0, 12), 16);
    const link = { selfLink: selfLink(path), network: selfLink(id), subnetworkId, state: "READY" };
    const seeded = outside(inRegion, SUBNETWORK.type, {
      id: path,
      name: subnet.name,
      args: { ...subnet, network: id },
      attrs: link,
    });
    await put(world, { ...seeded, uses: [keyOf(network)] });
  }
}

/** Puts a customer's endpoint service into the world. Principals allowed since it was first seeded stay allowed. */
export async function seedEndpointService(world: World, spec: EndpointServiceSpec): Promise<EndpointService> {
  const place: Place = { cloud: "aws", account: CUSTOMER_ACCOUNT, region: spec.region };
  const before = texts(world.find(place, ENDPOINT_SERVICE, spec.serviceId)?.args["allowedPrincipals"]);
  const { region: _, serviceId, ...settings } = spec;
  const args = { ...settings, allowedPrincipals: [...new Set([...before, ...spec.allowedPrincipals])] };
  const name = serviceName(spec.region, serviceId);
  await put(world, outside(place, ENDPOINT_SERVICE, { id: serviceId, name, args, attrs: {} }));
  return endpointService(world, place.region, serviceId);
}

/** What its owner can do with an endpoint service, whether it exists or not. */
export function endpointService(world: World, region: string, serviceId: string): EndpointService {
  const name = serviceName(region, serviceId);
  const find = (): CloudObject | undefined => serviceNamed(world, name);
  const decide =
    (state: string) =>
    async (endpointId: string): Promise<void> => {
      const service = find();
      const endpoint = service && world.referrers(service, VPC_ENDPOINT).find(({ id }) => id === endpointId);
      if (!endpoint) throw new Error(`no endpoint ${endpointId} asks for ${name}`);
      await put(world, { ...endpoint, attrs: { ...endpoint.attrs, state } });
    };
  return {
    serviceName: name,
    async allowPrincipal(arn) {
      const service = find();
      const allowed = texts(service?.args["allowedPrincipals"]);
      if (service && !allowed.includes(arn))
        await put(world, { ...service, args: { ...service.args, allowedPrincipals: [...allowed, arn] } });
    },
    ...{ accept: decide("available"), reject: decide("rejected") },
    async delete() {
      const service = find();
      if (!service) return;
      for (const endpoint of world.referrers(service, VPC_ENDPOINT)) await decide("rejected")(endpoint.id);
      await drop(world, service);
    },
  };
}

/**
 * Puts a producer's service attachment into the world. Decisions taken since it was first seeded stay, and one that a
 * program made stays as it is.
 */
export async function seedServiceAttachment(world: World, spec: ServiceAttachmentSpec): Promise<ServiceAttachment> {
  const { id, name, place } = attachmentAt(spec.targetService);
  const before = world.find(place, SERVICE_ATTACHMENT.type, id);
  if (before && before.outside !== true) return serviceAttachment(world, id);
  const decided = before?.args ?? {};
  const acceptedProjects = [...new Set([...texts(decided["acceptedProjects"]), ...spec.acceptedProjects])];
  const { targetService: _, ...settings } = spec;
  const args = { ...settings, rejectedProjects: texts(decided["rejectedProjects"]), acceptedProjects };
  await put(world, outside(place, SERVICE_ATTACHMENT.type, { id, name, args, attrs: { selfLink: selfLink(id) } }));
  return serviceAttachment(world, id);
}

/** Id, name and place of a service attachment. @throws Error for a text that names none */
function attachmentAt(targetService: string): { id: string; name: string; place: Place } {
  const [id, account, region, name] =
    /projects\/([^/]+)\/regions\/([^/]+)\/serviceAttachments\/([^/]+)$/.exec(targetService) ?? [];
  if (id !== undefined) return { id, name: name!, place: { cloud: "gcp", account: account!, region: region! } };
  throw new Error(
    `${targetService} is no service attachment: use projects/<project>/regions/<region>/serviceAttachments/<name>`,
  );
}

/** An attachment a program made, once its owner has decided about a project in the console. */
function decided(attachment: CloudObject, project: string, accepted: boolean): CloudObject {
  return {
    ...attachment,
    args: withDecision(attachment.args, project, accepted),
    attrs: { ...attachment.attrs, settled: {} },
  };
}

/** What its owner can do with a service attachment, whether it exists or not. @throws Error for a text that names none */
export function serviceAttachment(world: World, targetService: string): ServiceAttachment {
  const { id, place } = attachmentAt(targetService);
  const find = (): CloudObject | undefined => world.find(place, SERVICE_ATTACHMENT.type, id);
  const decide =
    (into: string, from: string) =>
    async (consumer: string): Promise<void> => {
      const attachment = find();
      if (!attachment) return;
      if (attachment.outside !== true) return put(world, decided(attachment, consumer, into === "acceptedProjects"));
      const others = texts(attachment.args[from]).filter((other) => other !== consumer);
      const chosen = [...new Set([...texts(attachment.args[into]), consumer])];
      await put(world, { ...attachment, args: { ...attachment.args, [into]: chosen, [from]: others } });
    };
  return {
    selfLink: selfLink(id),
    accept: decide("acceptedProjects", "rejectedProjects"),
    reject: decide("rejectedProjects", "acceptedProjects"),
    async delete() {
      const attachment = find();
      if (attachment) await drop(world, attachment);
    },
  };
}
