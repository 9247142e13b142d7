import { ProjectMetadataItem } from "@pulumi/gcp/compute/projectMetadataItem.js";
import * as pulumi from "@pulumi/pulumi";
import { renderDnsProxy, serialiseDnsProxy, type DnsProxyPlan } from "../plan/dnsProxy.ts";

export interface DnsProxyArgs {
  readonly proxy: DnsProxyPlan;
  /** Regional DNS name by `vpce-svc-…`. */
  readonly endpointNames: Readonly<Record<string, pulumi.Input<string>>>;
  /** IPv4 address by PSC domain. */
  readonly pscAddresses: Readonly<Record<string, pulumi.Input<string>>>;
  /** Host of a registry's bucket, by registry. */
  readonly blobHosts: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Metadata key executors read the artefact from. Fixed: every executor image knows it. */
export const METADATA_KEY = "causeway-dns-proxy";

/**
 * The dns-proxy of the executors, as one artefact in the project's metadata: CoreDNS configuration, systemd units, guest
 * rules and the customer's CA bundle, with a hash that a VM reports back. Executors need no credentials to read it and
 * learn of a change at once, and a changed route is a diff a reviewer sees. A change reloads dns-proxy on the executors,
 * which loses no query, and drops no tunnel; another proxyTag restarts it.
 */
export class DnsProxy extends pulumi.ComponentResource {
  /** SHA-256 of the artefact. */
  readonly hash: pulumi.Output<string>;

  constructor(name: string, args: DnsProxyArgs, opts: pulumi.ComponentResourceOptions) {
    const { proxy, endpointNames, pscAddresses, blobHosts } = args;
    super("causeway:executors:DnsProxy", name, { routes: proxy.routes.map(({ source }) => source) }, opts);
    const artefact = pulumi
      .all([pulumi.all(endpointNames), pulumi.all(pscAddresses), pulumi.all(blobHosts)])
      .apply(([names, addresses, hosts]) =>
        renderDnsProxy(proxy, { endpointNames: names, pscAddresses: addresses, blobHosts: hosts }),
      );
    new ProjectMetadataItem(name, { key: METADATA_KEY, value: artefact.apply(serialiseDnsProxy) }, { parent: this });
    this.hash = artefact.hash;
    this.registerOutputs({ hash: this.hash });
  }
}
