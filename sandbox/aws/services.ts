/** Endpoint services, as one account may see them: customers' seeded ones and those a program made. */
import { isRecord, text, texts } from "../values.ts";
import { keyOf, type CloudObject, type Place, type World } from "../world.ts";
import { LOAD_BALANCER } from "./elb.ts";
import { SUBNET } from "./common.ts";
import { zonesOf } from "./regions.ts";

export const ENDPOINT_SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService";
/** Spelled as the provider does. */
export const ALLOWED_PRINCIPAL = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple";
/** The account that stands for all customers' accounts. It owns the seeded endpoint services. */
export const CUSTOMER_ACCOUNT = "999999999999";

export interface Service {
  readonly object: CloudObject;
  /** e.g. `vpce-svc-0123456789abcdef0` */
  readonly id: string;
  readonly name: string;
  /** Zone ids the service has. */
  readonly zones: readonly string[];
  readonly acceptanceRequired: boolean;
  /** Absent also while the name is not verified. */
  readonly privateDnsName: string | undefined;
}

/** `com.amazonaws.vpce.<region>.<service id>`. Source: AWS PrivateLink Guide, Create an endpoint service. */
export function serviceName(region: string, id: string): string {
  return `com.amazonaws.vpce.${region}.${id}`;
}

/** An endpoint service by name, whoever owns it and may see it. */
export function serviceNamed(world: World, name: string): CloudObject | undefined {
  const [, region, id] = /^com\.amazonaws\.vpce\.([a-z0-9-]+)\.(vpce-svc-[0-9a-f]+)$/.exec(name) ?? [];
  if (region === undefined || id === undefined) return undefined;
  const [made] = world.anywhere(ENDPOINT_SERVICE, name);
  return made ?? world.find({ cloud: "aws", account: CUSTOMER_ACCOUNT, region }, ENDPOINT_SERVICE, id);
}

/** A service by name, if it exists and the account is among those allowed to see it. */
export function findService(
  world: World,
  { account, region }: Place,
  name: string,
  inRegion = region,
): Service | undefined {
  const object = serviceNamed(world, name);
  if (object?.region !== inRegion) return undefined;
  // Source: AWS PrivateLink Guide, Manage permissions: the owner needs no permission for its own service.
  if (object.account !== account && !admits(principalsOf(world, object), account)) return undefined;
  const abroad = object.region !== region;
  if (abroad && !object.outside && !texts(object.args["supportedRegions"]).includes(region)) return undefined;
  // Source: AWS PrivateLink Guide, Cross-Region access: endpoints elsewhere can be in every zone there.
  const everywhere = abroad && !object.outside ? zonesOf(region, account).map(({ id }) => id) : undefined;
  return {
    ...{ object, id: object.id, name, zones: everywhere ?? zonesOfService(world, object) },
    acceptanceRequired: object.args["acceptanceRequired"] === true,
    privateDnsName: isVerified(object) ? text(object.args["privateDnsName"]) : undefined,
  };
}

/** Principals that may see a service: those its own argument names, and those allowed one by one. */
export function principalsOf(world: World, service: CloudObject): string[] {
  const single = world.referrers(service, ALLOWED_PRINCIPAL).map(({ args }) => String(args["principalArn"]));
  return [...new Set([...texts(service.args["allowedPrincipals"]), ...single])];
}

/** Ids of the zones a service has: those it was seeded with, or those of its load balancers' subnets. */
export function zonesOfService(world: World, service: CloudObject): string[] {
  if (service.args["availabilityZoneIDs"] !== undefined) return texts(service.args["availabilityZoneIDs"]);
  const subnets = balancersOfService(world, service).flatMap((balancer) =>
    texts(balancer.attrs["subnets"]).map((id) => world.find(balancer, SUBNET.type, id)),
  );
  return [...new Set(subnets.flatMap((subnet) => text(subnet?.attrs["availabilityZoneId"]) ?? []))];
}

/** The load balancers of a service that a program made. */
export function balancersOfService(world: World, service: CloudObject): CloudObject[] {
  return texts(service.args["networkLoadBalancerArns"])
    .map((arn) => world.get(keyOf({ ...service, type: LOAD_BALANCER, id: arn })))
    .filter((balancer) => balancer !== undefined);
}

/** Seeded services' names were verified before. */
function isVerified({ attrs }: CloudObject): boolean {
  const name = attrs["privateDnsNameConfiguration"];
  return !isRecord(name) || name["state"] === "verified";
}

/** Principals are ARNs of accounts, roles or users, or `*`. */
function admits(principals: readonly string[], account: string): boolean {
  return principals.some((principal) => principal === "*" || principal.split(":")[4] === account);
}
