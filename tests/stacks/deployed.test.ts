/**
 * A customer file against what the last update left: V5, V29, V37 and V38. That a permit really lifts Pulumi's own
 * protection, and that an update records what it did, is for the engine tests.
 */
import { describe, expect, test } from "vitest";
import type { Deployed } from "../../plan/deployed.ts";
import { compareWithDeployed } from "../../plan/compare.ts";
import { guardKind, guardedPaths, guardedValues, isPermitted } from "../../plan/guards.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { ACME, TODAY, edited, notes, problems } from "./support.ts";
import type { Edit } from "./support.ts";

const customerOf = (edits: readonly Edit[]) =>
  parseCustomer(edited(ACME, edits), "acme.yaml", { today: TODAY }).customer;

/** What an update with these edits to the full example leaves. */
const deployedWith = (...edits: readonly Edit[]): Deployed => ({
  version: 1,
  values: guardedValues(customerOf(edits)),
  endpointStates: { "vpce-svc-0a1b2c3d4e5f67890": "available", "vpce-svc-0f9e8d7c6b5a43210": "pendingAcceptance" },
});

const LIVE = deployedWith();
const against = (deployed: Deployed | null, ...edits: readonly Edit[]): readonly string[] =>
  problems(edited(ACME, edits), { deployed });

/** The edit that leaves the full example with this permit alone. */
const permitting = (path: string): Edit => [
  / {4}permits:[\s\S]*/,
  `    permits: { "${path}": { reason: CHG-2000 agreed with the customer } }\n`,
];

/** Likewise, with one that no longer counts. */
const ended = (path: string): Edit => [
  / {4}permits:[\s\S]*/,
  `    permits: { "${path}": { reason: agreed long ago, until: 2026-11-20 } }\n`,
];

const AWS = "privateCodeHost.aws";
const KEEP = "keep it, or name the path under permits with a reason";

