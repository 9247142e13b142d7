/**
 * Creating resources in a simulated world without engine and sockets: what the provider servers do for the engine, as
 * calls. Nothing is updated or deleted; that takes the engine.
 */
import { AWS } from "./aws/index.ts";
import type { PropertyChange } from "./diff.ts";
import { CloudError } from "./errors.ts";
import { GCP } from "./gcp/index.ts";
import type { Configuration } from "./handler.ts";
import { CloudPackage, type SimulatedPackage } from "./package.ts";
import { checkConfiguration, decodeConfiguration } from "./provider/configuration.ts";
import { RandomPackage } from "./random.ts";
import { TABLES } from "./tables.ts";
import { plain, type Values } from "./values.ts";
import type { World } from "./world.ts";

/** One resource to create. */
export interface Registration {
  /** What other registrations call this one by, such as a URN. */
  readonly key: string;
  /** Type token; that of a provider is `pulumi:providers:<package>`. */
  readonly type: string;
  readonly name: string;
  /** Without unknowns. */
  readonly inputs: Values;
  /** Key of the provider instance; a package with one instance needs none. */
  readonly provider?: string;
}

/** One resource that was created. */
export interface Deployed extends Registration {
  readonly id: string;
  /** Secrets included: never print them. */
  readonly outputs: Values;
}

/** Who refused a resource: the provider its arguments, before any request, or the cloud the request. */
export type Stage = "check" | "create";

/** A resource was refused; the message names it and says why. */
export class RefusedError extends Error {
  readonly stage: Stage;
  readonly type: string;

  constructor(stage: Stage, { type, name }: Registration, reasons: readonly string[]) {
    super(`${type} ${name}: ${reasons.join("; ")}`);
    this.name = "RefusedError";
    this.stage = stage;
    this.type = type;
  }
}

interface Instance {
  readonly package: SimulatedPackage;
  readonly configuration: Configuration;
}

/** The resources of one program in one world. */
export class Deployment {
  /** In the order of creation, without providers. */
  readonly created: Deployed[] = [];
  readonly #packages: readonly SimulatedPackage[];
  readonly #instances = new Map<string, Instance>();

  constructor(world: World) {
    this.#packages = [
      new CloudPackage(TABLES.aws, AWS, world),
      new CloudPackage(TABLES.gcp, GCP, world),
      new RandomPackage(),
    ];
  }

  /**
   * Creates a resource, or sets a provider instance up.
   * @returns its outputs and its `id`; nothing of a provider instance
   * @throws RefusedError when the provider or the cloud would refuse it
   */
  async register(registration: Registration): Promise<Values> {
    const provider = /^pulumi:providers:(.+)$/.exec(registration.type)?.[1];
    if (provider === undefined) return this.#create(registration);
    return refusing("check", registration, () => this.#configure(provider, registration));
  }

  /** What an update of a created resource to other arguments would change; empty when the provider sees no difference. */
  differences(deployed: Deployed, inputs: Values): readonly PropertyChange[] {
    const { type, name, id, outputs } = deployed;
    const { package: owner, configuration } = this.#instanceFor(deployed);
    const args = (values: Values): Values => owner.check(type, name, {}, plain(values) as Values, configuration)[0];
    const known = { type, id, state: outputs, inputs: args(deployed.inputs) };
    return owner.diff(known, args(inputs), [], configuration).changes;
  }

  #configure(name: string, { key, inputs }: Registration): Values {
    const found = this.#packages.find((one) => one.name === name);
    if (!found) throw new CloudError("invalid", "UnknownProvider", `the sandbox has no provider ${name}`);
    const values = plain(inputs) as Values;
    const [failure] = checkConfiguration(found.table, values);
    if (failure) throw new CloudError("invalid", "InvalidProvider", failure.reason);
    this.#instances.set(key, {
      package: found,
      configuration: found.configure(decodeConfiguration(found.table, values)),
    });
    return {};
  }

  async #create(registration: Registration): Promise<Values> {
    const { type, name, inputs } = registration;
    const instance = this.#instanceFor(registration);
    const [args, failures] = await refusing("check", registration, () =>
      instance.package.check(type, name, {}, plain(inputs) as Values, instance.configuration),
    );
    if (failures.length > 0) {
      const reasons = failures.map(({ reason }) => reason);
      throw new RefusedError("check", registration, reasons);
    }
    const made = await refusing("create", registration, () =>
      instance.package.create(type, args, instance.configuration),
    );
    this.created.push({ ...registration, id: made.id, outputs: made.outputs });
    return { ...made.outputs, id: made.id };
  }

  #instanceFor(registration: Registration): Instance {
    const { provider, type } = registration;
    const own = provider === undefined ? undefined : this.#instances.get(provider);
    const only = [...this.#instances.values()].filter((one) => one.package.name === type.split(":")[0]);
    const found = own ?? (provider === undefined && only.length === 1 ? only[0] : undefined);
    if (found) return found;
    throw new RefusedError("check", registration, [
      `expected a provider, got ${provider ?? `${only.length} to choose from`}`,
    ]);
  }
}

async function refusing<Answer>(
  stage: Stage,
  registration: Registration,
  act: () => Answer | Promise<Answer>,
): Promise<Answer> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof CloudError) throw new RefusedError(stage, registration, [error.message]);
    throw error;
  }
}
