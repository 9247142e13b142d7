import type { Customer } from "../customer.ts";
import type { Guard } from "../guardTypes.ts";
import type { Partly } from "../partly.ts";
import type { CodeArtifact } from "./customer.ts";

const AT = "registries[<key>].codeArtifact";
const LOSES = "replaces the domain and loses every package in it";

/** Changes of a CodeArtifact registry that lose packages, or that AWS does not carry out. */
export const CODE_ARTIFACT_GUARDS: readonly Guard[] = [
  { path: AT, kind: "removal", cost: "loses every package in the domain" },
  { path: `${AT}.environment`, kind: "change", cost: "takes the protection off every package, or puts it on" },
  { path: `${AT}.domain`, kind: "change", cost: LOSES, advice: "make a second registry beside it" },
  { path: `${AT}.accountID`, kind: "fixed", cost: LOSES, advice: "make a second registry beside it" },
  { path: `${AT}.region`, kind: "fixed", cost: LOSES, advice: "make a second registry beside it" },
  { path: `${AT}.kms`, kind: "fixed", cost: LOSES, advice: "make a second registry beside it" },
  { path: `${AT}.stores[<key>]`, kind: "removal", cost: "loses the packages kept from that source" },
  { path: `${AT}.repositories[<key>]`, kind: "removal", cost: "loses every package published to it" },
  {
    path: `${AT}.repositories[<key>].upstreams`,
    kind: "removal",
    cost: "replaces the repository, since the provider cannot take its last upstream away",
  },
];

/** What is compared of one registry, by path. */
function valuesOf(at: string, codeArtifact: Partly<CodeArtifact>): Record<string, string | boolean | undefined> {
  const { accountID, region, domain, kms, stores = [], repositories = [] } = codeArtifact;
  const key = kms as Partial<{ mode: string; keyARN: string }> | undefined;
  return {
    [at]: true,
    [`${at}.environment`]: codeArtifact.environment,
    [`${at}.domain`]: domain,
    [`${at}.accountID`]: accountID,
    [`${at}.region`]: region,
    [`${at}.kms`]: key?.mode === undefined ? undefined : [key.mode, key.keyARN].filter((part) => part).join(" "),
    ...Object.fromEntries(stores.map((store) => [`${at}.stores[${store}]`, true])),
    ...Object.fromEntries(
      repositories.flatMap((repository) => {
        const path = `${at}.repositories[${repository?.name}]`;
        // Only from having some to having none is a change: the first upstream may come later.
        const some = (repository?.upstreams ?? []).length > 0;
        return [[path, true], ...(some ? [[`${path}.upstreams`, "some"]] : [])] as [string, string | boolean][];
      }),
    ),
  };
}

/** What the stack output `deployed` keeps of every CodeArtifact registry of a customer. */
export function codeArtifactValues(customer: Partly<Customer>): Record<string, string | number | boolean | undefined> {
  const all = (customer.registries ?? []).map((registry) => {
    const origin = registry?.origin as Partial<{ codeArtifact: Partly<CodeArtifact> }> | undefined;
    if (registry?.key === undefined || origin?.codeArtifact === undefined) return {};
    return valuesOf(`registries[${registry.key}].codeArtifact`, origin.codeArtifact);
  });
  return Object.assign({}, ...all) as Record<string, string | number | boolean | undefined>;
}
