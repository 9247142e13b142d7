// Every edit a customer makes over the years, on the real engine, each from the same deployed customer: the exact
// operations, which tunnels drop, and which registries cannot be reached at some moment, looked at before every request.
// Between two requests nothing happens here; in the clouds a request takes seconds to minutes, and sessions have timers.
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { editObject, listObjects, removeObject, type World } from "../../sandbox/index.ts";
import { applyEdit, type Effect } from "../support/edits.ts";
import { run } from "../support/project.ts";
import { leaks, LiveStack } from "../support/stack.ts";

const engine = inject("engine");
const NAME = "dev-aws-222233334444-us-east-1";
const LINK = "dev-vpce-svc-0123456789abcdef0";
const SECOND_LINK = "dev-vpce-svc-0fedcba9876543210";
const MORE = "dev-psc-more-4f398bab";
const REGISTRIES = ["artifactory.dev.example", "maven.dev.example", "packages.dev.example"];

type Edit = readonly [from: string, to: string];
const FIRST = "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0\n";
const SECOND = "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0fedcba9876543210\n";
const REGION = "        region: us-east-1\n";
const PSC = "            targetService: projects/dev-customer-shared/regions/us-central1/serviceAttachments/packages\n";
const OTHER_PSC =
  "          - domain: more.dev.example\n" +
  "            targetService: projects/dev-customer-shared/regions/us-central1/serviceAttachments/more\n";
const ROUTES = "          resolverIP: 198.51.100.53\n";
const MAVEN =
  "        - source: maven.dev.example # public load balancer that allowlists nat-1 and nat-2\n" +
  "          destination: maven.edge.dev.example\n";
const ADDRESSES = "addresses: { nat-1: {}, nat-2: {} }";
const permit = (path: string): Edit => [
  "    registries:\n",
  `    permits: { "${path}": { reason: agreed with the customer } }\n    registries:\n`,
];
const addresses = (text: string): Edit => [ADDRESSES, `addresses: { ${text} }`];

interface Case {
  readonly name: string;
  /** Deployed first. */
  readonly before?: readonly (readonly Edit[])[];
  readonly edits: readonly Edit[];
  readonly operations: readonly string[];
  /** @default none */
  readonly dropped?: readonly string[];
  /** @default none */
  readonly unreachable?: readonly string[];
}

const METADATA = "update ProjectMetadataItem dev";
const NAT = "update RouterNat dev-nat";
const rule = (link: string, subnet: string, port: number): string =>
  `SecurityGroupIngressRule ${link}-${subnet}-${port}`;
const tunnel = (operation: string, key: string): string[] =>
  ["RouterInterface", "RouterPeer", "VPNTunnel"].map((type) => `${operation} ${type} ${NAME}-${key}`);
const RELEASED = permit("privateCodeHost.aws.privateLinks[vpce-svc-0fedcba9876543210]");
const [RESERVED, ACTIVE, DRAINING] = ["{ state: reserved }", "{}", "{ state: draining }"];

