/** Packages, and ways to them, that a change takes away in the customer's accounts. */
import type { Outage, ResourceChange } from "../types.ts";
import { FOR_GOOD, type Changed } from "./changed.ts";

/** A class of which an object that goes is an outage. */
interface Lost {
  readonly className: string;
  /** What goes, before the resource's name. */
  readonly what: string;
  readonly why: string;
  /** Only in this case; otherwise another line says it. */
  readonly when?: (changed: Changed, change: ResourceChange) => boolean;
}

/** Whether a repository keeps what comes from a public source. */
const isStore = (changed: Changed, { name }: ResourceChange): boolean =>
  changed.before("Repository").some((node) => node.name === name && "externalConnections" in node.inputs);

const domainStays = (changed: Changed): boolean => changed.gone("Domain").length === 0;

/**
 * Sources: CodeArtifact User Guide, "Delete a domain", "Delete a repository"; Amazon RDS User Guide, "Deleting a DB
 * instance"; AWS PrivateLink Guide, "Delete an endpoint service"; Compute API, serviceAttachments.delete.
 */
const LOST: readonly Lost[] = [
  { className: "Domain", what: "packages of", why: "every package in the domain is lost, and aws keeps no copy" },
  {
    className: "Repository",
    what: "packages of",
    why: "every package published to the repository is lost, and aws keeps no copy",
    when: (changed, change) => domainStays(changed) && !isStore(changed, change),
  },
  {
    className: "Repository",
    what: "packages of",
    why: "what the store kept is lost; what its public source has no more cannot be fetched again",
    when: (changed, change) => domainStays(changed) && isStore(changed, change),
  },
  { className: "rds/instance:Instance", what: "database", why: "the database is lost but for its last snapshot" },
  {
    className: "Bucket",
    what: "packages of",
    why: "every package in the bucket is lost",
    when: (_, { name }) => !name.endsWith("-logs"),
  },
  {
    className: "VpcEndpointService",
    what: "publication",
    why: "every endpoint that leads to the service is cut off, and has to be made anew",
  },
  {
    className: "ServiceAttachment",
    what: "publication",
    why: "google closes every endpoint that leads to the attachment, and each has to be made anew",
  },
  {
    className: "LoadBalancer",
    what: "load balancer",
    why: "nothing answers for the registry without it",
  },
  {
    className: "Listener",
    what: "listener",
    why: "every connection to the port is cut, and no new one is taken",
    when: (changed) => changed.gone("LoadBalancer").length === 0,
  },
];

/** What registries that are made or published here lose. @param changed What belongs to them, and nothing else */
export function registryOutages(changed: Changed): readonly Outage[] {
  return LOST.flatMap(({ className, what, why, when = () => true }) =>
    changed
      .gone(className)
      .filter((change) => when(changed, change))
      .map(({ name }): Outage => {
        return { what: `${what} ${name}`, kind: "registry", why, seconds: FOR_GOOD, redundant: false };
      }),
  );
}
