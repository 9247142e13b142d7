import type { CodeArtifact } from "../../plan/codeArtifact/customer.ts";
import {
  MOST_ENDPOINT_POLICY,
  MOST_POLICY,
  MOST_ROLE_POLICY,
  MOST_SEARCHED,
  MOST_UPSTREAMS,
  SESSION_SECONDS,
  STORES,
} from "../../plan/codeArtifact/facts.ts";
import { endpointStatements } from "../../plan/codeArtifact/endpointPolicy.ts";
import { consumerPolicy, domainPolicy, keyPolicy, repositoryPolicy } from "../../plan/codeArtifact/policies.ts";
import { cycleAt, searchedFrom } from "../../plan/codeArtifact/upstreams.ts";
import { policyDocument } from "../../plan/policyDocument.ts";
import { codeArtifact as normalised, type CodeArtifactBlock } from "../normalise/codeArtifact.ts";
import { either } from "../wording.ts";
import { repeats, type Check, type Rule } from "./check.ts";

/** CodeArtifact registries: what several of their fields decide together. */

type Path = readonly (string | number)[];
type OneRule = (check: Check, path: Path, block: CodeArtifactBlock) => void;

/** A rule about one registry, for each of them. */
const each =
  (rule: OneRule): Rule =>
  (check) => {
    for (const [key, registry] of Object.entries(check.infrastructure.registries ?? {})) {
      if (registry?.codeArtifact !== undefined) rule(check, ["registries", key, "codeArtifact"], registry.codeArtifact);
    }
  };

const storeNames = ({ stores = [] }: CodeArtifactBlock): readonly string[] =>
  stores.flatMap((store) => (store === undefined ? [] : [STORES[store].repository]));

const STORE_NAMES: readonly string[] = Object.values(STORES).map(({ repository }) => repository);

const storesOnce: OneRule = (check, path, { stores = [] }) => {
  for (const { value, index } of repeats(stores)) {
    check.report([...path, "stores", index], `expected each source once, got ${value} again; remove one`);
  }
};

/** Names of stores are theirs, whether the store is there yet or not. */
const reserved: OneRule = (check, path, { repositories = {} }) => {
  for (const name of Object.keys(repositories)) {
    if (!STORE_NAMES.includes(name)) continue;
    const store = Object.entries(STORES).find(([, { repository }]) => repository === name)![0];
    const message = `expected a name of no store, got ${name}; it keeps what comes from a public source, add ${store} to stores in its place`;
    check.report([...path, "repositories", name], message, "key");
  }
};

const upstreams: OneRule = (check, path, block) => {
  const { repositories = {} } = block;
  if (!check.isIntact(...path, "stores")) return;
  const known = [...storeNames(block), ...Object.keys(repositories)];
  for (const [name, repository] of Object.entries(repositories)) {
    const at = [...path, "repositories", name, "upstreams"];
    const list = repository?.upstreams ?? [];
    list.forEach((upstream, index) => {
      if (upstream === undefined || known.includes(upstream)) return;
      const message = `expected ${either(known.filter((other) => other !== name))}, got ${upstream}; add the repository or correct the name`;
      check.report([...at, index], message);
    });
    for (const { value, index } of repeats(list)) {
      check.report([...at, index], `expected each upstream once, got ${value} again; remove one`);
    }
    if (list.length > MOST_UPSTREAMS) {
      const fix = "put a repository between them";
      check.report(at, `expected at most ${MOST_UPSTREAMS} upstreams, got ${list.length}; ${fix}`);
    }
  }
};

const chains: OneRule = (check, path, block) => {
  if (!check.isIntact(...path, "stores") || !check.isIntact(...path, "repositories")) return;
  const all = new Map<string, readonly string[]>(
    (normalised(block).repositories ?? []).map((one) => [one!.name!, (one!.upstreams ?? []) as readonly string[]]),
  );
  const told = new Set<string>();
  for (const name of all.keys()) {
    const at = [...path, "repositories", name, "upstreams"];
    const cycle = cycleAt(all, name);
    if (cycle !== undefined && !told.has(name)) {
      cycle.forEach((member) => told.add(member));
      check.report(at, `expected upstreams that end in a store, got ${cycle.join(" → ")}; take one of them out`);
    }
    const searched = searchedFrom(all, name).size;
    if (cycle !== undefined || searched <= MOST_SEARCHED) continue;
    const fix = "a request searches no more, shorten the chain";
    check.report(at, `expected at most ${MOST_SEARCHED} repositories behind one, got ${searched}; ${fix}`);
  }
};

