// A customer brought up by the real engine, and what the simulated clouds then show of the network between executors and
// registries, by the commands a person types. Whether a packet arrives only real clouds can say.
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { networkStatus, reach, World, type Theirs } from "../../sandbox/index.ts";
import { ScratchProject, type Ran } from "../support/project.ts";

const engine = inject("engine");
const NAMES = ["artifactory.dev.example", "maven.dev.example", "packages.dev.example"];
const SERVICE_ID = "vpce-svc-0123456789abcdef0";

describe.skipIf(engine === null)("the network of a customer whose services wait to be accepted", () => {
  let project: ScratchProject;
  let started: Ran;
  const causeway = (...args: string[]): Promise<Ran> => project.causeway("sandbox", ...args);
  /** Looks at the clouds as they are between two commands. */
  const look = async <Seen>(at: (world: World) => Seen): Promise<Seen> => {
    const world = World.open(join(project.root, ".causeway/sandbox/world.jsonl"));
    try {
      return at(world);
    } finally {
      await world.close();
    }
  };
  /** The hop that fails for each registry, with whose it is; `reached` where none does. */
  const broken = (guest: boolean): Promise<string[]> =>
    look((world) =>
      NAMES.map((name) => {
        const { broken: hop } = reach(world, { executor: "executors", guest }, name, 443);
        return hop === undefined ? "reached" : `${hop.kind}, ${hop.side}`;
      }),
    );

  beforeAll(async () => {
    project = new ScratchProject();
    started = await causeway("start", "--acceptance");
  });
  afterAll(() => project.remove());

  test("all four tunnels are established, each session carries routes, and redundancy is met", async () => {
    expect({ code: started.code, error: started.code === 0 ? "" : started.stderr }).toEqual({ code: 0, error: "" });
    const { tunnels, redundancy, routes } = await look((world) => networkStatus(world));
    expect(tunnels.map(({ google, aws, session }) => [google?.state, aws?.tunnel, session.up])).toEqual([
      ["ESTABLISHED", 1, true],
      ["ESTABLISHED", 2, true],
      ["ESTABLISHED", 1, true],
      ["ESTABLISHED", 2, true],
    ]);
    expect(redundancy.map(({ met }) => met)).toEqual([true]);
    expect(routes.google.map(({ destination, tunnels: via }) => [destination, via.length])).toEqual([
      ["10.127.0.0/24", 4],
    ]);
    expect(routes.aws.map(({ destination }) => destination)).toEqual(["10.10.0.0/24"]);
  });

  test("until the customer agrees every registry fails at them and nowhere else", async () => {
    const theirs = ["interface endpoint, customer", "allowlist, customer", "private service connect, customer"];
    expect([await broken(false), await broken(true)]).toEqual([theirs, theirs]);
    const { stdout } = await causeway("customer", "list", "--json");
    const asking = (JSON.parse(stdout) as Theirs[]).flatMap(({ consumers }) => consumers.map(({ state }) => state));
    expect(asking).toEqual(["pendingAcceptance", "PENDING"]);
  });

  test("once they have, every name is reached from executors and from their guests", async () => {
    const decisions = [
      ["accept", SERVICE_ID],
      ["accept", "packages", "causeway-dev-4f2a"],
      ["allow", "maven.edge.dev.example", "192.0.2.1"],
    ];
    for (const decision of decisions) expect((await causeway("customer", ...decision)).code).toBe(0);
    expect(await broken(true)).toEqual(["reached", "allowlist, customer", "reached"]);
    await causeway("customer", "allow", "maven.edge.dev.example", "192.0.2.2");
    expect([await broken(false), await broken(true)]).toEqual(Array(2).fill(Array(3).fill("reached")));
    const { code, stdout } = await causeway("reach", "executors/guest", NAMES[0]!);
    expect([code, stdout.trimEnd().split("\n").at(-1)]).toEqual([0, `a guest on executors reaches ${NAMES[0]}:443`]);
  });

  test("what the customer takes away stays away over the next command, and reach says whose it is", async () => {
    expect((await causeway("customer", "delete", SERVICE_ID)).code).toBe(0);
    expect((await causeway("refresh", "dev")).code).toBe(0);
    const { code, stdout } = await causeway("reach", "executors", NAMES[0]!);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^BROKEN {2}interface endpoint {2}vpce-\w+ was rejected by the customer$/m);
    expect(stdout).toContain("for the customer to put right");
    const shown = await causeway("status", "dev");
    expect(shown.stdout).toMatch(/^endpoints\n {2}vpce-\w+ +rejected /m);
  });

  test("fails for a decision that means nothing, with what there is", async () => {
    const wrong = await causeway("customer", "allow", "maven.edge.dev.example", "everybody");
    expect([wrong.code, wrong.stderr]).toEqual([2, "allow: expected an IPv4 address or *, got everybody\n"]);
    const nobody = await causeway("customer", "accept", "nothing");
    expect([nobody.code, nobody.stderr]).toEqual([
      2,
      "expected a service of a customer, got nothing; there are: maven.edge.dev.example, " +
        "projects/dev-customer-shared/regions/us-central1/serviceAttachments/packages\n",
    ]);
  });
});

describe("simulated clouds that do not exist yet", () => {
  test("fail with what to do first", async () => {
    const project = new ScratchProject();
    const { code, stderr } = await project.causeway("sandbox", "status");
    project.remove();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^no simulated clouds in \S+ yet; begin with causeway sandbox start\n$/);
  });
});
