/** Endpoint services that a program makes from its network load balancers, and what their owner decides. */
import { CloudError } from "../errors.ts";
import type { Call, Handler, Made } from "../handler.ts";
import { isRecord, text, texts, type Values } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import { arn, Doing, ec2Id, type Lookup } from "./common.ts";
import { isNetworkBalancer, LOAD_BALANCER } from "./elb.ts";
import { VPC_ENDPOINT } from "./endpoint.ts";
import { zonesOf } from "./regions.ts";
import { publicRecord } from "./route53.ts";
import { ALLOWED_PRINCIPAL, ENDPOINT_SERVICE, principalsOf, serviceName, zonesOfService } from "./services.ts";

const ACCEPTER = "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter";
const NOTIFICATION = "aws:ec2/vpcEndpointConnectionNotification:VpcEndpointConnectionNotification";
const VERIFICATION = "aws:vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification";
const TOPIC = "aws:sns/topic:Topic";

const SERVICE: Lookup = {
  ...{ type: ENDPOINT_SERVICE, code: "InvalidVpcEndpointServiceId.NotFound" },
  noun: "VpcEndpointService Id",
};

const endpointService: Handler = {
  create(call) {
    const doing = new Doing("creating EC2 VPC Endpoint Service", "EC2: CreateVpcEndpointServiceConfiguration");
    const uses = balancers(call, doing);
    const id = ec2Id(call, "vpce-svc");
    const name = serviceName(call.place.region, id);
    const attrs = {
      ...{ arn: arn("ec2", call.place, `vpc-endpoint-service/${id}`), serviceName: name, serviceType: "Interface" },
      ...{ baseEndpointDnsNames: [`${id}.${call.place.region}.vpce.amazonaws.com`], managesVpcEndpoints: false },
      ...{ state: "Available", supportedIpAddressTypes: ["ipv4"], privateDnsNameConfiguration: toVerify(call) },
    };
    admissible(texts(call.args["allowedPrincipals"]), id);
    return { id, name, attrs: { ...attrs, supportedRegions: regionsOf(call) }, uses, terms: [name] };
  },
  update(call, service, changed) {
    const doing = new Doing(
      `updating EC2 VPC Endpoint Service (${service.id})`,
      "EC2: ModifyVpcEndpointServiceConfiguration",
    );
    const uses = balancers(call, doing, service);
    admissible(texts(call.args["allowedPrincipals"]), service.id);
    const renamed = changed.has("privateDnsName") ? { privateDnsNameConfiguration: toVerify(call) } : {};
    return { attrs: { ...renamed, supportedRegions: regionsOf(call) }, uses };
  },
  remove: refuseLive,
  outputs: described,
  inUse: ({ id }) => existing(id),
};

function existing(id: string): CloudError {
  const doing = new Doing(`deleting EC2 VPC Endpoint Service (${id})`, "EC2: DeleteVpcEndpointServiceConfigurations");
  return doing.error("ExistingVpcEndpointConnections", "Service has existing active VPC Endpoint connections!");
}

/**
 * Rejected endpoints do not hold a service; the others do.
 * Source: EC2 API Reference, DeleteVpcEndpointServiceConfigurations.
 */
function refuseLive(call: Call, service: CloudObject): boolean {
  const endpoints = call.world.referrers(service, VPC_ENDPOINT);
  if (endpoints.some(({ attrs }) => attrs["state"] !== "rejected")) throw existing(service.id);
  const key = keyOf(service);
  for (const endpoint of endpoints) call.tx.put({ ...endpoint, uses: endpoint.uses.filter((used) => used !== key) });
  call.tx.drop(service);
  return true;
}

/** The load balancers of the service. Source: AWS PrivateLink Guide, Create an endpoint service, Considerations. */
function balancers(call: Call, doing: Doing, self?: CloudObject): CloudObject[] {
  if (texts(call.args["gatewayLoadBalancerArns"]).length > 0)
    throw doing.error("InvalidParameter", "the sandbox does not simulate gateway load balancers");
  const arns = texts(call.args["networkLoadBalancerArns"]);
  if (arns.length === 0)
    throw doing.error(
      "MissingParameter",
      "At least one Network Load Balancer or Gateway Load Balancer ARN is required",
    );
  const types = texts(call.args["supportedIpAddressTypes"]);
  if (types.some((type) => type !== "ipv4"))
    throw doing.error("InvalidParameter", `The load balancers do not support the IP address types ${types.join(", ")}`);
  return arns.map((id) => {
    const found = call.world.find(call.place, LOAD_BALANCER, id);
    if (!found || !isNetworkBalancer(found))
      throw doing.error("InvalidParameter", `'${id}' is not a Network Load Balancer of this account and region`);
    const other = call.world.referrers(found, ENDPOINT_SERVICE).find((service) => service.id !== self?.id);
    if (other)
      throw doing.error(
        "InvalidParameter",
        `Network Load Balancer '${id}' is already associated with VPC endpoint service ${other.id}`,
      );
    return found;
  });
}

