import { contains, overlaps, parseAddress, parseRange, range } from "../../plan/cidr.ts";
import { PRIVATE_RANGES } from "../../plan/publish/facts.ts";
import type { Path } from "../paths.ts";
import { either } from "../wording.ts";
import type { Check, Infrastructure, Rule } from "./check.ts";

/** What a registry is published by in the customer's Google Cloud project. */

type Gcp = NonNullable<NonNullable<NonNullable<NonNullable<Infrastructure["registries"]>[string]>["publish"]>["gcp"]>;

interface Published {
  readonly check: Check;
  readonly key: string;
  readonly path: Path;
  readonly gcp: Gcp;
}

const publishedOf = (check: Check): readonly Published[] =>
  Object.entries(check.infrastructure.registries ?? {}).flatMap(([key, registry]) => {
    const gcp = registry?.publish?.gcp;
    return gcp === undefined ? [] : [{ check, key, path: ["registries", key, "publish", "gcp"], gcp }];
  });

const each =
  (rule: (published: Published) => void): Rule =>
  (check) => {
    publishedOf(check).forEach(rule);
  };

/** Source: Google VPC documentation, "Private Service Connect": endpoint and attachment share a region (CP-20). */
const consumers = each(({ check, path, gcp, key }) => {
  const ours = check.infrastructure.gcp ?? {};
  if (ours.region !== undefined && gcp.region !== undefined && gcp.region !== ours.region) {
    const fix = "an endpoint and its attachment share a region, publish where the executors are";
    check.report([...path, "region"], `expected ${ours.region} (gcp.region), got ${gcp.region}; ${fix}`);
  }
  if (ours.projectID !== undefined && gcp.projectID === ours.projectID) {
    const fix = "a project has no endpoint to its own service, write the customer's";
    check.report([...path, "projectID"], `expected a project other than gcp.projectID, got the same; ${fix}`);
  }
  if (check.infrastructure.registries?.[key]?.codeArtifact !== undefined) {
    check.report(path, "expected no publish with codeArtifact, got one; it is on aws, remove the block", "key");
  }
});

/** CP-21: the ranges that are made stay clear of each other; a NAT subnet serves one attachment. */
const ranges: Rule = (check) => {
  const taken: { readonly text: string; readonly name: string; readonly network: string }[] = [];
  for (const { key, path, gcp } of publishedOf(check)) {
    const network = `${gcp.projectID} ${gcp.network}`;
    const own = [
      { text: gcp.natRange, name: `registries.${key}.publish.gcp.natRange`, at: [...path, "natRange"] },
      {
        text: gcp.proxySubnet?.create,
        name: `registries.${key}.publish.gcp.proxySubnet.create`,
        at: [...path, "proxySubnet", "create"],
      },
      {
        text: gcp.proxySubnet?.existing,
        name: `registries.${key}.publish.gcp.proxySubnet.existing`,
        at: [...path, "proxySubnet", "existing"],
      },
    ];
    for (const { text, name, at } of own) {
      const parsed = parseRange(text ?? "");
      if (text === undefined || parsed === undefined) continue;
      const hit = taken.find((other) => {
        const both = name.endsWith("existing") && other.name.endsWith("existing") && other.text === text;
        return other.network === network && !both && overlaps(parsed, range(other.text));
      });
      if (hit !== undefined) {
        const message = `expected a range clear of the network's others, got ${text}, which shares addresses with ${hit.text} (${hit.name}); choose another`;
        check.report(at, message);
      }
      const address = (gcp.backends?.addresses ?? []).find((one) => {
        const value = parseAddress(one ?? "");
        return value !== undefined && contains(parsed, { network: value, prefix: 32 });
      });
      if (address !== undefined) {
        check.report(at, `expected a range without the backends, got ${text}, which holds ${address}; choose another`);
      }
      taken.push({ text, name, network });
    }
  }
};