describe("V38: what is guarded or fixed on a live stack", () => {
  test("a file that has not changed has no problem", () => {
    expect(against(LIVE)).toEqual([]);
  });

  const FIXED: readonly (readonly [Edit, string])[] = [
    [
      ["name: acme ", "name: acme2 "],
      "2:7: name: expected acme as deployed, got acme2, which no deployed resource holds in its name; make a new stack beside it",
    ],
    [
      ["projectID: acme-prod-4f2a", "projectID: acme-prod-5b3c"],
      "8:18: ~.gcp.projectID: expected acme-prod-4f2a as deployed, got acme-prod-5b3c, which none of the deployed resources is in; make a new stack beside it",
    ],
    [
      ["existing: acme", "create: acme"],
      "10:16: ~.gcp.network: expected existing: acme as deployed, got create: acme, which none of the deployed resources is in; make a new stack beside it",
    ],
    [
      ['"111122223333"', '"444455556666"'],
      `34:20: ~.${AWS}.accountID: expected 111122223333 as deployed, got 444455556666, which would need the old and the new vpn at once on the same inside addresses; remove the aws block under its permit, deploy, then write the new one`,
    ],
  ];
  test.each(FIXED)("fails on %j, whatever is permitted", (edit, line) => {
    expect(against(LIVE, edit)).toEqual([line]);
  });

  test("fails on another region, which is fixed", () => {
    const region = /us-central1/g;
    expect(against(LIVE, [region, "us-east4"])).toEqual([
      "9:15: ~.gcp.region: expected us-central1 as deployed, got us-east4, which none of the deployed resources is in; make a new stack beside it",
      "53:28: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].targetService: expected projects/acme-shared/regions/us-central1/serviceAttachments/packages as deployed, got projects/acme-shared/regions/us-east4/serviceAttachments/packages, which replaces the forwarding rule, down until accepted; keep it, or name the path under permits with a reason",
    ]);
  });

  const GUARDED: readonly (readonly [path: string, Edit, string])[] = [
    [
      "gcp.routerAsn",
      ["routerAsn: 65001", "routerAsn: 65002"],
      `11:18: ~.gcp.routerAsn: expected 65001 as deployed, got 65002, which replaces the customer gateways and drops t0-t3; ${KEEP}`,
    ],
    [
      `${AWS}.highAvailable`,
      ["highAvailable: true", "highAvailable: false"],
      `36:24: ~.${AWS}.highAvailable: expected true as deployed, got false, which replaces the external vpn gateway and t0-t3, all down for minutes; follow the staged procedure, or name the path under permits with a reason`,
    ],
    [
      `${AWS}.vpcCidr`,
      ["10.127.0.0/24", "10.128.0.0/24"],
      `42:18: ~.${AWS}.vpcCidr: expected 10.127.0.0/24 as deployed, got 10.128.0.0/24, which replaces vpc, subnets and endpoints, no path until accepted again; ${KEEP}`,
    ],
    [
      `${AWS}.vpn.amazonSideAsn`,
      ["amazonSideAsn: 64512", "amazonSideAsn: 64513"],
      `45:26: ~.${AWS}.vpn.amazonSideAsn: expected 64512 as deployed, got 64513, which replaces the vpn gateway and drops t0-t3; ${KEEP}`,
    ],
    [
      `${AWS}.vpn.insideCidr`,
      ["169.254.32.0/28", "169.254.33.0/28"],
      `46:23: ~.${AWS}.vpn.insideCidr: expected 169.254.32.0/28 as deployed, got 169.254.33.0/28, which replaces the vpn connections, the external gateway and the tunnels and drops t0-t3; ${KEEP}`,
    ],
    [
      `${AWS}.vpn.proposal`,
      ["aes256-sha256-modp2048", "aes256gcm16-sha256-ecp384"],
      `47:21: ~.${AWS}.vpn.proposal: expected aes256-sha256-modp2048 as deployed, got aes256gcm16-sha256-ecp384, which makes aws edit the tunnels in place, one at a time per connection, each down for minutes; ${KEEP}`,
    ],
    [
      "privateCodeHost.gcp.subnet",
      ["subnet: executors-a", "subnet: executors-b"],
      `50:17: ~.privateCodeHost.gcp.subnet: expected executors-a as deployed, got executors-b, which gives every endpoint a new address and rule; ${KEEP}`,
    ],
    [
      "privateCodeHost.gcp.privateServiceConnectEndpoints[packages.gcp.acme.example].targetService",
      ["serviceAttachments/packages", "serviceAttachments/npm"],
      `53:28: ~.privateCodeHost.gcp.privateServiceConnectEndpoints[0].targetService: expected projects/acme-shared/regions/us-central1/serviceAttachments/packages as deployed, got projects/acme-shared/regions/us-central1/serviceAttachments/npm, which replaces the forwarding rule, down until accepted; ${KEEP}`,
    ],
    [
      "health.dpdTimeoutSeconds",
      ["dpdTimeoutSeconds: 30", "dpdTimeoutSeconds: 45"],
      `69:57: ~.health.dpdTimeoutSeconds: expected 30 as deployed, got 45, which makes aws edit the tunnels in place, one at a time per connection, each down for minutes; ${KEEP}`,
    ],
  ];
  describe.each(GUARDED)("%s", (path, edit, line) => {
    test("fails without a permit", () => {
      expect(against(LIVE, edit)).toEqual([line]);
    });
    test("fails in the update that brings its permit, and passes one update later", () => {
      const [soon] = against(LIVE, edit, permitting(path));
      expect(soon).toBe(
        line.replace(/, which .*/, " in the update that brings its permit; deploy the permit first, then change it"),
      );
      expect(against(deployedWith(permitting(path)), edit, permitting(path))).toEqual([]);
    });
    test("fails with a permit for something else, and with one past its date, whose end it tells", () => {
      expect(against(LIVE, edit, permitting("executorNAT"))).toEqual([line]);
      const over = line.replace(/or name .*$/, "or give its permit a later date: it ended on 2026-11-20");
      expect(against(LIVE, edit, ended(path))).toEqual([over]);
      expect(against(deployedWith(permitting(path)), edit, ended(path))).toEqual([over]);
    });
    test("fails in the update that drops its permit, which is needed until then", () => {
      const kept = line.replace(/or name .*$/, "or keep its permit in the file until this is deployed");
      expect(against(deployedWith(permitting(path)), edit, permitting("executorNAT"))).toEqual([kept]);
    });
  });

  test("passes with a permit for the block above", () => {
    const edit: Edit = ["10.127.0.0/24", "10.128.0.0/24"];
    expect(against(deployedWith(permitting(AWS)), edit, permitting(AWS))).toEqual([]);
  });

  test("fails on a created subnet that moves, but not on one that grows or one that is only read", () => {
    const created: Edit = ["existing: acme", "create: acme"];
    const live = deployedWith(created);
    expect(against(live, created, ["10.10.1.0/24", "10.10.8.0/24"])).toEqual([
      `16:90: ~.executors.subnets.executors-b.ipCidrRange: expected 10.10.1.0/24 as deployed, got 10.10.8.0/24, which replaces the subnet under its executors; add a subnet beside it, move the executors, then remove this one under its permit`,
    ]);
    const grown: readonly Edit[] = [created, ["10.10.0.0/24", "10.9.0.0/24"]];
    expect(against(deployedWith(...grown), ...grown, ["10.10.1.0/24", "10.10.0.0/23"])).toEqual([]);
    expect(against(LIVE, ["10.10.1.0/24", "10.10.8.0/24"])).toEqual([]);
  });
});

