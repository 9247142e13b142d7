import { apiHost, repositoriesHost } from "../../plan/codeArtifact/names.ts";
import type { Path } from "../paths.ts";
import { either } from "../wording.ts";
import { repeats } from "./check.ts";
import type { Check, Rule } from "./check.ts";
import { awsPlace, type AwsPlace } from "./place.ts";

/** Registries that are made or published here, and the connections that lead to them. */

const KINDS = ["dnsName", "codeArtifact", "selfHosted"] as const;
const LINKS = ["privateCodeHost", "aws", "privateLinks"] as const;
const ENDPOINTS = ["privateCodeHost", "gcp", "privateServiceConnectEndpoints"] as const;

type Registry = NonNullable<Check["infrastructure"]["registries"]>[string];

const registriesOf = ({ infrastructure }: Check) => Object.entries(infrastructure.registries ?? {});

/** Exactly one of a registry the customer runs and the two kinds made here. */
const oneKind: Rule = (check) => {
  for (const [key, registry] of registriesOf(check)) {
    if (registry === undefined) continue;
    const path = ["registries", key];
    if (key.startsWith("registry-")) {
      const message = `expected a key that does not begin with registry-, got ${key}; names of links begin so, shorten it`;
      check.report(path, message, "key");
    }
    const given = KINDS.filter((kind) => registry[kind] !== undefined || !check.isIntact(...path, kind));
    const [first, ...others] = given;
    if (first === undefined && check.isIntact(...path)) {
      const fix = "write dnsName of a registry the customer runs, or the block of one that is made here";
      check.report(path, `expected one of ${either(KINDS)}, got none; ${fix}`, "key");
    }
    for (const kind of others) {
      check.report([...path, kind], `expected one of ${either(KINDS)}, got ${first} as well; keep one`, "key");
    }
    certificateKind(check, path, given);
    if (registry.format !== undefined && given.length === 1 && given[0] !== "dnsName") {
      const message = `expected no format with ${given[0]}, got ${registry.format}; its block says what it is, remove the line`;
      check.report([...path, "format"], message, "key");
    }
  }
};

/** Certificates of what is made here come from AWS; of what the customer runs somebody has to say whose they are. */
function certificateKind(check: Check, path: readonly string[], given: readonly string[]): void {
  const registry = check.infrastructure.registries?.[path[1]!];
  if (registry === undefined || given.length !== 1) return;
  if (given[0] === "dnsName") {
    if (registry.certificate !== undefined || !check.isIntact(...path, "certificate")) return;
    const fix = "write the kind of certificate";
    check.report([...path, "certificate"], `expected publicCA or privateCA, got nothing; ${fix}`);
  } else if (registry.certificate === "privateCA") {
    const message = `expected publicCA with ${given[0]}, got privateCA; its certificate is one of aws's, remove the line`;
    check.report([...path, "certificate"], message, "key");
  }
}

/** A connection of the file: it names what the customer sent, or a registry of this file. */
interface Connection {
  readonly path: Path;
  readonly registry: string | undefined;
  /** Field for what the customer sent, its value and its form. */
  readonly field: "endpoint" | "targetService";
  readonly sent: string | undefined;
  readonly form: string;
  readonly what: string;
  /** Why a registry of this file cannot be connected so; undefined where it can. */
  readonly refusal: (key: string) => string | undefined;
}

/** @returns the key of the registry that is connected, where there is nothing wrong with it */
function connected(check: Check, connection: Connection): string | undefined {
  const { path, registry: key, field, sent, form, what, refusal } = connection;
  if (sent === undefined && key === undefined && check.isIntact(...path)) {
    check.report([...path, field], `expected ${form}, got nothing; write the ${what} the customer sent, or registry`);
  } else if (sent !== undefined && key !== undefined) {
    check.report([...path, "registry"], `expected one of ${field} or registry, got both; keep one`, "key");
  }
  if (key === undefined || !check.isIntact("registries")) return undefined;
  const known = Object.keys(check.infrastructure.registries ?? {});
  const any = known.length === 0 ? "a registry of registries, which has none" : `${either(known)} (registries)`;
  const unknown = `expected ${any}, got ${key}; add the registry or correct the key`;
  const mistake = known.includes(key) ? refusal(key) : unknown;
  if (mistake === undefined) return key;
  check.report([...path, "registry"], mistake);
  return undefined;
}

const links: Rule = (check) => {
  const { privateCodeHost, registries } = check.infrastructure;
  const { privateLinks = [], region = "<region>" } = privateCodeHost?.aws ?? {};
  privateLinks.forEach((link, index) => {
    if (link === undefined) return;
    const path = [...LINKS, index];
    const key = connected(check, {
      ...{ path, registry: link.registry, field: "endpoint", sent: link.endpoint, what: "service name" },
      form: `com.amazonaws.vpce.${region}.vpce-svc-<8 or 17 hex digits>`,
      refusal: (one) =>
        awsPlace(registries?.[one]) === undefined
          ? `expected a registry with codeArtifact or publish.aws, got ${one}, which ${unconnected(registries?.[one])}`
          : undefined,
    });
    if (key !== undefined) placed(check, [...path, "registry"], key, awsPlace(registries?.[key])!);
  });
};