/** Source: EC2 API Reference, ModifyVpcEndpointServicePermissions: ARNs of accounts, users and roles, or `*`. */
const PRINCIPAL = /^(\*|arn:aws[\w-]*:iam::\d{12}:(root|(role|user)\/.+))$/;

const MODIFY_PERMISSIONS = "EC2: ModifyVpcEndpointServicePermissions";

function admissible(principals: readonly string[], id: string): void {
  const bad = principals.find((principal) => !PRINCIPAL.test(principal));
  if (bad === undefined) return;
  const doing = new Doing(`modifying EC2 VPC Endpoint Service (${id}) permissions`, MODIFY_PERMISSIONS);
  throw doing.error("InvalidPrincipal", `Invalid Principal: '${bad}'`);
}

function regionsOf({ args, place }: Call): string[] {
  const given = texts(args["supportedRegions"]);
  return given.length === 0 ? [place.region] : given;
}

/** What proves that the owner has the private name. Source: AWS PrivateLink Guide, Manage DNS names, Domain ownership. */
function toVerify(call: Call): Values | undefined {
  if (text(call.args["privateDnsName"]) === undefined) return undefined;
  const digits = call.tx.hex("verification", 40);
  return {
    name: `_${digits.slice(0, 20)}`,
    type: "TXT",
    value: `vpce:${digits.slice(20)}`,
    state: "pendingVerification",
  };
}

function described(service: CloudObject, world: World): Values {
  const zones = zonesOfService(world, service);
  const named = zonesOf(service.region, service.account).filter(({ id }) => zones.includes(id));
  const name = service.attrs["privateDnsNameConfiguration"];
  return {
    availabilityZones: named.map((zone) => zone.name),
    privateDnsNameConfigurations: isRecord(name) ? [name] : [],
    privateDnsNameConfiguration: undefined,
    privateDnsName: service.args["privateDnsName"] ?? "",
    allowedPrincipals: principalsOf(world, service),
  };
}

/** Allows one principal more, beside those the service's own argument names. */
const allowedPrincipal: Handler = {
  create(call) {
    const id = String(call.args["vpcEndpointServiceId"]);
    const doing = new Doing(`modifying EC2 VPC Endpoint Service (${id}) permissions`, MODIFY_PERMISSIONS);
    const service = doing.find(call, SERVICE, id);
    admissible([String(call.args["principalArn"])], service.id);
    return { id: ec2Id(call, "vpce-svc-perm"), within: [service] };
  },
  inUse: ({ id }) => new Error(`nothing can use permission ${id}`),
};

/** Accepts one endpoint that asks for a service; letting go of it rejects the endpoint. */
const accepter: Handler = {
  create(call) {
    const [serviceId, endpointId] = [String(call.args["vpcEndpointServiceId"]), String(call.args["vpcEndpointId"])];
    const id = `${serviceId}_${endpointId}`;
    const doing = new Doing(`accepting VPC Endpoint Connection (${id})`, "EC2: AcceptVpcEndpointConnections");
    const service = doing.find(call, SERVICE, serviceId);
    const endpoint = call.world.referrers(service, VPC_ENDPOINT).find((one) => one.id === endpointId);
    if (!endpoint)
      throw doing.error("InvalidVpcEndpointId.NotFound", `The Vpc Endpoint Id '${endpointId}' does not exist`);
    call.tx.put({ ...endpoint, attrs: { ...endpoint.attrs, state: "available" } });
    return { id, within: [service, endpoint] };
  },
  remove(call, self) {
    const endpoint = endpointOf(call.world, self);
    if (endpoint) call.tx.put({ ...endpoint, attrs: { ...endpoint.attrs, state: "rejected" } });
  },
  outputs: (self, world) => ({ vpcEndpointState: endpointOf(world, self)?.attrs["state"] ?? "available" }),
  inUse: ({ id }) => new Error(`nothing can use the acceptance ${id}`),
};