const CASES: readonly Case[] = [
  {
    name: "a private link is added",
    edits: [[FIRST, FIRST + SECOND]],
    operations: [
      `create SecurityGroup ${SECOND_LINK}`,
      `create ${rule(SECOND_LINK, "executors", 443)}`,
      `create VpcEndpoint ${SECOND_LINK}`,
    ],
  },
  {
    name: "a private link is removed, its permit one update earlier",
    before: [[[FIRST, FIRST + SECOND], RELEASED]],
    edits: [[SECOND, ""]],
    operations: [
      `delete SecurityGroup ${SECOND_LINK}`,
      `delete ${rule(SECOND_LINK, "executors", 443)}`,
      `delete VpcEndpoint ${SECOND_LINK}`,
    ],
  },
  {
    name: "a port is added to a private link",
    edits: [[FIRST, `${FIRST}            ports: [443, 8443]\n`]],
    operations: [`create ${rule(LINK, "executors", 8443)}`, `update Firewall ${NAME}-allow`, METADATA],
  },
  {
    name: "a port is added to a private service connect endpoint",
    edits: [[PSC, `${PSC}            ports: [443, 8443]\n`]],
    operations: ["update Firewall dev-psc-packages-79395c78-allow", METADATA],
  },
  {
    name: "a private service connect endpoint is added",
    edits: [[PSC, PSC + OTHER_PSC]],
    operations: [
      `create Address ${MORE}`,
      `create Firewall ${MORE}-allow`,
      `create Firewall ${MORE}-deny`,
      `create ForwardingRule ${MORE}`,
      `create ManagedZone ${MORE}`,
      `create RecordSet ${MORE}`,
      METADATA,
    ],
  },
  {
    name: "a route is added",
    edits: [[ROUTES, `${ROUTES}        - source: go.dev.example\n          privateLink: vpce-svc-0123456789abcdef0\n`]],
    operations: [METADATA],
  },
  { name: "a route is changed", edits: [["198.51.100.53", "198.51.100.54"]], operations: [METADATA] },
  {
    name: "a route is dropped, and its registry is a public one from then on",
    edits: [[MAVEN + ROUTES, ""]],
    operations: [METADATA],
  },
  { name: "dns-proxy gets another version", edits: [["202311201628", "202402201628"]], operations: [METADATA] },
  {
    name: "a nat address is reserved, and carries nothing yet",
    edits: [addresses(`nat-1: {}, nat-2: {}, nat-3: ${RESERVED}`)],
    operations: ["create Address dev-nat-3"],
  },
  {
    name: "a reserved nat address is activated",
    before: [[addresses(`nat-1: {}, nat-2: {}, nat-3: ${RESERVED}`)]],
    edits: [[RESERVED, ACTIVE]],
    operations: [NAT],
  },
  {
    name: "a nat address is drained",
    before: [[addresses("nat-1: {}, nat-2: {}, nat-3: {}")]],
    edits: [["nat-1: {}", `nat-1: ${DRAINING}`]],
    operations: [NAT],
  },
  {
    name: "a drained nat address is given up, its permit one update earlier",
    before: [
      [addresses("nat-1: {}, nat-2: {}, nat-3: {}")],
      [["nat-1: {}", `nat-1: ${DRAINING}`], permit("executorNAT.addresses[nat-1]")],
    ],
    edits: [[`nat-1: ${DRAINING}, `, ""]],
    operations: ["delete Address dev-nat-1", NAT],
  },
  {
    name: "executors get more source ports",
    edits: [[`      ${ADDRESSES}`, `      minPortsPerVm: 512\n      ${ADDRESSES}`]],
    operations: [NAT],
  },
  {
    name: "an executor subnet is added",
    edits: [
      [
        "subnets: { executors: { ipCidrRange: 10.10.0.0/24 } }",
        "subnets: { executors: { ipCidrRange: 10.10.0.0/24 }, executors-b: { ipCidrRange: 10.10.1.0/24 } }",
      ],
      ["        privateServiceConnectEndpoints", "        subnet: executors\n        privateServiceConnectEndpoints"],
    ],
    operations: [
      `create ${rule(LINK, "executors-b", 443)}`,
      "create Subnetwork executors-b",
      "update Router dev-vpn",
      NAT,
    ],
  },
  {
    name: "one key generation is raised",
    edits: [[REGION, `${REGION}        vpn: { pskGenerations: { t2: 2 } }\n`]],
    operations: [`replace RandomPassword ${NAME}-t2`, ...tunnel("replace", "t2"), `update VpnConnection ${NAME}-b`],
    dropped: ["t2"],
  },
  {
    name: "the display name is changed: the hand-off, and no resource",
    edits: [["displayName: Development", "displayName: Another"]],
    operations: [],
  },
  {
    name: "the proposal is changed, its permit one update earlier: aws edits every tunnel, one of a connection at a time",
    before: [[permit("privateCodeHost.aws.vpn.proposal")]],
    edits: [[REGION, `${REGION}        vpn: { proposal: aes256gcm16-sha256-ecp384 }\n`]],
    operations: [`update VpnConnection ${NAME}-a`, `update VpnConnection ${NAME}-b`],
    dropped: ["t0", "t1", "t2", "t3"],
  },
  {
    name: "dead peer detection is changed, its permit one update earlier: as the proposal",
    before: [[permit("health.dpdTimeoutSeconds")]],
    edits: [["    registries:\n", "    health: { dpdTimeoutSeconds: 60 }\n    registries:\n"]],
    operations: [`update VpnConnection ${NAME}-a`, `update VpnConnection ${NAME}-b`],
    dropped: ["t0", "t1", "t2", "t3"],
  },
  {
    name: "the keepalive interval is changed",
    edits: [["    registries:\n", "    health: { keepaliveInterval: 30 }\n    registries:\n"]],
    operations: ["update Router dev-vpn"],
  },
  {
    name: "logs are kept longer",
    edits: [["    registries:\n", "    health: { logRetentionDays: 90 }\n    registries:\n"]],
    operations: [`update LogGroup ${NAME}-flow`, `update LogGroup ${NAME}-vpn`],
  },
];

