// Exports in the hands of their own tools: cfn-lint and moto read and deploy the templates, an HCL parser the modules,
// shellcheck the scripts, which run against a gcloud that records. What AWS, Google and Terraform's providers say only
// they can say; moto's CloudFormation lacks the types listed below.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Customer } from "../../plan/customer.ts";
import { planCustomer } from "../../plan/plan.ts";
import { cloudFormation } from "../../plan/publish/export/cloudFormation.ts";
import { gcloud } from "../../plan/publish/export/gcloud.ts";
import type { ExportedFile, ExportedSide } from "../../plan/publish/export/resources.ts";
import { terraform, TERRAFORM_TYPES } from "../../plan/publish/export/terraform.ts";
import { publishedSides } from "../../stacks/publishGraph.ts";
import { AWS_VARIANTS, GOOGLE_VARIANTS, publishedOnAws, publishedOnGoogle } from "../support/published.ts";
import { tool } from "../support/servers.ts";

let folder: string;
let bin: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "causeway-publish-")));
  bin = tool("publishing");
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true }));

const AWS = Object.entries(AWS_VARIANTS).map(([name, changes]) => [name, publishedOnAws(changes)] as const);
const GOOGLE = Object.entries(GOOGLE_VARIANTS).map(([name, changes]) => [name, publishedOnGoogle(changes)] as const);

async function sideOf(customer: Customer): Promise<ExportedSide> {
  const plan = planCustomer(customer);
  return (await publishedSides(plan, plan.registries[0]!))[0]!;
}

let files = 0;
function written({ name, content }: ExportedFile): string {
  const path = join(folder, String(files++));
  mkdirSync(path);
  writeFileSync(join(path, name), content);
  return join(path, name);
}

function ran(command: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", env: { ...process.env, ...env } });
  return { status, stdout, stderr };
}

const python = (...args: readonly string[]): unknown => {
  const { status, stdout, stderr } = ran(join(bin, "python"), [join(import.meta.dirname, "publish.py"), ...args]);
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
};

interface Told {
  readonly status?: string;
  readonly refused?: string;
  readonly balancers: readonly Record<string, unknown>[];
  readonly groups: readonly Record<string, unknown>[];
  readonly listeners: readonly Record<string, unknown>[];
  readonly securityGroups: readonly Record<string, unknown>[];
  readonly skipped: readonly string[];
}

const skipped = (type: string): string =>
  `Tried to parse ${type} but it's not supported by moto's CloudFormation implementation`;