/** Why no private link leads to a registry, and what would. */
function unconnected(registry: Registry): string {
  if (registry?.selfHosted !== undefined) return "is run here and not published on aws; add publish: { aws: {} }";
  if (registry?.publish?.gcp === undefined) {
    return "the customer runs and nobody publishes here; add publish.aws, or write endpoint";
  }
  return "is published on google cloud alone; connect to it under gcp.privateServiceConnectEndpoints, or add publish.aws";
}

/** An endpoint and its service share a region, and nobody connects an account to itself. */
function placed(check: Check, path: readonly (string | number)[], key: string, there: AwsPlace): void {
  const { region, accountID } = check.infrastructure.privateCodeHost?.aws ?? {};
  if (region !== undefined && there.region !== undefined && there.region !== region) {
    const fix = "an endpoint and its service share a region, correct one of the two";
    check.report(path, `expected a registry in ${region} (aws.region), got ${key} in ${there.region}; ${fix}`);
  }
  if (accountID !== undefined && there.accountID === accountID) {
    const fix = "it belongs in an account of the customer's, correct one of the two";
    check.report(path, `expected a registry outside ${accountID} (aws.accountID), got ${key} in it; ${fix}`);
  }
}

const endpoints: Rule = (check) => {
  const { privateCodeHost, registries } = check.infrastructure;
  (privateCodeHost?.gcp?.privateServiceConnectEndpoints ?? []).forEach((endpoint, index) => {
    if (endpoint === undefined) return;
    connected(check, {
      ...{ path: [...ENDPOINTS, index], registry: endpoint.registry, what: "service attachment" },
      ...{ field: "targetService", sent: endpoint.targetService },
      form: "projects/<project>/regions/<region>/serviceAttachments/<name>",
      refusal: (one) =>
        registries?.[one]?.publish?.gcp === undefined
          ? `expected a registry with publish.gcp, got ${one}, which is not published on google cloud here; add publish.gcp, or write targetService`
          : undefined,
    });
  });
};

/** A registry has one link: its key names it, and its name leads to one place. */
const once: Rule = (check) => {
  const links = check.infrastructure.privateCodeHost?.aws?.privateLinks ?? [];
  for (const { value, index, first } of repeats(links.map((link) => link?.registry))) {
    const message = `expected each registry once, got ${value} again (first at [${first}]); remove one`;
    check.report([...LINKS, index, "registry"], message);
  }
};

/** Executors find what is reached privately through dns-proxy alone: AWS's own names resolve publicly otherwise. */
const translated: Rule = (check) => {
  const { executorPrivateDNS, executorNAT, privateCodeHost } = check.infrastructure;
  (privateCodeHost?.aws?.privateLinks ?? []).forEach((link, index) => {
    if (link?.registry === undefined) return;
    if (executorPrivateDNS === undefined && check.isIntact("executorPrivateDNS")) {
      const fix = "add executorPrivateDNS: { proxyTag: … }, its routes follow from the link";
      const message = `expected executorPrivateDNS with a link to a registry of this file, got none; ${fix}`;
      check.report([...LINKS, index, "registry"], message);
    }
    if (link.blobs !== "internet") return;
    if (executorNAT === undefined && check.isIntact("executorNAT")) {
      const message = "expected executorNAT with blobs: internet, got none; add executorNAT: {}, or write private";
      check.report([...LINKS, index, "blobs"], message);
    } else {
      const message = "executors fetch package files over the internet, and the vpc has no endpoint to s3";
      check.note([...LINKS, index, "blobs"], message);
    }
  });
};

/** Names that follow from the links to registries of this file: a route of the file for one of them would contradict it. */
const followed: Rule = (check) => {
  const { privateCodeHost, registries, executorPrivateDNS } = check.infrastructure;
  const names = new Map<string, string>();
  for (const link of privateCodeHost?.aws?.privateLinks ?? []) {
    const { codeArtifact, selfHosted, dnsName } = registries?.[link?.registry ?? ""] ?? {};
    const { accountID, region, domain } = codeArtifact ?? {};
    if (region !== undefined) names.set(apiHost({ region }), link!.registry!);
    if (accountID !== undefined && region !== undefined && domain !== undefined) {
      names.set(repositoriesHost({ accountID, region, domain }), link!.registry!);
    }
    const own = dnsName ?? selfHosted?.registryHost;
    if (own !== undefined) names.set(own, link!.registry!);
  }
  (executorPrivateDNS?.routes ?? []).forEach((route, index) => {
    const target = route?.privateLink;
    if (target !== undefined && registries?.[target]?.codeArtifact !== undefined) {
      const message = `expected a link to one service, got ${target}, which codeartifact answers by names of its own; remove the route, they follow from the link`;
      check.report(["executorPrivateDNS", "routes", index, "privateLink"], message);
      return;
    }
    const registry = names.get(route?.source ?? "");
    if (registry === undefined || target === registry) return;
    const path = ["executorPrivateDNS", "routes", index, "source"];
    const message = `expected a name that no link answers, got ${route?.source}, which follows from the link to ${registry}; remove the route`;
    check.report(path, message);
  });
};

export const madeRegistries: readonly Rule[] = [oneKind, links, endpoints, once, translated, followed];
