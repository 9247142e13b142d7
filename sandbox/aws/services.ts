/** Endpoint services: those of customers, seeded into the world, as one account may see them. */
import { text, texts } from "../values.ts";
import type { CloudObject, Place, World } from "../world.ts";

export const ENDPOINT_SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService";
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
  readonly privateDnsName: string | undefined;
}

/** `com.amazonaws.vpce.<region>.<service id>`. Source: AWS PrivateLink Guide, Create an endpoint service. */
export function serviceName(region: string, id: string): string {
  return `com.amazonaws.vpce.${region}.${id}`;
}

/** A service by name, if it exists and the account is among those allowed to see it. */
export function findService(
  world: World,
  { account, region }: Place,
  name: string,
  inRegion = region,
): Service | undefined {
  const [, where, id] = /^com\.amazonaws\.vpce\.([a-z0-9-]+)\.(vpce-svc-[0-9a-f]+)$/.exec(name) ?? [];
  if (where !== inRegion || id === undefined) return undefined;
  const object = world.find({ cloud: "aws", account: CUSTOMER_ACCOUNT, region: where }, ENDPOINT_SERVICE, id);
  if (!object || !admits(texts(object.args["allowedPrincipals"]), account)) return undefined;
  return {
    ...{ object, id, name, zones: texts(object.args["availabilityZoneIDs"]) },
    acceptanceRequired: object.args["acceptanceRequired"] === true,
    privateDnsName: text(object.args["privateDnsName"]),
  };
}

/** Principals are ARNs of accounts, roles or users, or `*`. */
function admits(principals: readonly string[], account: string): boolean {
  return principals.some((principal) => principal === "*" || principal.split(":")[4] === account);
}
