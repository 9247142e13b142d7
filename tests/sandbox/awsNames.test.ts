/**
 * Tier: provider protocol. Certificates, the DNS records that prove them, and backups. This tier cannot show how long
 * ACM takes to see a record, nor that a backup can be restored.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seedHostedZone, startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as estate from "./estate.ts";
import * as on from "./registryEstate.ts";

let sandbox: Sandbox;
let aws: Provider;

beforeEach(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
  await on.seedRegistrySide(sandbox);
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

const ALIAS = {
  ...{ ttl: undefined, records: undefined },
  aliases: [{ name: "lb.example.com", zoneId: "Z1", evaluateTargetHealth: false }],
};

const record = (change: Values): Promise<Resource> =>
  aws.create(on.RECORD, {
    zoneId: on.ZONE,
    name: "registry",
    type: "A",
    ttl: 60,
    records: ["198.51.100.7"],
    ...change,
  });

describe("a record", () => {
  it("has its zone's name added where it lacks it [SR-09]", async () => {
    expect((await record({})).state["fqdn"]).toBe("registry.example.com");
    expect((await record({ name: "catalog.example.com" })).state["fqdn"]).toBe("catalog.example.com");
    await record({ name: "alias", ...ALIAS });
  });

  it.each<[string, Values, string]>([
    ["in a zone that is not there", { zoneId: "Z0" }, "api error NoSuchHostedZone: No hosted zone found with ID: Z0"],
    [
      "that is there already",
      {},
      "Tried to create resource record set [name='registry.example.com.', type='A'] but it already exists",
    ],
    [
      "that is an alias of a name with others",
      { type: "CNAME", records: ["a.example.com"] },
      "as it conflicts with other records with the same DNS name in zone example.com.",
    ],
    [
      "that is an alias of the zone itself",
      { name: "example.com", type: "CNAME", records: ["a.example.com"] },
      "is not permitted at apex in zone example.com.",
    ],
    ["whose value is no address", { name: "x", records: ["a.example.com"] }, "Value is not a valid IPv4 address"],
    [
      "that is an alias for a zone's own record",
      { ...ALIAS, name: "x", type: "SOA" },
      "Tried to create an alias that targets lb.example.com, type SOA in zone Z1, but that target was not found",
    ],
    [
      "that is an alias of a load balancer and no address",
      {
        ...ALIAS,
        name: "x",
        type: "TXT",
        aliases: [{ ...ALIAS.aliases[0]!, name: "a-1.elb.us-east-1.amazonaws.com" }],
      },
      "Tried to create an alias that targets a-1.elb.us-east-1.amazonaws.com, type TXT in zone Z1",
    ],
    [
      "with a policy",
      { name: "x", setIdentifier: "a", weightedRoutingPolicies: [{ weight: 1 }] },
      "the sandbox does not simulate weightedRoutingPolicies",
    ],
    [
      "with values and an alias",
      { aliases: [{ name: "a", zoneId: "Z1", evaluateTargetHealth: false }] },
      "only one of aliases and ttl can be given",
    ],
  ])("fails %s", async (_name, change, message) => {
    await record({});
    await expect(record(change)).rejects.toThrow(message);
  });

  it("fails as an alias of a load balancer in a zone that is not the load balancer's [SR-09]", async () => {
    const { state } = await aws.create(on.BALANCER, on.networkBalancer());
    const [name, zoneId] = [state["dnsName"], state["zoneId"]];
    const alias = (zone: unknown): Promise<Resource> =>
      record({ ...ALIAS, name: "lb", aliases: [{ name, zoneId: zone, evaluateTargetHealth: false }] });
    await expect(alias("Z1")).rejects.toThrow("the alias target name does not lie within the target zone");
    expect((await alias(zoneId)).state["fqdn"]).toBe("lb.example.com");
  });

  it("may overwrite where it says so", async () => {
    await record({});
    await record({ allowOverwrite: true, records: ["198.51.100.8"] });
  });
});

describe("a certificate", () => {
  const request = (change: Values = {}): Promise<Resource> =>
    aws.create(on.CERTIFICATE, { domainName: "registry.example.com", validationMethod: "DNS", ...change });
  const options = ({ state }: Resource): Record<string, string>[] =>
    state["domainValidationOptions"] as Record<string, string>[];
  const prove = async (asked: Resource, zoneId = on.ZONE): Promise<void> => {
    const { resourceRecordName: name, resourceRecordValue } = options(asked)[0]!;
    await record({ zoneId, name, type: "CNAME", records: [resourceRecordValue] });
  };

  it("is issued once its record is in public DNS, and stays so when the record goes [B.1 Certificate ARN]", async () => {
    const asked = await request();
    expect(asked.state["status"]).toBe("PENDING_VALIDATION");
    await expect(aws.create(on.VALIDATION, { certificateArn: asked.id })).rejects.toThrow(
      `waiting for ACM Certificate (${asked.id}) to be issued: timeout while waiting for state to become 'ISSUED'`,
    );
    await prove(asked);
    await aws.create(on.VALIDATION, { certificateArn: asked.id });
    const [proof] = sandbox.world.all(on.RECORD);
    await aws.delete({ type: on.RECORD, name: "it", id: proof!.id, inputs: proof!.args, state: {} });
    expect((await aws.read(asked))!.state["status"]).toBe("ISSUED");
  });

  it("fails to be issued by a record that only a private zone has", async () => {
    const asked = await request();
    const hidden = { accountID: estate.ACCOUNT, zoneID: "ZPRIVATE", name: "example.com", private: true };
    await seedHostedZone(sandbox.world, hidden);
    await prove(asked, "ZPRIVATE");
    await expect(aws.create(on.VALIDATION, { certificateArn: asked.id })).rejects.toThrow(
      "last state: 'PENDING_VALIDATION'",
    );
  });

  it("has one record for a name and its wildcard, the same in every certificate of the account", async () => {
    const names = options(await request({ subjectAlternativeNames: ["*.registry.example.com"] }));
    expect(new Set(names.map((one) => one["resourceRecordName"])).size).toBe(1);
    expect(names[0]!["resourceRecordName"]).toMatch(/^_[0-9a-f]{32}\.registry\.example\.com\.$/);
    expect(options(await request())[0]).toEqual(names[0]);
  });

  it("fails with a first name over 64 characters, eleven names or a certificate that is none", async () => {
    await expect(request({ domainName: `${"a".repeat(60)}.example.com` })).rejects.toThrow(
      "can be no longer than 64 characters",
    );
    const many = Array.from({ length: 10 }, (_, index) => `r${index}.example.com`);
    await expect(request({ subjectAlternativeNames: many })).rejects.toThrow(
      "The maximum number of domain names is 10, got 11",
    );
    await expect(aws.create(on.CERTIFICATE, { privateKey: "k", certificateBody: "c" })).rejects.toThrow(
      "Could not parse the certificate: it must be in PEM format",
    );
  });

  it("fails to be validated with the names of other records", async () => {
    const asked = await request();
    const other = { certificateArn: asked.id, validationRecordFqdns: ["_x.example.com"] };
    await expect(aws.create(on.VALIDATION, other)).rejects.toThrow(`missing ${asked.id} DNS validation record: _`);
  });
});

describe("a backup plan", () => {
  const rule = { ruleName: "daily", targetVaultName: "registry", schedule: "cron(0 5 ? * * *)" };
  const plan = (change: Values): Promise<Resource> =>
    aws.create(on.PLAN, { name: "registry", rules: [{ ...rule, ...change }] });
  const role = (service: string): Promise<Resource> => {
    const trust = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } };
    return aws.create(on.ROLE, { name: service, assumeRolePolicy: JSON.stringify({ Statement: [trust] }) });
  };

  it("applies to what is selected, and stays while something is [SR-08]", async () => {
    await aws.create(on.VAULT, { name: "registry" });
    const made = await plan({});
    const selected = {
      planId: made.id,
      name: "registry",
      resources: ["arn:aws:rds:us-east-1:111122223333:db:registry"],
    };
    const wrong = await role("ec2.amazonaws.com");
    await expect(aws.create(on.SELECTION, { ...selected, iamRoleArn: wrong.state["arn"] })).rejects.toThrow(
      `IAM Role ${String(wrong.state["arn"])} cannot be assumed by AWS Backup`,
    );
    const selection = await aws.create(on.SELECTION, {
      ...selected,
      iamRoleArn: (await role("backup.amazonaws.com")).state["arn"],
    });
    await expect(aws.delete(made)).rejects.toThrow(
      "Related backup plan selections must be deleted prior to backup plan deletion",
    );
    await aws.delete(selection);
    await aws.delete(made);
  });

  it.each<[string, Values, string]>([
    [
      "a vault that is not there",
      { targetVaultName: "none" },
      "Backup vault none does not exist in this account and region",
    ],
    ["a schedule that is none", { schedule: "daily" }, "Invalid schedule expression: daily"],
    [
      "too short a time in cold storage",
      { lifecycle: { coldStorageAfter: 30, deleteAfter: 60 } },
      "DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays",
    ],
    [
      "a copy to nowhere",
      { copyActions: [{ destinationVaultArn: "arn:aws:backup:us-west-2:111122223333:backup-vault:far" }] },
      "backup-vault:far does not exist",
    ],
  ])("fails with %s", async (_name, change, message) => {
    await aws.create(on.VAULT, { name: "registry" });
    await expect(plan(change)).rejects.toThrow(message);
  });

  it("fails for a second vault of a name", async () => {
    await aws.create(on.VAULT, { name: "registry" });
    await expect(aws.create(on.VAULT, { name: "registry" })).rejects.toThrow(
      "Backup vault with the same name already exists",
    );
  });
});
