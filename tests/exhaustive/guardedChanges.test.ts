// Every guarded change under its permit, on the real engine and simulated clouds: it goes through in one update and
// leaves nothing to do. How long the outage is that it causes only real clouds can show.
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { guardedPaths, guardedRegistryPaths } from "../../plan/guards.ts";
import { LiveStack, operations } from "../support/stack.ts";
import { Vault } from "../support/vault.ts";

const engine = inject("engine");

type Edit = readonly [from: string, to: string];

interface Case {
  /** The guarded path, as `guardedPaths` writes it. */
  readonly path: string;
  /** The permit for it in this file. */
  readonly permit: string;
  readonly edits: readonly Edit[];
}

const AWS = "privateCodeHost.aws";
const REGION = "        region: us-east-1\n";
const inAws = (text: string): Edit => [REGION, `${REGION}${text}`];
const LINK = "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0\n";
const OTHER_LINK = LINK.replace("0123456789abcdef0", "0fedcba9876543210");
const PSC = "privateCodeHost.gcp.privateServiceConnectEndpoints";
const SECOND_SUBNET = "executors: { ipCidrRange: 10.10.0.0/24 }, more: { ipCidrRange: 10.10.1.0/24 }";

const CASES: readonly Case[] = [
  { path: "gcp.routerAsn", permit: "gcp.routerAsn", edits: [["      region: us-central1\n", "      region: us-central1\n      routerAsn: 65010\n"]] },
  { path: "executors.subnets[<key>]", permit: "executors.subnets.more", edits: [[SECOND_SUBNET, "executors: { ipCidrRange: 10.10.0.0/24 }"]] },
  { path: "executorNAT", permit: "executorNAT", edits: [["    executorNAT:\n      addresses: { nat-1: {}, nat-2: {}, nat-3: { state: reserved } }\n", ""]] },
  { path: "executorNAT.addresses[<key>]", permit: "executorNAT.addresses.nat-3", edits: [[", nat-3: { state: reserved } }", " }"]] },
  { path: AWS, permit: AWS, edits: [[`      aws:\n        accountID: "222233334444"\n${REGION}        privateLinks:\n${LINK}${OTHER_LINK}`, ""], ["        - source: artifactory.dev.example # AWS PrivateLink: the endpoint's regional name flows in\n          privateLink: vpce-svc-0123456789abcdef0\n", ""]] },
  { path: `${AWS}.highAvailable`, permit: `${AWS}.highAvailable`, edits: [inAws("        highAvailable: false\n")] },
  { path: `${AWS}.privateLinks[<key>]`, permit: `${AWS}.privateLinks[vpce-svc-0fedcba9876543210]`, edits: [[OTHER_LINK, ""]] },
  { path: `${AWS}.vpcCidr`, permit: `${AWS}.vpcCidr`, edits: [inAws("        vpcCidr: 10.126.0.0/24\n")] },
  { path: `${AWS}.vpn.amazonSideAsn`, permit: `${AWS}.vpn.amazonSideAsn`, edits: [inAws("        vpn: { amazonSideAsn: 64600 }\n")] },
  { path: `${AWS}.vpn.insideCidr`, permit: `${AWS}.vpn.insideCidr`, edits: [inAws("        vpn: { insideCidr: 169.254.64.0/28 }\n")] },
  { path: `${AWS}.vpn.proposal`, permit: `${AWS}.vpn.proposal`, edits: [inAws("        vpn: { proposal: aes256gcm16-sha256-ecp384 }\n")] },
  { path: "privateCodeHost.gcp.subnet", permit: "privateCodeHost.gcp.subnet", edits: [["        subnet: executors\n", "        subnet: more\n"]] },
  { path: `${PSC}[<key>]`, permit: `${PSC}[packages.dev.example]`, edits: [["      gcp:\n        subnet: executors\n        privateServiceConnectEndpoints:\n          - domain: packages.dev.example\n            targetService: projects/dev-customer-shared/regions/us-central1/serviceAttachments/packages\n", ""]] },
  { path: `${PSC}[<key>].targetService`, permit: `${PSC}[packages.dev.example].targetService`, edits: [["serviceAttachments/packages", "serviceAttachments/packages-2"]] },
  { path: "health.dpdTimeoutSeconds", permit: "health.dpdTimeoutSeconds", edits: [["    registries:\n", "    health: { dpdTimeoutSeconds: 60 }\n    registries:\n"]] },
]; // prettier-ignore

/** What the cases start from: the dev customer with one more of whatever a case takes away. */
const MORE: readonly Edit[] = [
  ["executors: { ipCidrRange: 10.10.0.0/24 }", SECOND_SUBNET],
  ["nat-2: {} }", "nat-2: {}, nat-3: { state: reserved } }"],
  [LINK, LINK + OTHER_LINK],
  ["      gcp:\n        privateServiceConnectEndpoints:", "      gcp:\n        subnet: executors\n        privateServiceConnectEndpoints:"],
]; // prettier-ignore

test("there is a case for every guarded path of a connection; those of registries are in registryChanges.test.ts", () => {
  const paths = guardedPaths().filter((path) => !guardedRegistryPaths().includes(path));
  expect(CASES.map(({ path }) => path).sort()).toEqual(paths.sort());
});

describe.skipIf(engine === null)("under its permit", () => {
  const vault = new Vault();
  let stack: LiveStack;
  let base: string;
  let file: string;
  beforeAll(async () => {
    stack = new LiveStack(engine!, "dev", { secretsProvider: await vault.start(), inline: true });
    for (const edit of MORE) stack.project.edit("dev", ...edit);
    file = readFileSync(stack.project.customerFile("dev"), "utf8");
    await stack.run("up");
    base = stack.save();
  });
  afterAll(async () => {
    stack.remove();
    await vault.stop();
  });

  test.each(CASES)("a change of $path goes through and leaves nothing to do", async (given) => {
    stack.restore(base);
    writeFileSync(stack.project.customerFile("dev"), file);
    const permit = `    permits:\n      "${given.permit}": { reason: CHG-1 a planned change }\n`;
    stack.project.edit("dev", "    registries:\n", `${permit}    registries:\n`);
    await stack.run("up");
    for (const edit of given.edits) stack.project.edit("dev", ...edit);
    expect(operations((await stack.run("up")).steps).length).toBeGreaterThan(0);
    expect(operations((await stack.run("preview")).steps)).toEqual([]);
  });
});
