import type { Customer } from "../customer.ts";
import { NONE, type Guard, type Present } from "../guardTypes.ts";
import type { Partly } from "../partly.ts";
import type { PublishGcp } from "./customer.ts";

const AWS = "registries[<key>].publish.aws";
const GCP = "registries[<key>].publish.gcp";
const ATTACHMENT = "replaces the forwarding rule and the service attachment, down until we connect again";
const ELSEWHERE = "none of the deployed resources is in";
const AGAIN = "remove the block under its permit, deploy, then write the new one";
const BESIDE = "publish the registry under another key beside this one, move the link, then remove this block";

/** What cuts a customer off that a registry is published to. */
export const PUBLISH_GUARDS: readonly Guard[] = [
  { path: AWS, kind: "removal", cost: "deletes the endpoint service and its load balancer, no path to the registry" },
  { path: `${AWS}.accountID`, kind: "fixed", cost: ELSEWHERE, advice: AGAIN },
  { path: `${AWS}.region`, kind: "fixed", cost: ELSEWHERE, advice: AGAIN },
  { path: `${AWS}.vpcID`, kind: "fixed", cost: ELSEWHERE, advice: BESIDE },
  {
    path: `${AWS}.subnets[<key>]`,
    kind: "removal",
    cost: "would replace the load balancer, which aws refuses while a service has it; publish under another key beside it",
  },
  { path: `${AWS}.listeners[<key>]`, kind: "removal", cost: "cuts every connection to that port" },
  {
    path: `${AWS}.privateDns`,
    kind: "change",
    cost: "leaves the private dns name unverified until it is proven anew",
  },
  { path: GCP, kind: "removal", cost: "deletes the service attachment and closes every endpoint for good" },
  { path: `${GCP}.projectID`, kind: "fixed", cost: ELSEWHERE, advice: AGAIN },
  { path: `${GCP}.region`, kind: "fixed", cost: ELSEWHERE, advice: AGAIN },
  { path: `${GCP}.network`, kind: "change", cost: ATTACHMENT },
  { path: `${GCP}.subnetwork`, kind: "change", cost: ATTACHMENT },
  {
    path: `${GCP}.natRange`,
    kind: "change",
    cost: "moves the addresses we appear from to another subnet, open connections end",
  },
  { path: `${GCP}.mode`, kind: "change", cost: ATTACHMENT },
  // Another certificate in the place of one is given to the proxy as it is.
  { path: `${GCP}.certificate`, kind: "change", cost: ATTACHMENT, follows: ["mode"] },
  {
    path: `${GCP}.proxySubnet`,
    kind: "fixed",
    cost: "would replace the one active subnet of proxies in that region, which google keeps while a load balancer has any",
    advice: AGAIN,
    follows: ["mode"],
  },
  { path: `${GCP}.ports`, kind: "change", cost: ATTACHMENT },
  { path: `${GCP}.domainName`, kind: "change", cost: ATTACHMENT },
];

/** Guarded values of everything a customer publishes, by path below `spec.infrastructure`. */
export function publishValues({ registries = [] }: Partly<Customer>): Present {
  return Object.assign({}, ...registries.map((registry) => valuesOf(registry?.key, registry?.publish))) as Present;
}

function valuesOf(
  key: string | undefined,
  publish: Partly<Customer["registries"][number]["publish"]> | undefined,
): Present {
  const { aws, gcp } = publish ?? {};
  const [onAws, onGcp] = [`registries[${key}].publish.aws`, `registries[${key}].publish.gcp`];
  const members = (kind: string, names: readonly (string | number | undefined)[]): Present =>
    Object.fromEntries(names.map((name) => [`${onAws}.${kind}[${name}]`, true]));
  return {
    ...(aws === undefined
      ? {}
      : {
          [onAws]: true,
          [`${onAws}.accountID`]: aws.accountID,
          [`${onAws}.region`]: aws.region,
          [`${onAws}.vpcID`]: aws.vpcID ?? NONE,
          // The first name may come later: nobody uses one before it is there.
          [`${onAws}.privateDns`]: aws.privateDns?.name,
          ...members(
            "subnets",
            (aws.subnets ?? []).map((subnet) => subnet?.id),
          ),
          ...members(
            "listeners",
            (aws.listeners ?? []).map((listener) => listener?.port),
          ),
        }),
    ...(gcp === undefined
      ? {}
      : {
          [onGcp]: true,
          [`${onGcp}.projectID`]: gcp.projectID,
          [`${onGcp}.region`]: gcp.region,
          [`${onGcp}.network`]: gcp.network,
          [`${onGcp}.subnetwork`]: gcp.subnetwork,
          [`${onGcp}.natRange`]: gcp.natRange,
          [`${onGcp}.mode`]: gcp.mode,
          [`${onGcp}.certificate`]: gcp.certificate === undefined ? NONE : "a certificate",
          [`${onGcp}.proxySubnet`]: proxySubnet(gcp.proxySubnet),
          [`${onGcp}.ports`]: gcp.ports?.join(", "),
          [`${onGcp}.domainName`]: gcp.domainName ?? NONE,
        }),
  };
}

/** Of a subnet that is there already the firewall alone has the range. */
const proxySubnet = (subnet: Partly<PublishGcp["proxySubnet"]> | undefined): string =>
  subnet?.kind === "create" ? `create ${subnet.range}` : (subnet?.kind ?? NONE);