/** CP-22: who ends TLS and where the backends are decides the load balancer. */
const balancer = each(({ check, path, gcp }) => {
  const { mode, backends, proxySubnet, ports } = gcp;
  if (mode === undefined) return;
  const extra = { certificate: gcp.certificate, proxySubnet, backendPort: gcp.backendPort };
  if (mode === "passthrough") {
    for (const [field, value] of Object.entries(extra)) {
      if (value === undefined) continue;
      const message = `expected no ${field} with passthrough, got one; packets reach the backends as they are, remove the line`;
      check.report([...path, field], message, "key");
    }
    if (backends?.addresses !== undefined) {
      const message =
        "expected proxy with addresses, got passthrough; only a proxy reaches backends outside google cloud";
      check.report([...path, "mode"], message);
    }
    return;
  }
  if (proxySubnet === undefined && check.isIntact(...path, "proxySubnet")) {
    const message = "expected the proxies' subnet with proxy, got nothing; add proxySubnet: { create: <range> }";
    check.report([...path, "proxySubnet"], message);
  } else if (proxySubnet !== undefined && (proxySubnet.create === undefined) === (proxySubnet.existing === undefined)) {
    if (check.isIntact(...path, "proxySubnet")) {
      const got = proxySubnet.create === undefined ? "neither" : "both";
      check.report([...path, "proxySubnet"], `expected one of existing and create, got ${got}; write one`);
    }
  }
  if ((ports ?? []).length > 1) {
    const fix = "a proxy listens at one port, keep one";
    check.report([...path, "ports"], `expected one port with proxy, got ${ports!.length}; ${fix}`);
  }
  const [, owner, , there] = gcp.certificate?.split("/") ?? [];
  const { projectID = owner, region = there } = gcp;
  if (gcp.certificate !== undefined && (owner !== projectID || there !== region)) {
    const message = `expected a certificate of ${projectID} in ${region}, got one of ${owner} in ${there}; correct it`;
    check.report([...path, "certificate"], message);
  }
});

const PRIVATE = PRIVATE_RANGES.map(range);

const backends = each(({ check, path, gcp }) => {
  const { backends: behind, mode, region } = gcp;
  const at = [...path, "backends"];
  if (behind === undefined || !check.isIntact(...at)) return;
  const both = behind.groups !== undefined && behind.addresses !== undefined;
  if (both || (behind.groups === undefined && behind.addresses === undefined)) {
    check.report(at, `expected one of groups and addresses, got ${both ? "both" : "neither"}; write one`);
    return;
  }
  (behind.groups ?? []).forEach((group, index) => {
    const place = group?.split("/")[3];
    if (place === undefined || region === undefined) return;
    if (place === region || place.startsWith(`${region}-`)) return;
    check.report(
      [...at, "groups", index],
      `expected a group in ${region}, got one in ${place}; the backends share a region`,
    );
  });
  (behind.addresses ?? []).forEach((address, index) => {
    const network = parseAddress(address ?? "");
    if (network === undefined || PRIVATE.some((outer) => contains(outer, { network, prefix: 32 }))) return;
    const message = `expected an address in ${either(PRIVATE_RANGES)}, got ${address}; write the private one`;
    check.report([...at, "addresses", index], message);
  });
  if (behind.addresses !== undefined && behind.zone === undefined) {
    check.report([...at, "zone"], "expected a zone with addresses, got nothing; add one that is near to them");
  } else if (behind.zone !== undefined && region !== undefined && !behind.zone.startsWith(`${region}-`)) {
    check.report([...at, "zone"], `expected a zone of ${region}, got ${behind.zone}; write one such as ${region}-a`);
  }
  const groups = behind.groups ?? [];
  const machines = groups.some((group) => group?.includes("/instanceGroups/"));
  if (mode === "proxy" && machines && behind.portName === undefined) {
    const message = "expected the named port of the instance groups with proxy, got nothing; add portName";
    check.report([...at, "portName"], message);
  }
  if (mode === "passthrough" && behind.portName !== undefined) {
    check.report([...at, "portName"], "expected no portName with passthrough, got one; remove the line", "key");
  }
});

const notes = each(({ check, path, gcp }) => {
  if (gcp.healthCheck?.protocol === "TCP" && gcp.healthCheck.path !== undefined) {
    const message = "expected no path with TCP, got one; remove the line, or write HTTPS";
    check.report([...path, "healthCheck", "path"], message, "key");
  }
  if (gcp.serviceAccount === undefined && gcp.backends?.groups !== undefined && check.isIntact(...path)) {
    const message = "no serviceAccount, so the firewall rules are for every machine of the network";
    check.note(path, message, "key");
  }
});

export const publishOnGoogle: readonly Rule[] = [consumers, ranges, balancer, backends, notes];
