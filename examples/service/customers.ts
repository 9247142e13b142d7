import { existsSync } from "node:fs";
import { link, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fleet, Member, StackResult } from "../../fleet/index.ts";
import { FleetError } from "../../fleet/index.ts";
import { ConfigError, parseCustomer, type Issue } from "../../lib/index.ts";
import { Refusal } from "./operations.ts";

/** What was made of a new customer's file. */
export interface Created {
  readonly created: boolean;
  readonly notes: readonly Issue[];
}

/**
 * Keeps a new customer's file, once it is good. A file that is there already is changed where it is reviewed, not here.
 * @throws ConfigError with every problem
 * @throws Refusal
 */
export async function createCustomer(
  { root, fleet }: { readonly root: string; readonly fleet: Fleet },
  name: string,
  content: Uint8Array,
): Promise<Created> {
  const file = `${name}.yaml`;
  const { customer, notes } = parseCustomer(content, file);
  if (customer.name !== name) {
    throw new ConfigError([
      { file, path: "name", message: `expected ${name}, as in the address, got ${customer.name}` },
    ]);
  }
  const path = join(root, "stacks", "customers", file);
  if (existsSync(path)) return same(path, name, content, notes);
  const below = join(root, ".causeway");
  await mkdir(below, { recursive: true });
  const folder = await mkdtemp(join(below, "new-"));
  try {
    const draft = join(folder, file);
    await writeFile(draft, content, { flush: true });
    await refuseShared(fleet, name, draft);
    // the file appears whole or not at all, and never in the place of another
    await link(draft, path);
    return { created: true, notes };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return await same(path, name, content, notes);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function same(path: string, name: string, content: Uint8Array, notes: readonly Issue[]): Promise<Created> {
  if (Buffer.compare(await readFile(path), content) === 0) return { created: false, notes };
  throw new Refusal(409, `${name} is there already with another file; change it where it is reviewed`);
}

/** What only one customer may have, such as the AWS account, no other's file must have. @throws ConfigError */
async function refuseShared(fleet: Fleet, name: string, draft: string): Promise<void> {
  const one: Member = { stack: name, path: draft, file: draft, byPath: true };
  const checked = await fleet.check([...(await fleet.list()), one]);
  const problems = checked.find(({ file }) => file === draft)?.problems ?? [];
  if (problems.length > 0) throw new ConfigError(problems.map((problem) => ({ ...problem, file: `${name}.yaml` })));
}

/** The customer of a name. @throws Refusal */
export async function memberOf(fleet: Fleet, name: string): Promise<Member> {
  try {
    const [member] = await fleet.select({ customers: [name] });
    return member!;
  } catch (error) {
    if (!(error instanceof FleetError) || error.code !== "selection") throw error;
    throw new Refusal(404, `there is no customer ${name}; create it first`);
  }
}

/** What a stack's result holds. @throws Refusal where it failed, with the cause and what to do */
export function valueOf<Value>(result: StackResult<Value> | undefined): Value {
  if (result?.outcome === "done") return result.value;
  if (result === undefined || !("failure" in result)) throw new Refusal(503, "the service is stopping");
  const { code, message, next } = result.failure;
  throw new Refusal(
    code === "unavailable" || code === "no-stack" ? 404 : 409,
    next === undefined ? message : `${message}\nnext: ${next}`,
  );
}
