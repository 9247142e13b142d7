// The policy pack on the real engine and simulated clouds: what it lets pass, what it refuses, and when. Which policies
// there are is for tests/policy. That real clouds would be spared is what this cannot show.
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { openSandbox } from "../../fleet/sandbox.ts";
import { EngineError, runOperation, type Operation, type OperationResult } from "../../engine/driver.ts";
import { PACK } from "../../policy/index.ts";
import { listObjects } from "../../sandbox/index.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { ROOT, ScratchProject } from "../support/project.ts";

const engine = inject("engine");
const moduleOf = (path: string): string => JSON.stringify(pathToFileURL(join(ROOT, path)).href);

/** The program of the repository, with its resources changed on their way to the engine, and more of them. */
const changed = (change: string, more: string): string => `
  import * as pulumi from ${moduleOf("node_modules/@pulumi/pulumi/index.js")};
  import * as random from ${moduleOf("node_modules/@pulumi/random/index.js")};
  import { program } from ${moduleOf("stacks/program.ts")};
  export default () => {
    pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
      ${change}
      return { props, opts };
    });
    ${more}
    return program(import.meta.dirname);
  };
`;

let project: ScratchProject;
let target: Awaited<ReturnType<typeof openSandbox>>;

async function run(operation: Operation): Promise<OperationResult> {
  const path = project.customerFile("dev");
  const member = { stack: "dev", path, file: path, byPath: true };
  const settings = await target.stackOf(member, loadCustomer(path).customer);
  return runOperation(operation, settings, { engine: engine!, policyPacks: [PACK] });
}

const refusal = (operation: Operation): Promise<EngineError> =>
  run(operation).then(
    () => Promise.reject(new Error("it succeeded")),
    (error: unknown) => (error instanceof EngineError ? error : Promise.reject(error)),
  );

/** Makes the stack's program one that changes resources so; `type` and `name` choose, `props` and `opts` are changed. */
function breakProgram(change: string, more = ""): void {
  symlinkSync(join(ROOT, "node_modules"), join(project.root, "node_modules"));
  writeFileSync(join(project.root, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(project.root, "index.ts"), changed(change, more));
  writeFileSync(
    join(project.root, "Pulumi.yaml"),
    "name: causeway\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
  );
}

const made = (): readonly string[] => listObjects(target.sandbox.world).map(({ type }) => type);

describe.skipIf(engine === null)("the policy pack", () => {
  describe("of a good customer", () => {
    beforeAll(async () => {
      project = new ScratchProject();
      target = await openSandbox(project.root, engine!);
    });
    afterAll(async () => {
      await target.close();
      project.remove();
    });

    test("lets preview, update and a preview without changes pass, and has nothing to say", async () => {
      const results = [await run("preview"), await run("up"), await run("preview")];
      expect(results.map(({ violations }) => violations)).toEqual([[], [], []]);
      expect(results.map(({ changes }) => Object.keys(changes))).toEqual([["create"], ["create"], ["same"]]);
    });
  });

  describe("of a program that breaks a policy", () => {
    beforeEach(async () => {
      project = new ScratchProject();
      target = await openSandbox(project.root, engine!);
    });
    afterEach(async () => {
      await target.close();
      project.remove();
    });

    test.each([
      [
        "aws-ingress-from-anywhere",
        `if (type.endsWith(":SecurityGroupIngressRule")) props.cidrIpv4 = "0.0.0.0/0";`,
        "expected ingress from executors, got ingress from 0.0.0.0/0; name the executor subnets' ranges",
      ],
      [
        "vpn-strong-proposal",
        `if (type.endsWith(":VpnConnection") && name.endsWith("-b")) props.tunnel2Phase1DhGroupNumbers = [2];`,
        "tunnel 2: expected Phase1DhGroupNumbers among 14, 15, 16, 17, 18, 19, 20, 21, got 2; take AES256 or " +
          "AES256-GCM-16, SHA2-256 or longer and a group of 14 to 21",
      ],
      [
        "aws-flow-logs",
        `if (type.endsWith(":FlowLog")) props.trafficType = "REJECT";`,
        "expected a flow log of all traffic, got none; declare a FlowLog for the VPC with trafficType ALL",
      ],
      [
        "explicit-names",
        `if (type.endsWith(":RouterPeer") && name.endsWith("-t0")) delete props.name;`,
        expect.stringMatching(
          /^expected a name from the plan, got dev-aws-\S+-t0-[0-9a-f]{7}; set name from the plan$/,
        ),
      ],
      [
        "psk-per-tunnel",
        `globalThis.keys ??= []; if (type.endsWith(":VPNTunnel")) { globalThis.keys.push(props.sharedSecret); ` +
          `if (globalThis.keys.length === 4) props.sharedSecret = globalThis.keys[0]; }`,
        expect.stringMatching(/^expected a key of its own in sharedSecret, got that of dev-aws-\S+-t\d; generate one /),
      ],
    ])("fails to preview one that breaks %s, which is named, and alone", async (policy, change, message) => {
      breakProgram(change);
      const error = await refusal("preview");
      expect(error.code).toBe("policy");
      const mandatory = error.violations.filter(({ level }) => level === "mandatory");
      expect(mandatory.map((violation) => [violation.policy, violation.message.split("\n").at(-1)?.trim()])).toEqual([
        [policy, message],
      ]);
      expect(error.message).toContain(`preview of dev is refused by policy:\n  ${policy}: `);
    });

    test("fails to update before the resource that breaks one is touched", async () => {
      breakProgram(`if (type.endsWith(":SecurityGroupIngressRule")) props.cidrIpv4 = "0.0.0.0/0";`);
      const error = await refusal("up");
      expect([error.code, error.violations.map(({ policy }) => policy)]).toEqual([
        "policy",
        ["aws-ingress-from-anywhere"],
      ]);
      expect(made()).not.toContain("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule");
    });

    test("only tells of an advisory one", async () => {
      breakProgram(`if (type === "gcp:compute/haVpnGateway:HaVpnGateway") opts.protect = false;`);
      const { violations } = await run("preview");
      expect(violations.map(({ policy, level }) => [policy, level])).toEqual([["protected", "advisory"]]);
    });

    test("fails on a resource that is given no provider", async () => {
      breakProgram("", `new random.RandomPassword("extra", { length: 31, overrideSpecial: "._" });`);
      const error = await refusal("preview");
      expect(error.violations.map(({ policy, urn }) => [policy, urn?.split("::").at(-1)])).toEqual([
        ["explicit-provider", "extra"],
      ]);
    });
  });
});