describe("a CloudFormation template", () => {
  it("is clean to cfn-lint, whatever is published", { timeout: 300_000 }, async () => {
    const paths: string[] = [];
    for (const [, customer] of AWS) paths.push(written(cloudFormation(await sideOf(customer))));
    expect(ran(join(bin, "cfn-lint"), paths)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it("fails at cfn-lint once it is broken, so that a clean one means something", { timeout: 60_000 }, async () => {
    const { name, content } = cloudFormation(await sideOf(publishedOnAws()));
    const broken = written({ name, content: content.replace("AcceptanceRequired: false", "Acceptance: no") });
    const { status, stdout } = ran(join(bin, "cfn-lint"), [broken]);
    expect(status).not.toBe(0);
    expect(stdout).toContain("Acceptance");
  });

  it("leaves a load balancer, a target group and a listener in moto's account", { timeout: 120_000 }, async () => {
    const path = written(cloudFormation(await sideOf(publishedOnAws())));
    const told = python("deploy", path, "us-east-1", "mended") as Told;
    expect([told.status, told.refused]).toEqual(["CREATE_COMPLETE", undefined]);
    expect(told.balancers).toMatchObject([{ LoadBalancerName: "acme-npm", Scheme: "internal", Type: "network" }]);
    expect(told.balancers[0]!["SecurityGroups"]).toEqual([told.securityGroups[0]!["GroupId"]]);
    expect(told.groups).toMatchObject([{ Port: 443, Protocol: "TCP", TargetType: "ip", HealthCheckProtocol: "TCP" }]);
    expect(told.listeners).toMatchObject([
      { Port: 443, Protocol: "TCP", DefaultActions: [{ TargetGroupArn: told.groups[0]!["TargetGroupArn"] }] },
    ]);
    expect(told.skipped).toEqual([
      skipped("AWS::CloudWatch::Alarm"),
      skipped("AWS::EC2::SecurityGroupEgress"),
      skipped("AWS::EC2::VPCEndpointService"),
      skipped("AWS::EC2::VPCEndpointServicePermissions"),
    ]);
  });

  it("fails in moto as it is, which makes every load balancer an application one", { timeout: 60_000 }, async () => {
    const path = written(cloudFormation(await sideOf(publishedOnAws())));
    const told = python("deploy", path, "us-east-1", "plain") as Told;
    expect(told.refused).toBe("Listener protocol 'TCP' must be one of 'HTTP, HTTPS'");
    expect(told.balancers).toMatchObject([{ Type: "application" }]);
  });

  it.each(["two ports, a group of the targets' own and a health check elsewhere", "a topic that is told"])(
    "deploys whole in moto: %s",
    { timeout: 60_000 },
    async (name) => {
      const path = written(cloudFormation(await sideOf(publishedOnAws(AWS_VARIANTS[name]))));
      const told = python("deploy", path, "us-east-1", "mended") as Told;
      expect([told.status, told.refused]).toEqual(["CREATE_COMPLETE", undefined]);
      expect(told.listeners).toHaveLength(name.startsWith("two") ? 2 : 1);
    },
  );
});

type Block = Readonly<Record<string, unknown>>;

/** The parser keeps quotes and marks blocks. */
const bare = (text: string): string => text.replace(/^"|"$/g, "");

describe("a Terraform module", () => {
  it.each([...AWS, ...GOOGLE])(
    "is read by an HCL parser, every resource once: %s",
    { timeout: 60_000 },
    async (_name, customer) => {
      const side = await sideOf(customer);
      const parsed = python("hcl", written(terraform(side))) as {
        resource: readonly Block[];
        output: readonly Block[];
      };
      const found = parsed.resource.flatMap((one) =>
        Object.entries(one).flatMap(([type, named]) =>
          Object.keys(named as Block)
            .filter((label) => label !== "__is_block__")
            .map((label) => `${bare(type)}.${bare(label)}`),
        ),
      );
      const expected = side.resources.map(
        ({ type, name }) => `${TERRAFORM_TYPES[type]}.${name.replace(/[^\w-]/g, "-")}`,
      );
      expect(found.sort()).toEqual(expected.sort());
      expect(parsed.output).toHaveLength(1);
      const known = new Set(found);
      const referred = JSON.stringify(parsed).match(/(?<![\w.])(aws|google)_[a-z0-9_]+\.[\w-]+/g) ?? [];
      expect(referred.length).toBeGreaterThan(0);
      for (const address of referred) expect(known).toContain(address);
    },
  );
});

/** A gcloud that remembers what was made, and answers of that alone. */
const FAKE = `#!/usr/bin/env bash
echo "$*" >>"$GCLOUD_STATE/calls"
words=()
for word in "$@"; do [[ $word == --* ]] || words+=("$word"); done
name="\${words[-1]}"
kind="\${words[*]:0:\${#words[@]}-2}"
verb="\${words[-2]}"
[[ $kind == *" create" ]] && { kind="\${kind% create}"; verb=create; }
file="$GCLOUD_STATE/$(echo "$kind $name" | tr ' /' '__')"
case "$verb" in
  describe | list-network-endpoints) [ -e "$file" ] && cat "$file" ;;
  create) [ -e "$file" ] && { echo "already exists" >&2; exit 1; }; [ "$GCLOUD_FAIL" = "$kind" ] && exit 1; : >"$file" ;;
  add-backend) for word in "$@"; do case "$word" in --*-group=*) echo "/\${word#*=}" >>"$file" ;; esac; done ;;
  update) for word in "$@"; do case "$word" in --add-endpoint=ip=*) word="\${word#*ip=}"; echo "\${word%%,*}" >>"$file" ;; esac; done ;;
  *) echo "what is $verb" >&2; exit 2 ;;
esac
`;

describe("a gcloud script", () => {
  let path: string;
  beforeAll(() => {
    path = join(folder, "bin");
    mkdirSync(path);
    writeFileSync(join(path, "gcloud"), FAKE);
    chmodSync(join(path, "gcloud"), 0o755);
  });

  function run(
    script: string,
    state: string,
    fail = "",
  ): ReturnType<typeof ran> & { readonly calls: readonly string[] } {
    if (!existsSync(state)) mkdirSync(state);
    rmSync(join(state, "calls"), { force: true });
    const env = { PATH: `${path}:${process.env["PATH"]}`, GCLOUD_STATE: state, GCLOUD_FAIL: fail };
    const done = ran("bash", [script], env);
    return { ...done, calls: readFileSync(join(state, "calls"), "utf8").trim().split("\n") };
  }

  const changing = (calls: readonly string[]): readonly string[] =>
    calls.filter((call) => / (create|add-backend|update) /.test(call));

  it("is clean to shellcheck, whatever is published", { timeout: 120_000 }, async () => {
    const paths: string[] = [];
    for (const [, customer] of GOOGLE) paths.push(written(gcloud(await sideOf(customer))));
    expect(ran(tool("shellcheck"), paths)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  it.each(GOOGLE)("makes everything once and nothing again: %s", { timeout: 60_000 }, async (_name, customer) => {
    const script = written(gcloud(await sideOf(customer)));
    const state = `${script}.state`;
    const first = run(script, state);
    expect([first.status, first.stderr]).toEqual([0, ""]);
    expect(first.stdout).toBe("projects/acme-shared/regions/us-central1/serviceAttachments/acme-npm\n");
    expect(changing(first.calls).length).toBeGreaterThan(7);
    const second = run(script, state);
    expect([second.status, changing(second.calls)]).toEqual([0, []]);
  });

  it("goes on where it stopped", { timeout: 60_000 }, async () => {
    const script = written(gcloud(await sideOf(publishedOnGoogle())));
    const state = `${script}.state`;
    expect(run(script, state, "compute forwarding-rules").status).not.toBe(0);
    const again = run(script, state);
    expect(again.status).toBe(0);
    expect(changing(again.calls).map((call) => call.split(" ").slice(1, 3).join(" "))).toEqual([
      "forwarding-rules create",
      "networks subnets",
      "service-attachments create",
    ]);
  });
});
