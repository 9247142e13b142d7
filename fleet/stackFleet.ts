import { basename, extname } from "node:path";
import type { automation } from "@pulumi/pulumi";
import type { Operation, OperationResult } from "../engine/driver.ts";
import type { Customer } from "../plan/customer.ts";
import { ConfigError } from "../plan/errors.ts";
import { planHandoff, type Handoff } from "../plan/handoff.ts";
import { planCustomer } from "../plan/plan.ts";
import { driftOf, type Drift } from "./drift.ts";
import { FleetError } from "./error.ts";
import type { FleetHandoff, RecoverRunOptions } from "./fleet.ts";
import type { OpenStack } from "./interruption.ts";
import { ENGINE, operateStack, type Driver, type StackOptions } from "./operation.ts";
import { recoverStack, type Recovery } from "./recover.ts";
import { runOver } from "./run.ts";
import { customerOf } from "./selection.ts";
import { describeRecorded, healthOf } from "./status.ts";
import type { Target } from "./target.ts";
import type { FleetEvent, FleetResult, FleetVerb, Member, RunOptions, StackStatus } from "./types.ts";

type Outputs = Readonly<Record<string, unknown>>;

/** The verbs of a fleet that work on stacks, on clouds that are open. */
export class StackFleet {
  readonly #target: Target;
  readonly #driver: Driver;

  constructor(target: Target, driver: Driver = ENGINE) {
    this.#target = target;
    this.#driver = driver;
  }

  operate(
    operation: Operation,
    members: readonly Member[],
    options: RunOptions = {},
  ): Promise<FleetResult<OperationResult>> {
    return this.#run(operation, members, options, (stack) =>
      operateStack(stack, operation, this.#stackOptions(stack, options)),
    );
  }

  drift(members: readonly Member[], options: RunOptions = {}): Promise<FleetResult<Drift>> {
    return this.#run("drift", members, options, (stack) => driftOf(stack, this.#stackOptions(stack, options)));
  }

  outputs(members: readonly Member[], options: RunOptions = {}): Promise<FleetResult<Outputs>> {
    return this.#run("outputs", members, options, async (stack) => {
      const outputs = await this.#outputsOf(stack);
      if (outputs === undefined)
        throw new FleetError("no-stack", `${stack.customer.name}: no outputs yet; run up first`);
      return outputs;
    });
  }

  handoff(members: readonly Member[], options: RunOptions = {}): Promise<FleetResult<FleetHandoff>> {
    return this.#run("handoff", members, options, async (stack) => {
      const recorded = (await this.#outputsOf(stack))?.["handoff"] as Handoff | undefined;
      return { handoff: recorded ?? planHandoff(planCustomer(stack.customer)), recorded: recorded !== undefined };
    });
  }

  recover(members: readonly Member[], options: RecoverRunOptions = {}): Promise<FleetResult<Recovery>> {
    const { force = false, onStep } = options;
    return this.#run("recover", members, options, (stack) => {
      const { name } = stack.customer;
      return recoverStack(stack, { force, driver: this.#driver, onStep: (step) => onStep?.(name, step) });
    });
  }

  status(members: readonly Member[], options: RunOptions = {}): Promise<FleetResult<StackStatus>> {
    return this.#run("status", members, options, async (stack) => {
      const { target, customer } = stack;
      if (target.network !== undefined) return healthOf(customer, target.network(customer));
      const recorded = describeRecorded((await this.#outputsOf(stack)) ?? {});
      throw new FleetError("unavailable", [unseen(customer), ...recorded.map((line) => `  ${line}`)].join("\n"));
    });
  }

  async close(): Promise<void> {
    await this.#target.close();
  }

  async #run<Value>(
    verb: FleetVerb,
    members: readonly Member[],
    options: RunOptions,
    work: (stack: OpenStack) => Promise<Value>,
  ): Promise<FleetResult<Value>> {
    const target = this.#target;
    const { kill } = options;
    const customers = readAll(members);
    return runOver({
      ...{ verb, members, options, clouds: target.clouds },
      work: async (member) => {
        const customer = customers.get(member)!();
        const settings = await target.stackOf(member, customer);
        return work({ target, member, customer, settings: kill === undefined ? settings : { ...settings, kill } });
      },
    });
  }

  #stackOptions({ customer }: OpenStack, { onEvent, signal, kill, ...options }: RunOptions): StackOptions {
    const stops = [signal, kill].filter((each) => each !== undefined);
    const tell = (event: automation.EngineEvent): void => {
      for (const told of resourceEvents(customer.name, event)) onEvent?.(told);
    };
    return {
      ...options,
      driver: this.#driver,
      onEvent: tell,
      ...(stops.length === 0 ? {} : { signal: AbortSignal.any(stops) }),
      ...(kill === undefined ? {} : { kill }),
    };
  }

  /** Outputs of a stack's last update, secrets left out; undefined where there was none. */
  async #outputsOf({ settings, target }: OpenStack): Promise<Outputs | undefined> {
    const outputs = await this.#driver.stackOutputs(settings, target.engine);
    if (outputs === undefined || Object.keys(outputs).length === 0) return undefined;
    const plain = Object.entries(outputs).filter(([, { secret }]) => !secret);
    return Object.fromEntries(plain.map(([key, { value }]) => [key, value]));
  }
}

const unseen = ({ name }: Customer): string =>
  `${name}: real clouds are not asked for tunnels and endpoints; look in their consoles. Recorded by the last update:`;

/** Reads every file before the first stack is touched; what is wrong in one is thrown when it is its turn. */
function readAll(members: readonly Member[]): ReadonlyMap<Member, () => Customer> {
  return new Map(
    members.map((member) => {
      try {
        const customer = ownCustomer(member, members);
        return [member, () => customer];
      } catch (error) {
        return [
          member,
          () => {
            throw error;
          },
        ];
      }
    }),
  );
}

/** The customer of a file that may drive its stack. @throws ConfigError */
function ownCustomer(member: Member, members: readonly Member[]): Customer {
  const customer = customerOf(member);
  const { file, path, byPath, stack } = member;
  const refuse = (message: string): never => {
    throw new ConfigError([{ file, path: "name", message }]);
  };
  const other = members.find((one) => one.stack === stack && one.path !== path);
  if (other !== undefined) {
    refuse(`expected a name of its own, got ${stack}, which ${other.file} has too; two files must not drive one stack`);
  }
  const own = basename(path, extname(path));
  if (!byPath && own !== stack)
    refuse(`expected ${own}, the file's name, got ${stack}; correct the copy, or give its path`);
  return customer;
}

function resourceEvents(stack: string, event: automation.EngineEvent): FleetEvent[] {
  const told = ({ urn, type, op }: automation.StepEventMetadata, state: "begun" | "done" | "failed"): FleetEvent => ({
    kind: "resource",
    stack,
    op,
    type,
    urn,
    state,
  });
  const { resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event;
  return [
    ...(resourcePreEvent === undefined ? [] : [told(resourcePreEvent.metadata, "begun")]),
    ...(resOutputsEvent === undefined ? [] : [told(resOutputsEvent.metadata, "done")]),
    ...(resOpFailedEvent === undefined ? [] : [told(resOpFailedEvent.metadata, "failed")]),
  ];
}