const kms: OneRule = (check, path, { kms: block, region }) => {
  if (block === undefined) return;
  const at = [...path, "kms", "keyARN"];
  const { mode, keyARN } = block;
  if (mode === "existing" && keyARN === undefined && check.isIntact(...at)) {
    check.report(at, "expected a key's arn with existing, got nothing; add keyARN");
  } else if (mode !== undefined && mode !== "existing" && keyARN !== undefined) {
    check.report(at, `expected no key with ${mode}, got one; remove it, or write mode: existing`, "key");
  } else if (keyARN !== undefined && region !== undefined && keyARN.split(":")[3] !== region) {
    const fix = "a domain and its key share a region, name another key";
    check.report(at, `expected a key in ${region}, got one in ${keyARN.split(":")[3]}; ${fix}`);
  }
};

const refresh: OneRule = (check, path, { consumer }) => {
  const { tokenTTLSeconds, refreshMinutes } = consumer ?? {};
  if (tokenTTLSeconds === undefined || refreshMinutes === undefined) return;
  const most = Math.floor((tokenTTLSeconds === 0 ? SESSION_SECONDS : tokenTTLSeconds) / 120);
  if (refreshMinutes <= most) return;
  const message = `expected at most ${most} minutes, half of a token's life, got ${refreshMinutes}; one missed run must not leave executors without a token, refresh more often`;
  check.report([...path, "consumer", "refreshMinutes"], message);
};

const groups: OneRule = (check, path, block) => {
  const known = [...storeNames(block), ...Object.keys(block.repositories ?? {})];
  for (const [pattern, group] of Object.entries(block.packageGroups ?? {})) {
    for (const kind of ["publish", "externalUpstream", "internalUpstream"] as const) {
      const at = [...path, "packageGroups", pattern, kind, "repositories"];
      const { mode, repositories = [] } = group?.[kind] ?? {};
      const specific = mode === "allow-specific-repositories";
      if (mode !== undefined && specific !== repositories.length > 0) {
        const expected = specific ? "at least one repository with" : "no repositories without";
        const fix = specific ? "name those meant" : "remove them or change the mode";
        check.report(at, `expected ${expected} allow-specific-repositories, got ${repositories.length}; ${fix}`);
      }
      repositories.forEach((name, index) => {
        if (name === undefined || known.includes(name) || !check.isIntact(...path, "stores")) return;
        check.report([...at, index], `expected ${either(known)}, got ${name}; add the repository or correct the name`);
      });
    }
  }
};

/** Who publishes publishes something; everything only where that is written. */
const publishers: OneRule = (check, path, { repositories = {}, internalNamespaces = [] }) => {
  for (const [name, repository] of Object.entries(repositories)) {
    (repository?.publishers ?? []).forEach((publisher, index) => {
      const at = [...path, "repositories", name, "publishers", index];
      const some = (publisher?.packages ?? []).length;
      if (publisher?.anyPackage === true && some > 0) {
        check.report(
          [...at, "packages"],
          `expected no packages with anyPackage, got ${some}; keep one of the two`,
          "key",
        );
      } else if (publisher?.anyPackage === false && some === 0 && internalNamespaces.length === 0) {
        if (!check.isIntact(...at) || !check.isIntact(...path, "internalNamespaces")) return;
        const fix = "name the packages, or add internalNamespaces";
        check.report([...at, "packages"], `expected packages to publish, got none; ${fix}`);
      }
    });
  }
};