function endpointOf(world: World, self: CloudObject): CloudObject | undefined {
  return self.within.map((key) => world.get(key)).find((found) => found?.type === VPC_ENDPOINT);
}

const notification: Handler = {
  create(call) {
    const doing = new Doing(
      "creating EC2 VPC Endpoint Connection Notification",
      "EC2: CreateVpcEndpointConnectionNotification",
    );
    return {
      ...notified(call, doing),
      id: ec2Id(call, "vpce-nfn"),
      attrs: { notificationType: "Topic", state: "Enabled" },
    };
  },
  update: (call, { id }) =>
    notified(
      call,
      new Doing(
        `updating EC2 VPC Endpoint Connection Notification (${id})`,
        "EC2: ModifyVpcEndpointConnectionNotification",
      ),
    ),
  inUse: ({ id }) => new Error(`nothing can use notification ${id}`),
};

const EVENTS = ["Accept", "Connect", "Delete", "Reject"];

function notified(call: Call, doing: Doing): Pick<Made, "uses" | "within"> {
  const event = texts(call.args["connectionEvents"]).find((one) => !EVENTS.includes(one));
  if (event !== undefined)
    throw doing.error("InvalidParameter", `Unknown connection event ${event}: expected ${EVENTS.join(", ")}`);
  const topicArn = String(call.args["connectionNotificationArn"]);
  const [, region, account] = /^arn:aws[\w-]*:sns:([a-z0-9-]+):(\d{12}):.+$/.exec(topicArn) ?? [];
  const topic = call.world.find(call.place, TOPIC, topicArn);
  const ours = region === call.place.region && account === call.place.account;
  if (region === undefined || (ours && !topic))
    throw doing.error("InvalidParameter", `Invalid SNS topic ARN: ${topicArn}`);
  const [serviceId, endpointId] = [text(call.args["vpcEndpointServiceId"]), text(call.args["vpcEndpointId"])];
  if ((serviceId === undefined) === (endpointId === undefined))
    throw doing.error("InvalidParameterCombination", "Exactly one of ServiceId and VpcEndpointId must be specified");
  const about =
    serviceId === undefined
      ? doing.find(
          call,
          { type: VPC_ENDPOINT, code: "InvalidVpcEndpointId.NotFound", noun: "Vpc Endpoint Id" },
          endpointId,
        )
      : doing.find(call, SERVICE, serviceId);
  return { within: [about], uses: [] };
}

/** Asks AWS to look for the TXT record that proves the private name. The record has to be there before. */
const verification: Handler = {
  create(call) {
    const id = String(call.args["serviceId"]);
    const doing = new Doing(
      `starting VPC Endpoint Service Private DNS Verification (${id})`,
      "EC2: StartVpcEndpointServicePrivateDnsVerification",
    );
    const service = doing.find(call, SERVICE, id);
    const name = service.attrs["privateDnsNameConfiguration"];
    if (!isRecord(name)) throw doing.error("InvalidParameter", `The service ${id} has no private DNS name`);
    const proven = isProven(call.world, String(service.args["privateDnsName"]), name);
    if (!proven && call.args["waitForVerification"] === true) {
      const message = `waiting for VPC Endpoint Service Private DNS Verification (${id}): unexpected state 'failed', wanted target 'verified'`;
      throw new CloudError("unavailable", "VerificationFailed", message);
    }
    const state = proven ? "verified" : "failed";
    call.tx.put({ ...service, attrs: { ...service.attrs, privateDnsNameConfiguration: { ...name, state } } });
    return { id, within: [service] };
  },
  inUse: ({ id }) => new Error(`nothing can use the verification of ${id}`),
};

/** Source: AWS PrivateLink Guide, Domain ownership verification: the record is at the name's domain or one above it. */
function isProven(world: World, domain: string, { name, value }: Values): boolean {
  const labels = domain.replace(/^\*\./, "").split(".");
  const domains = labels.slice(0, -1).map((_, index) => labels.slice(index).join("."));
  return domains.some((one) => publicRecord(world, `${String(name)}.${one}`, "TXT").includes(String(value)));
}

export const SERVICE_HANDLERS: Record<string, Handler> = {
  [ENDPOINT_SERVICE]: endpointService,
  [ALLOWED_PRINCIPAL]: allowedPrincipal,
  [ACCEPTER]: accepter,
  [NOTIFICATION]: notification,
  [VERIFICATION]: verification,
};
