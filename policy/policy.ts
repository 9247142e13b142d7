/**
 * What a policy is, and what it looks at. One neutral shape stands for a resource, so that the engine, a graph made in
 * this process and a test are judged by the same functions.
 */

/** `mandatory` refuses the operation, `advisory` is only told. */
export type PolicyLevel = "advisory" | "mandatory";

/** One resource as a program declares it. */
export interface DeclaredResource {
  readonly urn: string;
  /** Pulumi type token, such as `aws:ec2/vpc:Vpc`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  /** Input values, secrets in clear: never put one into a message. A value that only `up` will know is `UNKNOWN`. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly deleteBeforeReplace: boolean;
  /** URN of its provider; `…::default_<version>` where no provider was given. Components have none. */
  readonly provider?: string;
  /** URNs each input depends on. Inputs that depend on nothing are left out; resource policies see none at all. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  /** Outputs that are always kept as secrets. */
  readonly secretOutputs: readonly string[];
  /** Paths of secret inputs; absent where the caller cannot tell. The engine gives policies every secret in clear. */
  readonly secretInputs?: readonly string[];
}

/** Everything a program declares. */
export interface DeclaredStack {
  readonly resources: readonly DeclaredResource[];
  /** Stack outputs, secrets in clear; unknown ones are `UNKNOWN`. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Paths of outputs that are secret; absent where the caller cannot tell. */
  readonly secretOutputs?: readonly string[];
}

/** What one policy found, of a resource or, without one, of the stack as a whole. */
export interface Finding {
  /** What was expected and what was found, in lower case and without a full stop. */
  readonly message: string;
  readonly resource?: DeclaredResource;
}

/** What a person is told of a policy. */
export interface PolicyText {
  /** Stable name, by which the engine and reports refer to it. */
  readonly id: string;
  /** What must hold, as one sentence without a full stop. */
  readonly title: string;
  /** What happens where it does not hold. */
  readonly reason: string;
  /** What to do about a violation, as an imperative in lower case. */
  readonly fix: string;
  /** Where the facts are from. */
  readonly source: string;
  readonly level: PolicyLevel;
  /**
   * `connections`: it is about what is ours alone, and says nothing of what is made in the customer's accounts, where
   * machines, load balancers and ways out have their place.
   * @default everything the program declares
   */
  readonly of?: "connections";
}

/** Looks at one resource at a time, so the engine refuses it before it is touched. */
export interface ResourcePolicy extends PolicyText {
  readonly scope: "resource";
  /** Type tokens it is about. @default every type */
  readonly types?: readonly string[];
  readonly check: (resource: DeclaredResource) => readonly string[];
}

/** Looks at resources together, which the engine does at the end of a preview or an update. */
export interface StackPolicy extends PolicyText {
  readonly scope: "stack";
  readonly check: (stack: DeclaredStack) => readonly Finding[];
}

export type Policy = ResourcePolicy | StackPolicy;

/** One violation as reports, and the fleet's comparison, give it. */
export interface Violation {
  readonly stack: string;
  /** `id` of the policy. */
  readonly policy: string;
  readonly level: PolicyLevel;
  /** What was found and what to do about it. Never a secret. */
  readonly message: string;
  /** Logical name of the resource, where it is one's. */
  readonly resource?: string;
  readonly urn?: string;
}

/** The line a person reads: what was found, then what to do. */
export const messageOf = ({ fix }: PolicyText, found: string): string => `${found}; ${fix}`;

/** Components of what is made in the customer's accounts, as they stand in the URNs of their children. */
const CUSTOMERS =
  /causeway:(aws|gcp):(CodeArtifact\w+|SelfHostedRegistry|EndpointServicePublisher|ServiceAttachmentPublisher)\$/;

/** Whether a policy is about a resource, by whose it is. */
const isWhose = ({ of }: PolicyText, urn: string): boolean => of !== "connections" || !CUSTOMERS.test(urn);

/** Whether a resource policy is about a resource. */
export const isAbout = (policy: ResourcePolicy, { type, urn }: Pick<DeclaredResource, "type" | "urn">): boolean =>
  (policy.types?.includes(type) ?? true) && isWhose(policy, urn);

/** What of a stack a policy is about. */
export const partOf = (policy: StackPolicy, stack: DeclaredStack): DeclaredStack => ({
  ...stack,
  resources: stack.resources.filter(({ urn }) => isWhose(policy, urn)),
});
