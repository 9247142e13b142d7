// What registries are made of goes wrong at its requests, as killedAnywhere.test.ts has it for connections: the engine is
// killed (SIGKILL) before or after the cloud has acted, the cloud throttles, fails, answers too late or makes a resource
// that does not become ready. Then what the commands say is done, and the operation is run again. Each type of resource
// goes wrong once, in one way, and each day at another of its requests and in another way; each day another customer is
// taken down. CAUSEWAY_DAY chooses the day, CAUSEWAY_EVERY=1 has every way at every request, which takes an hour. That
// real clouds keep to the orders of the simulated ones is what this cannot show.
import { rmSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import {
  describeTally,
  FAULTS,
  keep,
  KILLS,
  mishaps,
  newTally,
  permits,
  record,
  type KillStep,
  type Mishap,
  type Tally,
} from "../support/killed.ts";
import { KILLED_CUSTOMERS, type KilledCustomer } from "../support/killedCustomers.ts";
import { LiveStack } from "../support/stack.ts";
import { Vault } from "../support/vault.ts";
import { shapeOf } from "../support/worlds.ts";

const engine = inject("engine");
const vault = new Vault();
/** Two cores: two at once. */
const LANES = 2;
const EVERYTHING = process.env["CAUSEWAY_EVERY"] === "1";
/** A number of a day: what went wrong yesterday is seen again with one less. */
const DAY = Number(process.env["CAUSEWAY_DAY"] ?? Math.floor(Date.now() / 86_400_000));

/** Types of which connections are made, killed in every way by a test of their own; and values that are in no cloud. */
const OF_CONNECTIONS =
  /^random:|vpn|^aws:ec2\/(customerGateway|defaultSecurityGroup|flowLog|routeTable|subnet|vpc:)|router|projectMetadata|^gcp:dns/i;

/** One request and what goes wrong at it. */
type Planned = readonly [KillStep, readonly Mishap[]];

/** Types that went wrong already, by operation: customers share some. */
const seen = { up: new Set<string>(), destroy: new Set<string>() };

/** The requests of today, each with what goes wrong at it. */
function planned(operation: keyof typeof seen, steps: readonly KillStep[]): Planned[] {
  const ways = [...KILLS, ...FAULTS].filter((what) => operation === "up" || what !== "partly made");
  const own = steps.filter(({ request: { type } }) => !OF_CONNECTIONS.test(type));
  if (EVERYTHING) return own.map((step) => [step, ways]);
  const types = [...new Set(own.map(({ request: { type } }) => type))].filter((type) => !seen[operation].has(type));
  return types.map((type) => {
    // each of a type's requests has its turn in each way, and so has each customer that is taken down
    const turn = (operation === "up" ? DAY : Math.floor(DAY / KILLED_CUSTOMERS.length)) + seen[operation].size;
    seen[operation].add(type);
    const same = own.filter(({ request }) => request.type === type);
    return [same[Math.floor(turn / ways.length) % same.length]!, [ways[turn % ways.length]!]];
  });
}

describe.skipIf(engine === null)("whatever goes wrong at a request of a registry's, the next runs lead on", () => {
  const tallies: Tally[] = [];
  let secretsProvider: string;
  beforeAll(async () => {
    // one request at a time, so that every step has one state before it
    process.env["PULUMI_PARALLEL"] = "1";
    secretsProvider = await vault.start();
  });
  afterAll(async () => {
    delete process.env["PULUMI_PARALLEL"];
    await vault.stop();
    keep(tallies);
    for (const tally of tallies) process.stdout.write(`${describeTally(tally)}\n`);
  });

  let lanes: LiveStack[] = [];
  afterEach(() => {
    for (const lane of lanes) lane.remove();
  });

  function begin({ name, text }: KilledCustomer): LiveStack {
    lanes = Array.from({ length: LANES }, () => new LiveStack(engine!, name, { secretsProvider, inline: true }));
    for (const { project } of lanes) writeFileSync(project.customerFile(name), text);
    return lanes[0]!;
  }

  async function goWrong(operation: keyof typeof seen, { name }: KilledCustomer): Promise<Tally> {
    const [first] = lanes as [LiveStack];
    const steps = await record(first, operation);
    const wanted = await first.world(shapeOf);
    const queue = planned(operation, steps);
    const tally = newTally(`${name}: ${operation}`, steps);
    tallies.push(tally);
    const trial = { operation, wanted, passed: new Set<string>(), tally };
    await Promise.all(
      lanes.map(async (lane) => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift()) await mishaps(lane, trial, ...next);
      }),
    );
    for (const { copy } of steps) rmSync(copy, { recursive: true });
    return tally;
  }

  test.each(KILLED_CUSTOMERS)("$name: while it is made", async (customer) => {
    begin(customer);
    const { failures, converged, cases } = await goWrong("up", customer);
    expect(failures).toEqual([]);
    expect(converged).toBe(cases);
    expect(cases).toBeGreaterThan(0);
  });

  const today = EVERYTHING ? KILLED_CUSTOMERS : [KILLED_CUSTOMERS[DAY % KILLED_CUSTOMERS.length]!];
  test.each(today)("$name: while it is taken down", async (customer) => {
    const first = begin(customer);
    for (const { project } of lanes)
      project.edit(customer.name, "  infrastructure:\n", `  infrastructure:\n${permits(customer.permits)}`);
    await first.run("up");
    const { failures, converged, cases } = await goWrong("destroy", customer);
    expect(failures).toEqual([]);
    expect(converged).toBe(cases);
    expect(cases).toBeGreaterThan(0);
  });
});
