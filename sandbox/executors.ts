/** The machines that reach registries: they exist without the program under test, in subnets it may make or find. */
import { outside, put } from "./outside.ts";
import { text } from "./values.ts";
import type { CloudObject, World } from "./world.ts";

/** Type of the objects that stand for the executors of one subnet. */
export const EXECUTORS = "sandbox:index:Executors";

export interface ExecutorsSpec {
  readonly project: string;
  readonly region: string;
  /** Name of their subnetwork, whether it exists already or not. */
  readonly subnet: string;
  /** Email of the service account the machines run as; firewall rules for other accounts do not concern them. */
  readonly serviceAccount?: string;
  /** Key of the project metadata their image takes its dns-proxy, guest rules and certificates from. */
  readonly metadataKey: string;
}

/** Puts executors into the world: one image, any number of machines, in one subnet. */
export async function seedExecutors(world: World, spec: ExecutorsSpec): Promise<void> {
  const { project, region, subnet, ...args } = spec;
  const place = { cloud: "gcp" as const, account: project, region };
  await put(world, outside(place, EXECUTORS, { id: subnet, name: subnet, args: { ...args }, attrs: {} }));
}

/** No executors, or those of several projects, go by a name. */
export class NoExecutorsError extends Error {
  constructor(wanted: string, known: readonly CloudObject[]) {
    const there = known.map(({ account, id }) => `${account}/${id}`).join(", ");
    super(`expected an executor subnet, or <project>/<subnet>, got ${wanted}; there are: ${there || "none"}`);
    this.name = "NoExecutorsError";
  }
}

/**
 * The executors of a subnet.
 * @param reference `<subnet>`, or `<project>/<subnet>` where several projects have one of that name
 * @throws NoExecutorsError
 */
export function findExecutors(world: World, reference: string): CloudObject {
  const [subnet, project] = reference.split("/").reverse();
  const all = world.all(EXECUTORS);
  const found = all.filter(({ id, account }) => id === subnet && (project === undefined || account === project));
  if (found.length !== 1) throw new NoExecutorsError(reference, found.length > 1 ? found : all);
  return found[0]!;
}

/** The service account executors run as. */
export function serviceAccountOf(executors: CloudObject): string | undefined {
  return text(executors.args["serviceAccount"]);
}
