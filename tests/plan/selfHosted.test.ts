/**
 * What is decided of a self-hosted registry before anything is made: texts, states and costs. This tier cannot show what a
 * machine does with them.
 */
import { describe, expect, it } from "vitest";
import { planCustomer } from "../../plan/plan.ts";
import { bootstrapFiles, userData } from "../../plan/selfHosted/bootstrap/cloudInit.ts";
import { envFile, flags } from "../../plan/selfHosted/bootstrap/environment.ts";
import { reckonedFacts } from "../../plan/selfHosted/bootstrap/userDataSize.ts";
import { certificateMistake, covers } from "../../plan/selfHosted/certificate.ts";
import { npmrc, pipConf } from "../../plan/selfHosted/clients.ts";
import type { AccessKeys, GenericApp } from "../../plan/selfHosted/customer.ts";
import { SELF_HOSTED_GUARDS, selfHostedValues } from "../../plan/selfHosted/guards.ts";
import type { SelfHostedPlan } from "../../plan/selfHosted/plan.ts";
import { rotationFrom, stateMistake, stepMistake } from "../../plan/selfHosted/rotation.ts";
import { createAdmin } from "../../plan/selfHosted/runbooks.ts";
import { CERTIFICATE, GENERIC, lines, QUILT, read, secretArn } from "../components/selfHostedFiles.ts";

const planned = (block: readonly string[]): SelfHostedPlan => planCustomer(read(block)).registries[0]!.selfHosted!;
const facts = {
  logGroup: "logs",
  databaseEndpoint: "db:5432",
  databaseSecretArn: "arn:db",
  signingSecretArn: "arn:sign",
};
const contentOf = (block: readonly string[], name: string): string =>
  bootstrapFiles(planned(block), facts).find(({ path }) => path.endsWith(name))!.content;

describe("the bootstrap", () => {
  it("is one document that cloud-init reads, with files written after their owner exists [SR-01]", () => {
    const text = userData(planned(QUILT), facts);
    const [head, ...rest] = text.split("\n");
    expect(head).toBe("#cloud-config");
    const document = JSON.parse(rest.join("\n")) as {
      write_files: { path: string; permissions: string; defer: boolean }[];
    };
    expect(document.write_files.every(({ defer }) => defer)).toBe(true);
    const secret = document.write_files.filter(({ path }) => path.includes("/env/"));
    expect(secret.map(({ permissions }) => permissions)).toEqual(["0600", "0600"]);
  });

  it("fails with more user data than ec2 takes [SR-01]", () => {
    const environment = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`V${index}`, "x".repeat(900)]));
    const plan = planned(GENERIC);
    const app = { ...(plan.app as GenericApp), environment };
    expect(() => userData({ ...plan, app }, facts)).toThrow(
      /^acme-packages: expected user data of at most 16384 bytes, got \d{5}, of which container\.environment has 18\d{3}; /,
    );
  });

  it("is never longer once names and arns are known than it was reckoned to be [SR-01]", () => {
    const long = "x".repeat(21);
    const user = { s3Identity: "iam-user", acknowledgeLongLivedKey: "true", namePrefix: long };
    for (const [block, known] of [
      [lines(QUILT, user), { ...facts, accessKeySecretArn: secretArn(`${long}-access-key`) }],
      [lines(GENERIC, { namePrefix: long }), { logGroup: `/causeway/registries/${long}` }],
    ] as const) {
      const plan = planned(block);
      const real = {
        ...known,
        logGroup: `/causeway/registries/${long}`,
        databaseEndpoint: `${long}.${"c".repeat(12)}.us-east-1.rds.amazonaws.com:5432`,
        databaseSecretArn: secretArn(`rds!db-${"0".repeat(36)}`),
        signingSecretArn: secretArn(`${long}-signing`),
      };
      expect(Buffer.byteLength(userData(plan, reckonedFacts(plan)))).toBe(
        Buffer.byteLength(userData(plan, plan.app.kind === "quilt" ? real : { logGroup: real.logGroup })),
      );
    }
  });

  it("gives the quilt registry every setting it asks for, and flags only where they are true [B.2] [E.10]", () => {
    const text = contentOf(QUILT, "/env/registry.plain");
    const names = text.split("\n").map((line) => line.split("=")[0]);
    expect(names.filter((name) => name !== "")).toEqual([
      ...["QUILT_SERVER_CONFIG", "REGISTRY_URL", "CATALOG_URL", "PACKAGE_BUCKET_NAME", "S3_ENDPOINT", "SMTP_HOST"],
      ...["SMTP_PORT", "SMTP_USE_TLS", "QUILT_DEFAULT_SENDER", "TEAM_ID", "TEAM_NAME", "ALLOW_TEAM_ACCESS"],
      "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ]);
    expect(text).toContain("QUILT_SERVER_CONFIG=env_config.py\n");
    expect(text).toContain("SMTP_PORT=587\n");
    expect(text).not.toContain("false");
    expect(flags({ A: true, B: false })).toEqual({ A: "true" });
    expect(envFile({ A: "x y" })).toBe("A=x y\n");
  });

  it("makes the old sdk sign with version 4 for the bucket's own host [B.2]", () => {
    expect(contentOf(QUILT, "/aws-config")).toBe(
      "[default]\nregion = us-east-1\ns3 =\n  signature_version = s3v4\n  addressing_style = virtual\n",
    );
  });

  it("keeps the containers' names of the published template and migrates before it starts [SR-02] [SR-11]", () => {
    const text = contentOf(QUILT, "/start.sh");
    expect(text).toContain("docker rm -f registry catalog registry-nginx");
    expect(text.indexOf("flask db upgrade")).toBeLessThan(text.indexOf("run registry "));
    expect(text).toContain("--security-opt no-new-privileges --cap-drop ALL");
  });
});

