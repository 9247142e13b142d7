// `index.ts` as it is, run in process for every customer file here. What the engine and the clouds make of it is for the
// engine tier.
import { copyFileSync, readdirSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resourceGraph, type Graph } from "../engine/graph.ts";
import main from "../index.ts";
import type { Deployed } from "../plan/deployed.ts";
import { answers } from "./support/declared.ts";
import { program as customerProgram } from "../stacks/program.ts";
import { ROOT, ScratchProject } from "./support/project.ts";

interface Run {
  readonly file: string;
  readonly stack?: string;
  readonly config?: Record<string, string>;
  readonly deployed?: Deployed;
  /** Range every existing subnet is found to have. @default what the file says */
  readonly subnet?: string;
}

/** Runs the program as the engine would, on a stack that last recorded `deployed`. */
function program({ file, stack = "test", config = {}, deployed, subnet }: Run): Promise<Graph> {
  const subnets = new Map(
    Array.from(readFileSync(file, "utf8").matchAll(/([a-z-]+): \{ ipCidrRange: ([\d./]+) \}/g), ([, name, range]) => [
      name,
      range,
    ]),
  );
  return resourceGraph(async () => ({ ...(await main()) }), {
    project: "causeway",
    stack,
    preview: false,
    config: { "causeway:customer": file, ...config },
    outputs: answers,
    invoke: (token, args) => {
      if (token === "pulumi:pulumi:readStackOutputs")
        return { name: args["name"], outputs: deployed === undefined ? {} : { deployed } };
      const name = String(args["name"]);
      const network = "https://example.test/projects/p/global/networks/n";
      return {
        ...args,
        selfLink: token.includes("getNetwork") ? network : `https://example.test/projects/${name}`,
        ipCidrRange: subnet ?? subnets.get(name),
        network,
      };
    },
  });
}

const folders = ["stacks/customers", "tests/fixtures/customers"].map((folder) => join(ROOT, folder));
const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));

describe("every customer file here", () => {
  test("is known to this list, so that none is left out", () => {
    expect(files.map((file) => file.slice(ROOT.length + 1)).sort()).toEqual([
      "stacks/customers/acme.yaml",
      "stacks/customers/both-ends.yaml",
      "stacks/customers/dev.yaml",
      "tests/fixtures/customers/aws-private-link.yaml",
      "tests/fixtures/customers/before-answer.yaml",
      "tests/fixtures/customers/dns-proxy.yaml",
      "tests/fixtures/customers/made-registries.yaml",
      "tests/fixtures/customers/private-service-connect.yaml",
      "tests/fixtures/customers/public-load-balancer.yaml",
    ]);
  });

  test.each([
    ["stacks/customers/acme.yaml", 74],
    ["stacks/customers/dev.yaml", 69],
    ["tests/fixtures/customers/before-answer.yaml", 50],
    ["tests/fixtures/customers/dns-proxy.yaml", 3],
    ["tests/fixtures/customers/aws-private-link.yaml", 50],
    ["tests/fixtures/customers/made-registries.yaml", 96],
    ["tests/fixtures/customers/private-service-connect.yaml", 8],
    ["tests/fixtures/customers/public-load-balancer.yaml", 6],
  ])("%s declares %i resources and no secret output", async (file, count) => {
    const graph = await program({ file: join(ROOT, file) });
    expect(graph.nodes).toHaveLength(count);
    expect(graph.secretOutputs).toEqual([]);
    expect(Object.keys(graph.outputs).sort()).toEqual([
      "deployed",
      "dnsProxy",
      "endpoints",
      "handoff",
      "natAddresses",
      "registries",
      "tunnels",
    ]);
  });
});

describe("refusals", () => {
  const dev = join(ROOT, "stacks/customers/dev.yaml");
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "causeway-program-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const edited = (from: string, to: string): string => {
    const file = join(folder, "dev.yaml");
    const text = readFileSync(dev, "utf8");
    if (!text.includes(from)) throw new Error(`no ${from}`);
    writeFileSync(file, text.replace(from, to));
    return file;
  };

  test("fails on a file with problems before anything is declared, as one message without a stack trace", async () => {
    const failure = program({ file: edited("us-central1", "us-central-1") });
    await expect(failure).rejects.toMatchObject({ __pulumiRunError: true });
    await expect(failure).rejects.toThrow(
      /^the customer file is refused:\n.*dev\.yaml:\d+:\d+: spec\.infrastructure\.gcp\.region: expected /,
    );
  });

  test("fails where the provider's settings come from somewhere else than the file", async () => {
    await expect(program({ file: dev, config: { "aws:region": "eu-west-1", "gcp:project": "other" } })).rejects.toThrow(
      "Pulumi.test.yaml: config: expected no provider settings, got aws:region, gcp:project; the customer file decides accounts, projects and regions, remove them with pulumi config rm",
    );
  });

  test("fails when a copied file would drive another stack", async () => {
    const project = new ScratchProject();
    copyFileSync(project.customerFile("dev"), project.customerFile("other"));
    const graph = resourceGraph(async () => ({ ...(await customerProgram(project.root)) }), {
      project: "causeway",
      stack: "other",
      invoke: () => ({ outputs: {} }),
    });
    await expect(graph).rejects.toThrow(
      /other\.yaml.*: name: expected other, the stack, got dev; a copied file must not drive another stack, correct the name or set causeway:customer$/,
    );
    project.remove();
  });

  test("fails where an existing subnet has another range than the file says", async () => {
    const acme = join(ROOT, "stacks/customers/acme.yaml");
    await expect(program({ file: acme, subnet: "10.99.0.0/24" })).rejects.toThrow(
      /^spec\.infrastructure\.executors\.subnets\.executors-[ab]\.ipCidrRange: expected 10\.99\.0\.0\/24, the range the subnetwork has, got 10\.10\.[01]\.0\/24; correct the file$/,
    );
  });

  test("compares with what the last update recorded (V38)", async () => {
    const { outputs } = await program({ file: dev });
    const deployed = outputs["deployed"] as Deployed;
    await expect(program({ file: dev, deployed })).resolves.toBeDefined();
    await expect(program({ file: edited("region: us-central1", "region: europe-west1"), deployed })).rejects.toThrow(
      "spec.infrastructure.gcp.region: expected us-central1 as deployed, got europe-west1",
    );
  });
});
