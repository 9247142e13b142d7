import type { z } from "zod";
import type { Registry } from "../../plan/customer.ts";
import type { Partly } from "../../plan/partly.ts";
import type {
  GoogleBackends,
  HealthCheck,
  PublishAws,
  PublishGcp,
  PublishListener,
  PublishTarget,
} from "../../plan/publish/customer.ts";
import type { publish as schema } from "../schema/registries/publish.ts";
import { HEALTH_PATH } from "../../plan/selfHosted/bootstrap/nginx.ts";

/** From the file's shape to the program's. */

type File = Partly<z.output<typeof schema>>;
type FileAws = NonNullable<File["aws"]>;
type FileGcp = NonNullable<File["gcp"]>;
type FileListener = NonNullable<NonNullable<FileAws["listeners"]>[string]>;

/** Where a registry that is run here is: what `publish.aws` need not say again. */
export interface Place {
  readonly accountID?: string | undefined;
  readonly region?: string | undefined;
}

const present = <Item>(items: readonly (Item | undefined)[] | undefined): readonly Item[] =>
  (items ?? []).filter((item) => item !== undefined);

/** Only what is there, so that an absent field stays absent. */
const given = <Fields extends object>(fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Fields;

function target(block: FileListener["target"]): Partly<PublishTarget> | undefined {
  const { addresses, outsideVpc, instances, autoScalingGroup, loadBalancerArn } = block ?? {};
  if (addresses !== undefined) return { kind: "addresses", addresses: present(addresses).toSorted(), outsideVpc };
  if (instances !== undefined) return { kind: "instances", instances: present(instances).toSorted() };
  if (autoScalingGroup !== undefined) return { kind: "autoScalingGroup", autoScalingGroup };
  return loadBalancerArn === undefined ? undefined : { kind: "loadBalancer", loadBalancerArn };
}

/** An application load balancer is asked over HTTPS, as its target group takes no check without requests. */
function healthCheck(
  { protocol, path, port }: { readonly [Key in keyof HealthCheck]?: HealthCheck[Key] | undefined },
  fallback: HealthCheck,
): Partly<HealthCheck> {
  const chosen = protocol ?? (path === undefined ? fallback.protocol : "HTTPS");
  return given({ protocol: chosen, path: chosen === "TCP" ? undefined : (path ?? fallback.path ?? "/"), port });
}

function listener(key: string, block: FileListener, own: Place | undefined): Partly<PublishListener> {
  const to = target(block.target) ?? (own === undefined ? undefined : { kind: "own" as const });
  const requests = to?.kind === "loadBalancer" || to?.kind === "own";
  const asked: HealthCheck = requests
    ? { protocol: "HTTPS", path: to.kind === "own" ? HEALTH_PATH : "/" }
    : { protocol: "TCP" };
  return given({
    port: Number(key),
    mode: block.mode,
    certificateArn: block.certificateArn,
    reencrypt: block.reencrypt,
    target: to,
    targetPort: block.target?.port ?? Number(key),
    targetSecurityGroupID: block.target?.securityGroupID,
    healthCheck: healthCheck(block.healthCheck ?? {}, asked),
    idleTimeoutSeconds: block.idleTimeoutSeconds,
  });
}

function privateDns(block: NonNullable<FileAws["privateDns"]>): Partly<PublishAws["privateDns"]> {
  const { name, hostedZoneID: zoneID } = block;
  return { name, verification: zoneID === undefined ? { kind: "manual" } : { kind: "hostedZone", zoneID } };
}

function aws(block: FileAws, own: Place | undefined): Partly<PublishAws> {
  const { subnets, listeners, privateDns: name, ...rest } = block;
  const ports = Object.entries(listeners ?? (own === undefined ? {} : { "443": OWN_LISTENER }));
  return given({
    ...rest,
    accountID: block.accountID ?? own?.accountID,
    region: block.region ?? own?.region,
    subnets:
      subnets === undefined
        ? undefined
        : Object.entries(subnets)
            .map(([id, zoneID]) => ({ id, zoneID }))
            .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    listeners: ports
      .map(([key, value]) => listener(key, value ?? {}, own))
      .toSorted((a, b) => (a.port ?? 0) - (b.port ?? 0)),
    privateDns: name === undefined ? undefined : privateDns(name),
    supportedRegions: present(block.supportedRegions).toSorted(),
  });
}

/** What a registry run here listens at: HTTPS, and TLS ends at its load balancer. */
const OWN_LISTENER: FileListener = { mode: "tls-passthrough", reencrypt: false, healthCheck: {} };

function backends({ groups, portName, addresses, zone }: NonNullable<FileGcp["backends"]>): Partly<GoogleBackends> {
  if (addresses !== undefined) return { kind: "addresses", addresses: present(addresses).toSorted(), zone };
  return given({ kind: "groups", groups: present(groups).toSorted(), portName });
}

function gcp(block: FileGcp): Partly<PublishGcp> {
  const { proxySubnet: subnet, ports, backends: behind, ...rest } = block;
  const sorted = present(ports).toSorted((a, b) => a - b);
  const proxySubnet =
    subnet === undefined
      ? undefined
      : subnet.create === undefined
        ? ({ kind: "existing", range: subnet.existing } as const)
        : ({ kind: "create", range: subnet.create } as const);
  return given({
    ...rest,
    ports: sorted,
    backendPort: block.backendPort ?? sorted[0],
    backends: behind === undefined ? undefined : backends(behind),
    healthCheck: healthCheck(block.healthCheck ?? {}, { protocol: "TCP" }),
    proxySubnet,
  });
}

/** @param own where the registry is, of one that is run here */
export function publish(block: File | undefined = {}, own?: Place): Partly<Registry["publish"]> {
  return given({
    aws: block.aws === undefined ? undefined : aws(block.aws, own),
    gcp: block.gcp === undefined ? undefined : gcp(block.gcp),
  });
}