describe("the rotation of a key", () => {
  it("goes a, a and b, b active, b alone, and back the same way [E.11]", () => {
    const spell = ({ active, slots }: AccessKeys): string => `${slots.join("+")}(${active})`;
    expect(rotationFrom("a").map(spell)).toEqual(["a(a)", "a+b(a)", "a+b(b)", "b(b)"]);
    for (const slot of ["a", "b"] as const) {
      const states = rotationFrom(slot);
      states.slice(1).forEach((state, index) => expect(stepMistake(states[index]!, state)).toBeUndefined());
      expect(states.map(stateMistake)).toEqual([undefined, undefined, undefined, undefined]);
    }
  });

  it("fails when two steps are taken at once [E.11]", () => {
    const [first, second, third, last] = rotationFrom("a");
    expect(stepMistake(first!, third!)).toMatch(/deploy slots: \[a, b\] first$/);
    expect(stepMistake(first!, last!)).toMatch(/deploy slots: \[a, b\] first$/);
    expect(stepMistake(second!, last!)).toMatch(/deploy the other key as active first, then remove the old$/);
    expect(stateMistake({ active: "b", slots: ["a"] })).toBe(
      "expected the active slot among slots, got slots [a] with b active; add b to slots",
    );
  });
});

describe("what a change costs", () => {
  it("is guarded wherever data would be lost, and has a value for every guard", () => {
    const values = selfHostedValues(
      read(lines(QUILT, { s3Identity: "iam-user", acknowledgeLongLivedKey: "true", backup: "{}" })),
    );
    const general = Object.keys(values).map((path) => path.replace("[packages]", "[<key>]"));
    expect(SELF_HOSTED_GUARDS.map(({ path }) => path).filter((path) => !general.includes(path))).toEqual([]);
    expect(values).toMatchObject({
      "registries[packages].selfHosted": true,
      "registries[packages].selfHosted.vpcCidr": "10.90.0.0/20",
      "registries[packages].selfHosted.accessKeys.slots": "a",
    });
  });
});

describe("a certificate", () => {
  const wanted = {
    arn: CERTIFICATE,
    domain: "registry.acme.example",
    region: "us-east-1",
    hosts: ["registry.acme.example"],
  };

  it("covers one label by its star [SR-10]", () => {
    expect(covers("*.acme.example", "registry.acme.example")).toBe(true);
    expect(covers("*.acme.example", "a.registry.acme.example")).toBe(false);
    expect(covers("acme.example", "registry.acme.example")).toBe(false);
  });

  it("fails where there is none, and says nothing of one it cannot see into [SR-10]", () => {
    expect(certificateMistake(undefined, wanted, new Date())).toMatch(
      /^expected an issued certificate for registry\.acme/,
    );
    expect(certificateMistake({ arn: CERTIFICATE, certificate: "" }, wanted, new Date())).toBeUndefined();
  });
});

describe("what is told", () => {
  it("is how clients are set up, with the token from their environment", () => {
    expect(npmrc({ registryHost: "npm.acme.example" })).toBe(
      "registry=https://npm.acme.example/\n//npm.acme.example/:_authToken=${NPM_TOKEN}\n",
    );
    expect(pipConf({ registryHost: "pypi.acme.example" }, "root/pypi/+simple/")).toBe(
      "[global]\nindex-url = https://pypi.acme.example/root/pypi/+simple/\n",
    );
  });

  it("is how the first administrator is made, by session manager [SR-09] [B.6]", () => {
    expect(createAdmin("acme-packages-app", "us-east-1")).toMatch(
      /^aws ssm start-session --region us-east-1 --target .* command="sudo \/home\/ec2-user\/create_admin\.sh"$/,
    );
  });
});
