/** The policies in the form the engine asks for them. */
import type { Policies, PolicyResourceOptions, ResourceValidationArgs, StackValidationArgs } from "@pulumi/policy";
import { isAbout, messageOf, partOf, type DeclaredResource, type DeclaredStack, type Policy } from "./policy.ts";
import { UNKNOWN } from "./values.ts";

const STACK_TYPE = "pulumi:pulumi:Stack";

/**
 * Policies for `new PolicyPack`. Resource policies are asked before a resource is touched, stack policies at the end of a
 * preview or an update.
 *
 * The engine shows stack policies outputs, where providers fill in what nobody declared. So the inputs that came by before
 * are kept, and stack policies judge those, as they do of a graph.
 */
export function packPolicies(policies: readonly Policy[]): Policies {
  const declared = new Map<string, DeclaredResource>();
  return policies.map((policy) => {
    const text = {
      name: policy.id,
      displayName: policy.title,
      description: `${policy.title}. ${policy.reason}`,
      remediationSteps: policy.fix,
      enforcementLevel: policy.level,
    };
    if (policy.scope === "stack") {
      return {
        ...text,
        validateStack: (args: StackValidationArgs, report: (message: string, urn?: string) => void) => {
          for (const { message, resource } of policy.check(partOf(policy, stackOf(args, declared)))) {
            report(messageOf(policy, message), resource?.urn);
          }
        },
      };
    }
    return {
      ...text,
      validateResource: (args: ResourceValidationArgs, report: (message: string) => void) => {
        const resource = resourceOf(args);
        declared.set(args.urn, resource);
        if (!isAbout(policy, resource)) return;
        for (const message of policy.check(resource)) report(messageOf(policy, message));
      },
    };
  });
}

/** What both kinds of the engine's arguments tell of a resource. */
interface Told {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
  readonly opts: PolicyResourceOptions;
  readonly provider?: { readonly urn: string };
}

function resourceOf({ urn, type, name, props, opts, provider }: Told): DeclaredResource {
  return {
    urn,
    type,
    name,
    props: known(props) as Record<string, unknown>,
    protect: opts.protect,
    deleteBeforeReplace: opts.deleteBeforeReplace === true,
    propertyDependencies: {},
    secretOutputs: opts.additionalSecretOutputs,
    ...(provider === undefined ? {} : { provider: provider.urn }),
  };
}

function stackOf({ resources }: StackValidationArgs, declared: ReadonlyMap<string, DeclaredResource>): DeclaredStack {
  const stack = resources.find(({ type }) => type === STACK_TYPE);
  return {
    resources: resources
      .filter(({ type }) => type !== STACK_TYPE)
      .map((resource) => ({
        ...(declared.get(resource.urn) ?? resourceOf(resource)),
        propertyDependencies: Object.fromEntries(
          Object.entries(resource.propertyDependencies).map(([key, others]) => [key, others.map(({ urn }) => urn)]),
        ),
      })),
    outputs: stack === undefined ? {} : (known(stack.props) as Record<string, unknown>),
  };
}

/** A copy with `UNKNOWN` where reading throws, which is how the engine's values say that only an update will know. */
function known(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const read = (key: string | number): unknown => {
    try {
      return known((value as Record<string | number, unknown>)[key]);
    } catch {
      return UNKNOWN;
    }
  };
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => read(index));
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(key)]));
}