describe.skipIf(engine === null)("an edit of a customer's file", () => {
  let stack: LiveStack;
  let base: string;
  let text: string;
  const edit = (edits: readonly Edit[]): void => {
    for (const [from, to] of edits) stack.project.edit("dev", from, to);
  };
  const fresh = (): void => {
    stack.restore(base);
    writeFileSync(stack.project.customerFile("dev"), text);
  };

  beforeAll(async () => {
    stack = new LiveStack(engine!, "dev", { inline: true });
    text = readFileSync(stack.project.customerFile("dev"), "utf8");
    await stack.run("up");
    base = stack.save();
  });
  afterAll(() => stack.remove());

  test.each(CASES)("$name", async ({ before = [], edits, operations, dropped = [], unreachable = [] }) => {
    fresh();
    for (const earlier of before) {
      edit(earlier);
      await stack.run("up");
    }
    edit(edits);
    const effect: Effect = { operations: [...operations].sort(), dropped, unreachable };
    expect(await applyEdit(stack, REGISTRIES)).toEqual(effect);
    expect((await stack.command("preview")).text).toMatch(/^dev: no changes/);
  });

  test("labels go onto everything that carries any, and drop nothing", async () => {
    fresh();
    edit([["labels: { tier: dev }", "labels: { tier: dev, cost: a1 }"]]);
    const { operations, dropped, unreachable } = await applyEdit(stack, REGISTRIES);
    expect(operations.filter((one) => !one.startsWith("update "))).toEqual([]);
    expect([dropped, unreachable]).toEqual([[], []]);
    const lacking = await stack.world((world) =>
      listObjects(world)
        .filter(({ tags }) => tags !== undefined && tags["cost"] !== "a1")
        .map(({ type, name }) => `${type} ${name}`),
    );
    expect(lacking).toEqual([]);
  });

  test("fails on another region, with the reason and what to do", async () => {
    fresh();
    edit([
      [REGION, "        region: us-west-2\n"],
      ["vpce.us-east-1.", "vpce.us-west-2."],
    ]);
    const { code, text: said } = await stack.command("up");
    expect(code).toBe(2);
    expect(said).toContain(
      "spec.infrastructure.privateCodeHost.aws.region: expected us-east-1 as deployed, got us-west-2, which would need the " +
        "old and the new vpn at once on the same inside addresses; remove the aws block under its permit, deploy, then write the new one",
    );
    fresh();
    edit([
      ["      region: us-central1\n", "      region: us-east1\n"],
      ["regions/us-central1", "regions/us-east1"],
    ]);
    expect((await stack.command("up")).text).toContain(
      "expected us-central1 as deployed, got us-east1, which none of the deployed resources is in; make a new stack beside it",
    );
  });

  // Two tunnels cannot become four one after the other: Google's external gateway and its tunnels would have to exist
  // twice for a while (network design, "non-HA to HA"), and the program has one of each. Every tunnel drops, and the file says so.
  test("from two tunnels to four every tunnel drops and the registry behind them cannot be reached meanwhile", async () => {
    fresh();
    edit([permit("privateCodeHost.aws.highAvailable")]);
    await stack.run("up");
    edit([[REGION, `${REGION}        highAvailable: false\n        availabilityZoneIDs: [use1-az1, use1-az2]\n`]]);
    const down = await applyEdit(stack, REGISTRIES);
    edit([["        highAvailable: false\n", ""]]);
    const up = await applyEdit(stack, REGISTRIES);
    expect(down.unreachable).toEqual(["artifactory.dev.example"]);
    expect({ dropped: up.dropped, unreachable: up.unreachable }).toEqual({
      dropped: ["t0", "t1"],
      unreachable: ["artifactory.dev.example"],
    });
    expect(up.operations).toEqual(
      [
        `create CustomerGateway ${NAME}-b`,
        `create RandomPassword ${NAME}-t2`,
        `create RandomPassword ${NAME}-t3`,
        ...tunnel("create", "t2"),
        ...tunnel("create", "t3"),
        `create VpnConnection ${NAME}-b`,
        `replace ExternalVpnGateway ${NAME}`,
        ...tunnel("replace", "t0"),
        ...tunnel("replace", "t1"),
      ].sort(),
    );
  });

  describe("what somebody changes by hand", () => {
    const keyOf = (world: World, type: string, name: string): string =>
      listObjects(world).find((each) => each.type.endsWith(`:${type}`) && each.name === name)!.key;
    const HANDS: readonly [string, (world: World) => Promise<void>, RegExp][] = [
      [
        "a deleted tunnel",
        async (world) => {
          for (const type of ["RouterPeer", "RouterInterface", "VPNTunnel"])
            await removeObject(world, keyOf(world, type, `${NAME}-t1`));
        },
        /VPNTunnel \S+-t1: gone\n {4}that tunnel carries nothing/,
      ],
      [
        "an edited ingress rule",
        (world) =>
          editObject(world, keyOf(world, "SecurityGroupIngressRule", `${LINK}-executors-443`), {
            fromPort: 8443,
            toPort: 8443,
          }),
        /executors-443: changed \(fromPort, toPort\)\n {4}executors are refused on the planned port, or others are let in/,
      ],
      [
        "an extra advertised range",
        (world) => {
          const router = keyOf(world, "Router", "dev-vpn");
          const bgp = world.get(router)!.args["bgp"] as { advertisedIpRanges: object[] };
          const advertisedIpRanges = [...bgp.advertisedIpRanges, { range: "10.99.0.0/16" }];
          return editObject(world, router, { bgp: { ...bgp, advertisedIpRanges } });
        },
        /Router dev-vpn: changed \(bgp\.advertisedIpRanges\)\n {4}aws is told of other ranges than the executors'/,
      ],
      [
        "a changed nat",
        (world) => {
          const nat = keyOf(world, "RouterNat", "dev-nat");
          return editObject(world, nat, { natIps: (world.get(nat)!.args["natIps"] as string[]).slice(1) });
        },
        /RouterNat dev-nat: changed \(natIps\)\n {4}executors may leave from addresses the customer has not allowed/,
      ],
    ];

    test.each(HANDS)("%s is drift, and put right by the next update", async (_name, change, sentence) => {
      fresh();
      await stack.world(change);
      const drifted = await stack.drift();
      expect(drifted.code).toBe(5);
      expect(drifted.text).toMatch(sentence);
      expect((await stack.command("up")).code).toBe(0);
      expect(await stack.drift()).toEqual({ code: 0, text: "dev: as deployed" });
    });
  });

  test("no pre-shared key is anywhere in clear after all that, failures included", async () => {
    fresh();
    edit([[REGION, `${REGION}        vpn: { pskGenerations: { t2: 2 } }\n`]]);
    const error = await stack.failure("up", ({ method, type }) =>
      method === "create" && type.endsWith(":VPNTunnel") ? new Error("Throttling: Rate exceeded") : undefined,
    );
    expect(error.code).toBe("failed");
    await stack.failure("up", ({ method, type }) =>
      method === "create" && type.endsWith(":VPNTunnel") ? stack.killAfter() : undefined,
    );
    expect((await stack.recover()).code).toBe(0);
    const keys = await presharedKeys(stack);
    expect(keys.length).toBeGreaterThanOrEqual(4);
    expect(leaks(stack.project.root, keys)).toEqual([]);
    expect(stack.said.filter((said) => keys.some((key) => said.includes(key)))).toEqual([]);
  });
});

/** Every key in the state, as only somebody with its passphrase can read them. */
async function presharedKeys(stack: LiveStack): Promise<string[]> {
  const folder = `${stack.project.root}/.causeway/sandbox`;
  const { stdout } = await run(
    engine!.path,
    ["stack", "export", "--show-secrets", "--stack", "dev"],
    `${folder}/stacks/dev`,
    {
      PULUMI_BACKEND_URL: `file://${folder}/state`,
      PULUMI_HOME: `${folder}/pulumi`,
      PULUMI_CONFIG_PASSPHRASE: "simulated clouds only",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  );
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { type: string; outputs?: { result?: { plaintext?: string } } }[] };
  };
  return deployment.resources
    .filter(({ type }) => type === "random:index/randomPassword:RandomPassword")
    .map(({ outputs }) => JSON.parse(outputs?.result?.plaintext ?? '""') as string)
    .filter((key) => key.length === 31);
}
