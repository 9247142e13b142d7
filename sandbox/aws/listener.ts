/** Listeners of load balancers and the rules of those that read requests. */
import type { Call, Handler } from "../handler.ts";
import { blocks, text, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { CERTIFICATE, isIssued, latched } from "./certificates.ts";
import { Doing } from "./common.ts";
import {
  findLoadBalancer,
  findTargetGroup,
  forwardedTo,
  isNetworkBalancer,
  LISTENER,
  LISTENER_RULE,
  TARGET_ATTACHMENT,
  type Membership,
} from "./elb.ts";
import { balancersOf } from "./targetGroup.ts";

const ELB = "Elastic Load Balancing v2";

/** Target group protocols by listener protocol. Source: Network and Application Load Balancers, Listeners, and Target groups. */
const FORWARDS: Readonly<Record<string, readonly string[]>> = {
  ...{ HTTP: ["HTTP", "HTTPS"], HTTPS: ["HTTP", "HTTPS"] },
  ...{ TCP: ["TCP", "TCP_UDP"], TLS: ["TCP", "TLS"], UDP: ["UDP", "TCP_UDP"], TCP_UDP: ["TCP_UDP"] },
};

const isEncrypted = (protocol: string): boolean => protocol === "TLS" || protocol === "HTTPS";

export const listener: Handler = {
  create(call) {
    const balancerArn = String(call.args["loadBalancerArn"]);
    const doing = new Doing(`creating ELBv2 Listener (${balancerArn})`, `${ELB}: CreateListener`);
    const balancer = findLoadBalancer(call, doing, balancerArn);
    const made = listening(call, doing, balancer);
    const id = `${balancerArn.replace(":loadbalancer/", ":listener/")}/${call.tx.hex("listener", 16)}`;
    return { ...made, id, attrs: { arn: id, ...made.attrs }, within: [balancer] };
  },
  update(call, self) {
    const doing = new Doing(`modifying ELBv2 Listener (${self.id})`, `${ELB}: ModifyListener`);
    return listening(call, doing, findLoadBalancer(call, doing, self.args["loadBalancerArn"]), self);
  },
  inUse({ id, args }, users) {
    const doing = new Doing(`deleting ELBv2 Listener (${id})`, `${ELB}: DeleteListener`);
    const target = users.find(({ type }) => type === TARGET_ATTACHMENT)?.args["targetId"];
    const message = `Listener port '${String(args["port"])}' is in use by registered target '${String(target)}' and cannot be removed.`;
    return doing.error("ResourceInUse", message);
  },
};

function listening(call: Call, doing: Doing, balancer: CloudObject, self?: CloudObject): Membership {
  const network = isNetworkBalancer(balancer);
  const protocol = text(call.args["protocol"]) ?? (network ? "" : "HTTP");
  const allowed = network ? ["TCP", "TLS", "UDP", "TCP_UDP"] : ["HTTP", "HTTPS"];
  if (!allowed.includes(protocol))
    throw doing.error("ValidationError", `Listener protocol '${protocol}' must be one of '${allowed.join(", ")}'`);
  const port = call.args["port"];
  if (typeof port !== "number") throw doing.error("ValidationError", "A port must be specified");
  const others = call.world.referrers(balancer, LISTENER).filter(({ id }) => id !== self?.id);
  if (others.some(({ args }) => args["port"] === port))
    throw doing.error("DuplicateListener", "A listener already exists on this port for this load balancer");
  const certificate = certificateOf(call, doing, protocol);
  const sslPolicy = policyOf(call.args, doing, protocol);
  const groups = forwarded(call, doing, call.args["defaultActions"], { balancer, protocol, port });
  return { attrs: { protocol, sslPolicy }, uses: [...groups, certificate] };
}

/** Source: Elastic Load Balancing API Reference, CreateListener: one certificate, of the listener's account and region. */
function certificateOf(call: Call, doing: Doing, protocol: string): CloudObject | undefined {
  const id = text(call.args["certificateArn"]);
  if (!isEncrypted(protocol)) {
    if (id === undefined) return undefined;
    throw doing.error("ValidationError", `Certificates cannot be specified for ${protocol} listeners`);
  }
  if (id === undefined)
    throw doing.error("ValidationError", `A certificate must be specified for ${protocol} listeners`);
  const found = call.world.find(call.place, CERTIFICATE, id);
  if (!found) throw doing.error("CertificateNotFound", `Certificate '${id}' not found`);
  if (!isIssued(call.world, found)) {
    const message = `The certificate '${id}' must have a fully-qualified domain name, a supported signature, and a supported key size.`;
    throw doing.error("UnsupportedCertificate", message);
  }
  latched(call.tx, found);
  return found;
}

/** Names of security policies. Source: Network and Application Load Balancers, Security policies. */
const POLICY =
  /^ELBSecurityPolicy-(2016-08|TLS-1-0-2015-04|TLS-1-1-2017-01|TLS-1-2-2017-01|TLS-1-2-Ext-2018-06|FS-2018-06|FS-1-1-2019-08|FS-1-2-2019-08|FS-1-2-Res-2019-08|FS-1-2-Res-2020-10|TLS13-1-[0-3]-(FIPS-)?(2021-06|2023-04)|TLS13-1-2-(Res|Ext[0-2])-(FIPS-)?(2021-06|2023-04)|TLS13-1-[0-3]-(Res-)?(FIPS-)?PQ-2025-09)$/;

/** The policy of an encrypted listener; left out it is the old one. */
function policyOf(args: Values, doing: Doing, protocol: string): string {
  const given = text(args["sslPolicy"]);
  if (!isEncrypted(protocol)) {
    const name = given === undefined ? (text(args["alpnPolicy"]) === undefined ? undefined : "ALPN") : "SSL";
    if (name === undefined) return "";
    throw doing.error("ValidationError", `${name} policies cannot be specified for ${protocol} listeners`);
  }
  if (args["alpnPolicy"] !== undefined && protocol !== "TLS")
    throw doing.error("ValidationError", `ALPN policies cannot be specified for ${protocol} listeners`);
  if (given === undefined || POLICY.test(given)) return given ?? "ELBSecurityPolicy-2016-08";
  throw doing.error("SSLPolicyNotFound", `SSL policy '${given}' not found`);
}

interface Forwarding {
  readonly balancer: CloudObject;
  readonly protocol: string;
  readonly port?: number;
}

/** The target groups of a listener's or rule's actions, fit for its protocol, VPC and load balancer. */
function forwarded(call: Call, doing: Doing, actions: unknown, { balancer, protocol }: Forwarding): CloudObject[] {
  const network = isNetworkBalancer(balancer);
  const other = blocks(actions).find(({ type }) => type !== "forward");
  if (network && other)
    throw doing.error(
      "InvalidLoadBalancerAction",
      `Action type '${String(other["type"])}' is not supported for ${protocol} listeners`,
    );
  return forwardedTo(actions).map((id) => {
    const group = findTargetGroup(call, doing, id);
    if (group.args["targetType"] === "alb" && protocol !== "TCP") {
      const message = `Listener protocol '${protocol}' is not supported with a target group with the target-type 'alb'`;
      throw doing.error("InvalidConfigurationRequest", message);
    }
    if (!FORWARDS[protocol]!.includes(String(group.args["protocol"]))) {
      const message = `Listener protocol '${protocol}' is not supported with a target group with the protocol '${String(group.args["protocol"])}'`;
      throw doing.error("InvalidConfigurationRequest", message);
    }
    if (group.args["vpcId"] !== balancer.attrs["vpcId"]) {
      const message = `The target group '${id}' is not in the VPC of the load balancer, '${String(balancer.attrs["vpcId"])}'`;
      throw doing.error("InvalidConfigurationRequest", message);
    }
    if (balancersOf(call.world, group).some((one) => one !== balancer.id)) {
      const message = `The following target groups cannot be associated with more than one load balancer: ${id}`;
      throw doing.error("TargetGroupAssociationLimit", message);
    }
    return group;
  });
}

export const listenerRule: Handler = {
  create(call) {
    const listenerArn = String(call.args["listenerArn"]);
    const doing = new Doing("creating ELBv2 Listener Rule", `${ELB}: CreateRule`);
    const parent = call.world.find(call.place, LISTENER, listenerArn);
    if (!parent) throw doing.error("ListenerNotFound", `One or more listeners not found`);
    const made = ruled(call, doing, parent);
    const id = `${listenerArn.replace(":listener/", ":listener-rule/")}/${call.tx.hex("rule", 16)}`;
    return { ...made, id, attrs: { arn: id, ...made.attrs }, within: [parent] };
  },
  update(call, self) {
    const doing = new Doing(`modifying ELBv2 Listener Rule (${self.id})`, `${ELB}: ModifyRule`);
    return ruled(call, doing, call.world.get(self.within[0]!)!, self);
  },
  inUse: ({ id }) => new Error(`nothing can use listener rule ${id}`),
};

/** Source: Application Load Balancers, Listener rules: priorities are unique; left out it is the next one. */
function ruled(call: Call, doing: Doing, parent: CloudObject, self?: CloudObject): Membership {
  const balancer = findLoadBalancer(call, doing, parent.args["loadBalancerArn"]);
  if (isNetworkBalancer(balancer))
    throw doing.error("UnsupportedOperation", "Rules are not supported for listeners of Network Load Balancers");
  const siblings = call.world.referrers(parent, LISTENER_RULE).filter(({ id }) => id !== self?.id);
  const taken = siblings.map(({ attrs }) => Number(attrs["priority"]));
  const priority = Number(call.args["priority"] ?? self?.attrs["priority"] ?? Math.max(0, ...taken) + 1);
  if (taken.includes(priority)) throw doing.error("PriorityInUse", `Priority '${priority}' is currently in use`);
  if (blocks(call.args["conditions"]).some((condition) => Object.values(condition).every((one) => one === undefined)))
    throw doing.error("ValidationError", "A condition value must be specified");
  const protocol = String(parent.attrs["protocol"]);
  return { attrs: { priority }, uses: forwarded(call, doing, call.args["actions"], { balancer, protocol }) };
}