/** A disposed version keeps its place: from a store it could never be served again. */
const retention: OneRule = (check, path, block) => {
  const known = [...storeNames(block), ...Object.keys(block.repositories ?? {})];
  (block.retention?.rules ?? []).forEach((rule, index) => {
    const at = [...path, "retention", "rules", index];
    const { repository, action } = rule ?? {};
    if (repository === undefined) return;
    if (!known.includes(repository)) {
      if (!check.isIntact(...path, "stores") || !check.isIntact(...path, "repositories")) return;
      const message = `expected ${either(known)}, got ${repository}; add the repository or correct the name`;
      check.report([...at, "repository"], message);
    } else if (action === "dispose" && STORE_NAMES.includes(repository)) {
      const fix = "a disposed version can never be taken in again, write delete";
      check.report([...at, "action"], `expected archive or delete of a store, got dispose; ${fix}`);
    }
  });
};

const FEWER = "name accounts or an organization in place of many roles, or fewer packages";
const FEWER_REPOSITORIES = "make fewer repositories, or some of them in another registry";

/** Policies are computed from what is written: only of a block without mistakes. */
const policySizes: OneRule = (check, path, block) => {
  if (!check.isIntact(...path)) return;
  const registry = normalised(block) as CodeArtifact;
  const report = (at: Path, what: string, text: string | undefined, most: number, fix = FEWER): void => {
    const size = text?.length ?? 0;
    if (size <= most) return;
    check.report(at, `expected ${what} of at most ${most} characters, got ${size}; ${fix}`, "key");
  };
  report([...path, "domainPolicy"], "a policy", domainPolicy(registry), MOST_POLICY);
  for (const repository of registry.repositories) {
    const at = [...path, "repositories", repository.name];
    report(at, "a policy", repositoryPolicy(registry, repository), MOST_POLICY);
  }
  if (registry.kms.mode === "customer-managed") {
    // Source: KMS Developer Guide, "Resource quotas", key policy document size: 32 KB.
    report([...path, "kms", "adminRoleARNs"], "a policy", keyPolicy(registry, registry.kms), 32_768);
  }
  report([...path, "repositories"], "a role's policy", consumerPolicy(registry), MOST_ROLE_POLICY, FEWER_REPOSITORIES);
  const readable = registry.repositories.map(({ name }) => name);
  // The role's name comes from the customer and the registry; at its longest.
  const principals = [`arn:aws:iam::${registry.accountID}:role/${"r".repeat(64)}`];
  const statements = endpointStatements([{ ...registry, readable, principals }]);
  report(
    [...path, "repositories"],
    "an endpoint policy",
    policyDocument(statements),
    MOST_ENDPOINT_POLICY,
    FEWER_REPOSITORIES,
  );
};

/** Calls are logged beside events, and a trail is made for the calls. */
const audit: OneRule = (check, path, { monitoring }) => {
  const { events, auditAPICalls, trailBucket } = monitoring ?? {};
  const at = [...path, "monitoring"];
  if (events === false && auditAPICalls === true) {
    check.report(
      [...at, "auditAPICalls"],
      "expected false without events, got true; calls go where events go, write events: true",
    );
  } else if (trailBucket !== undefined && auditAPICalls === false) {
    check.report(
      [...at, "trailBucket"],
      "expected no trail without auditAPICalls, got one; write auditAPICalls: true",
      "key",
    );
  }
};

/** Production and other packages have domains of their own, and nobody makes one domain twice. */
const apart: Rule = (check) => {
  const all = Object.entries(check.infrastructure.registries ?? {}).flatMap(([key, registry]) => {
    const { accountID, region, domain, environment } = registry?.codeArtifact ?? {};
    return accountID === undefined || domain === undefined ? [] : [{ key, accountID, region, domain, environment }];
  });
  for (const [index, one] of all.entries()) {
    const other = all.slice(0, index).find(({ accountID, domain, region, environment }) => {
      const same = accountID === one.accountID && domain === one.domain;
      return same && (region === one.region || environment !== one.environment);
    });
    if (other === undefined) continue;
    const why = one.environment === other.environment ? "" : `, which is ${other.environment}`;
    const message = `expected a domain of its own, got that of ${other.key}${why}; name another domain`;
    check.report(["registries", one.key, "codeArtifact", "domain"], message);
  }
};

export const codeArtifact: readonly Rule[] = [
  ...[storesOnce, reserved, upstreams, chains, kms, refresh, groups, publishers, audit, retention, policySizes].map(
    each,
  ),
  apart,
];