describe("V38: what is taken away", () => {
  const LINK = `${AWS}.privateLinks[vpce-svc-0f9e8d7c6b5a43210]`;
  const NO_LINK: Edit = [/ {10}- endpoint: \S+43210.*\n.*\n/, ""];
  const STEPS = "name it under permits with a reason, deploy that, then remove it";

  test("fails on a link without a permit", () => {
    expect(against(LIVE, NO_LINK)).toEqual([
      `38:11: ~.${AWS}.privateLinks: expected ${LINK} as deployed, got it removed, which takes its path away, and the customer may have to accept again; ${STEPS}`,
    ]);
  });

  test("fails on a link in the update that brings its permit, and passes one update later", () => {
    expect(against(LIVE, NO_LINK, permitting(LINK))).toEqual([
      `38:11: ~.${AWS}.privateLinks: expected ${LINK} as deployed, got it removed in the update that brings its permit; deploy the permit first, then remove it`,
    ]);
    expect(against(deployedWith(permitting(LINK)), NO_LINK, permitting(LINK))).toEqual([]);
  });

  test("fails on a link in the update that also drops its permit, or whose permit ended", () => {
    const start = `38:11: ~.${AWS}.privateLinks: expected ${LINK} as deployed, got it removed, which takes its path away, and the customer may have to accept again`;
    const live = deployedWith(permitting(LINK));
    expect(against(live, NO_LINK, permitting("executorNAT"))).toEqual([
      `${start}; keep its permit in the file until this is deployed`,
    ]);
    expect(against(live, NO_LINK, ended(AWS))).toEqual([
      `${start}; give its permit a later date: it ended on 2026-11-20`,
    ]);
  });

  test("fails once for a whole block", () => {
    expect(
      against(
        LIVE,
        [/ {6}aws: {10,}#[\s\S]*?\n {6}gcp:/, "      gcp:"],
        [/ {8}- source: artifactory[\s\S]*?(?= {8}- source: pypi)/, ""],
      ),
    ).toEqual([
      `29:5: ~.${AWS}: expected ${AWS} as deployed, got it removed, which drops t0-t3 and every link; ${STEPS}`,
    ]);
  });

  test("fails on a private service connect endpoint", () => {
    const edits: readonly Edit[] = [
      [/ {8}- source: pypi[\s\S]*?(?= {8}- source: maven)/, ""],
      [/ {8}privateServiceConnectEndpoints:\n[\s\S]*?\n {4}registries:/, "    registries:"],
    ];
    expect(against(LIVE, ...edits)).toEqual([
      `47:7: ~.privateCodeHost.gcp.privateServiceConnectEndpoints: expected privateCodeHost.gcp.privateServiceConnectEndpoints[packages.gcp.acme.example] as deployed, got it removed, which takes its path away, and the customer may have to accept again; ${STEPS}`,
    ]);
  });

  test("fails on the static addresses as a whole", () => {
    const edits: readonly Edit[] = [
      [/ {4}executorNAT: {10,}#[\s\S]*?\n {4}executorPrivateDNS:/, "    executorPrivateDNS:"],
    ];
    expect(against(LIVE, ...edits)).toEqual([
      `6:3: ~.executorNAT: expected executorNAT as deployed, got it removed, which makes the customer's allowlist stale; ${STEPS}`,
    ]);
  });

  test("fails on a created subnet, which takes its executors' connections with it", () => {
    const live = deployedWith(["existing: acme", "create: acme"]);
    expect(against(live, ["existing: acme", "create: acme"], [/, executors-b: \{.*?\}/, ""])).toEqual([
      `16:7: ~.executors.subnets.executors-b: expected executors.subnets[executors-b] as deployed, got it removed, which cuts every connection of the executors in it; ${STEPS}`,
    ]);
  });

  test("a link that cannot be read is not one that was taken away", () => {
    const lines = against(LIVE, [
      "endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210",
      "endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0f9e",
    ]);
    expect(lines.length).toBe(1);
    expect(lines[0]).toContain(
      "privateLinks[0].endpoint: expected com.amazonaws.vpce.us-east-1.vpce-svc-<8 or 17 hex digits>",
    );
  });
});

describe("V29: an address serves, drains and goes, in this order", () => {
  const state = (key: string, now: string): Edit => [new RegExp(`${key}: \\{[^}]*\\}`), `${key}: { state: ${now} }`];
  const four: Edit = ["nat-2: {},", "nat-2: {}, nat-4: {},"];

  test("passes from reserved to active, and from active to draining", () => {
    expect(against(LIVE, state("nat-3", "active"))).toEqual([]);
    expect(against(deployedWith(four), four, state("nat-4", "draining"))).toEqual([]);
  });

  test("fails on draining an address that never served, on a live stack and a new one", () => {
    expect(against(LIVE, state("nat-3", "draining"))).toEqual([
      "18:58: ~.executorNAT.addresses.nat-3.state: expected reserved or active for an address that is reserved, got draining; only an active address can drain",
    ]);
    expect(against(null, state("nat-3", "draining"))).toEqual([
      "18:58: ~.executorNAT.addresses.nat-3.state: expected reserved or active for a new address, got draining; only an active address can drain",
    ]);
  });

  test("is silent on draining where nobody knows what is deployed", () => {
    expect(problems(edited(ACME, [state("nat-3", "draining")]))).toEqual([]);
  });

  test("fails on taking the traffic from an address at once", () => {
    expect(against(deployedWith(four), four, state("nat-4", "reserved"))).toEqual([
      "18:58: ~.executorNAT.addresses.nat-4.state: expected active or draining as deployed active, got reserved, which cuts open connections; write draining first",
    ]);
  });

  test("fails on removing an active address even with a permit, and passes once it is reserved", () => {
    const leave = permitting("executorNAT.addresses[nat-4]");
    expect(against(deployedWith(four, leave), leave)).toEqual([
      "18:7: ~.executorNAT.addresses.nat-4: expected executorNAT.addresses[nat-4] as deployed, got it removed while active; set state: draining, deploy, then remove it",
    ]);
    expect(against(deployedWith(four, state("nat-4", "reserved"), leave), leave)).toEqual([]);
  });
});

describe("V37: one tunnel gets a new key per update", () => {
  const generations = (text: string): Edit => ["{ t2: 2 }", text];
  const PATH = `~.${AWS}.vpn.pskGenerations`;

  test("passes when one generation rises", () => {
    expect(against(LIVE, generations("{ t2: 3 }"))).toEqual([]);
  });

  test("fails when a generation falls", () => {
    expect(against(LIVE, generations("{ t2: 1 }"))).toEqual([
      `48:33: ${PATH}.t2: expected 2 or more as deployed, got 1; a generation only rises, write 2`,
    ]);
  });

  test("fails when two rise in one update", () => {
    expect(against(LIVE, generations("{ t0: 2, t2: 3 }"))).toEqual([
      `48:40: ${PATH}.t2: expected one tunnel's generation raised per update, got t0 and t2; raise t2 in the next update`,
    ]);
  });
});

describe("V5: private dns waits for the customer", () => {
  const of = (service: string): readonly Edit[] => [
    [/ {12}privateDnsEnabled: false.*\n/, ""],
    [new RegExp(`(?<=${service}).*\\n`), "\n            privateDnsEnabled: true\n"],
  ];
  const message = (state: string): string =>
    `expected false until the endpoint is available, got true while it is ${state}; write false, and true once the customer has accepted`;

  test("passes on an endpoint that is available", () => {
    expect(against(LIVE, ["privateDnsEnabled: false", "privateDnsEnabled: true"])).toEqual([]);
  });

  test("fails on an endpoint that waits for acceptance", () => {
    expect(against(LIVE, ...of("endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0f9e8d7c6b5a43210"))).toEqual([
      `39:32: ~.${AWS}.privateLinks[0].privateDnsEnabled: ${message("pendingAcceptance")}`,
    ]);
  });

  test("fails before the first update", () => {
    expect(against(null, ["privateDnsEnabled: false", "privateDnsEnabled: true"])).toEqual([
      `41:32: ~.${AWS}.privateLinks[1].privateDnsEnabled: ${message("not deployed yet")}`,
    ]);
  });

  test("is a note where nobody knows", () => {
    expect(notes(edited(ACME, [["privateDnsEnabled: false", "privateDnsEnabled: true"]]))).toContain(
      `41:32: ~.${AWS}.privateLinks[1].privateDnsEnabled: true needs an endpoint the customer has accepted, which this check cannot see`,
    );
  });
});

describe("the guards themselves", () => {
  test("every guarded path is one a permit may name, and fixed ones are none", () => {
    const paths = guardedPaths().map((path) => path.replaceAll("<key>", "a"));
    expect(paths.filter((path) => !path.startsWith("registries[")).length).toBe(15);
    expect(paths.map(guardKind)).toEqual(paths.map(() => "guarded"));
    expect(["name", "gcp.projectID", "gcp.region", "gcp.network"].map(guardKind)).toEqual(Array(4).fill("fixed"));
    expect(["privateCodeHost", "privateCodeHost.aws.vpn", "executors"].map(guardKind)).toEqual(
      Array(3).fill("guarded"),
    );
    expect(["registries[a].dnsName", "privateCodeHost.aw", "executorNAT.addresses[<key>]"].map(guardKind)).toEqual(
      Array(3).fill("none"),
    );
  });

  test("a permit covers its path and what lies below, in either spelling of a map's member", () => {
    const permits = ["privateCodeHost.aws.vpn", "executorNAT.addresses.nat-1"].map((path) => ({
      path,
      reason: "agreed",
    }));
    const permitted = (path: string): boolean => isPermitted({ permits }, path);
    expect(permitted("privateCodeHost.aws.vpn.proposal")).toBe(true);
    expect(permitted("privateCodeHost.aws.vpnProposal")).toBe(false);
    expect(permitted("privateCodeHost.aws")).toBe(false);
    expect(permitted("executorNAT.addresses[nat-1].state")).toBe(true);
    expect(permitted("executorNAT.addresses[nat-10]")).toBe(false);
  });

  test("what is recorded of the full example holds no secret and names members by key", () => {
    const values = guardedValues(customerOf([]));
    expect(Object.keys(values).length).toBe(34);
    expect(values).toMatchObject({
      name: "acme",
      "gcp.network": "existing: acme",
      "executorNAT.addresses[nat-3].state": "reserved",
      "privateCodeHost.aws.privateLinks[vpce-svc-0f9e8d7c6b5a43210]": true,
      "privateCodeHost.aws.vpn.pskGenerations.t2": 2,
      "permits[executorNAT.addresses[nat-3]]": true,
    });
  });

  test("a customer of which nothing is deployed yet has nothing to compare with", () => {
    expect(compareWithDeployed(customerOf([]), null)).toEqual([]);
  });
});
