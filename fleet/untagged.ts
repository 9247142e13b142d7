import { fit } from "../plan/names.ts";
import type { RegistryPlan } from "../plan/plan.ts";

/** What tells an object: its type, its name, and what it was made with. */
interface Named {
  readonly type: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/**
 * Tells the objects of registries in AWS that carry no tags and hang on nothing that does: aliases of keys, schedules,
 * log policies, records. Each is known by its whole name, as other customers may share the account; a record leads to a
 * load balancer of the registry's besides, as somebody else's may have had the name before.
 */
export function untaggedOf(registries: readonly RegistryPlan[]): (object: Named) => boolean {
  const names = new Set<string>();
  const balancers = new Map<string, string>();
  for (const { name, codeArtifact, selfHosted } of registries) {
    if (codeArtifact !== undefined) {
      const { key } = codeArtifact;
      if (key.kind === "create") names.add(`aws:kms/alias:Alias ${key.alias}`);
      names.add(`aws:cloudwatch/logResourcePolicy:LogResourcePolicy ${name}-events`);
      names.add(`aws:scheduler/schedule:Schedule ${fit(`${name}-retention`, 64)}`);
    }
    if (selfHosted !== undefined) {
      names.add(`aws:kms/alias:Alias alias/${selfHosted.name}`);
      for (const host of selfHosted.hosts) balancers.set(host, `${selfHosted.name}-app-`);
    }
  }
  return ({ type, name, args }) => {
    const balancer = type === "aws:route53/record:Record" ? balancers.get(name) : undefined;
    if (balancer !== undefined) return JSON.stringify(args["aliases"] ?? []).includes(balancer);
    return names.has(`${type} ${name}`);
  };
}
