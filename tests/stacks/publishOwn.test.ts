// Rules over what a file says of publishing a registry that is run here, which says once where it is: that a certificate or
// a topic exists is for the clouds to say.
import { describe, expect, it } from "vitest";
import { ACME, edited, notes, problems, type Edit } from "./support.ts";

const MAVEN = "      maven: { dnsName: maven.dc.acme.example, certificate: publicCA }\n";

const OWN = `      npm:
        selfHosted:
          accountID: "444455556666"
          region: us-east-1
          profile: generic
          registryHost: npm.acme.example
          hostedZoneID: Z0123456789ABCDEFGHIJ
          images:
            registry: 444455556666.dkr.ecr.us-east-1.amazonaws.com/npm@sha256:${"ab".repeat(32)}
            nginx: 444455556666.dkr.ecr.us-east-1.amazonaws.com/nginx@sha256:${"cd".repeat(32)}
          container: { port: 4873 }
        publish: { aws: { acceptance: manual } }
`;

describe("a registry that is run here and published, in a file that says once where it is", () => {
  const own = (...edits: readonly Edit[]): readonly string[] =>
    problems(edited(ACME, [[MAVEN, `${MAVEN}${edited(OWN, edits)}`]])).map((line) =>
      line.replace(/^\d+:\d+: /, "").replace("~.registries.npm.publish.aws", "%"),
    );
  const aws = (fields: string): Edit => [
    "{ aws: { acceptance: manual } }",
    `{ aws: { acceptance: manual, ${fields} } }`,
  ];

  it("passes as it is", () => {
    expect(own()).toEqual([]);
  });

  it("fails with a certificate or a topic of elsewhere, measured against where the registry is [CP-02]", () => {
    const arn = "arn:aws:acm:eu-west-1:999988887777:certificate/0a1b2c3d";
    expect(own(aws(`listeners: { "443": { mode: tls-terminate, certificateArn: "${arn}" } }`))).toContain(
      "%.listeners.443.certificateArn: expected a certificate of 444455556666 in us-east-1, got one of 999988887777 in eu-west-1; aws takes no other",
    );
    expect(own(aws('notificationTopicArn: "arn:aws:sns:eu-west-1:111122223333:npm"'))).toEqual([
      "%.notificationTopicArn: expected a topic in us-east-1, got one in eu-west-1; alarms tell a topic of their own region alone",
    ]);
    expect(own(aws("supportedRegions: [us-east-1]"))).toEqual([
      "%.supportedRegions[0]: expected a region besides us-east-1, got it again; its own is always supported, remove it",
    ]);
  });

  it("fails in our own account or another region, whoever says where it is [CP-04] [CP-08]", () => {
    expect(own([/accountID: "444455556666"/, 'accountID: "111122223333"'], [/444455556666/g, "111122223333"])).toEqual([
      "~.registries.npm.selfHosted.accountID: expected an account other than aws.accountID, got the same; nobody is let into an account of its own, write the customer's",
    ]);
  });

  it("fails where none of our zones is one that the registry runs in, and notes where one alone is [CP-07]", () => {
    const zones = (ours: string): string =>
      edited(ACME, [
        [MAVEN, `${MAVEN}${OWN}`],
        [/availabilityZoneIDs: \[.*?\]/, `availabilityZoneIDs: [${ours}]`],
      ]);
    const among =
      "is among those that npm runs in (use1-az1, use1-az2 and use1-az3), and an endpoint finds the service in common zones alone; have two in common";
    expect(problems(zones("use1-az4, use1-az5")).map((line) => line.replace(/^\d+:\d+: /, ""))).toEqual([
      `~.privateCodeHost.aws.availabilityZoneIDs: expected zones in common with ours, got none; none of aws.availabilityZoneIDs (use1-az4 and use1-az5) ${among}`,
    ]);
    expect(notes(zones("use1-az3, use1-az4")).filter((line) => line.includes("availabilityZoneIDs"))).toEqual([
      expect.stringContaining(`: one of aws.availabilityZoneIDs (use1-az3 and use1-az4) ${among}`),
    ]);
    expect(notes(zones("use1-az1, use1-az2")).filter((line) => line.includes("availabilityZoneIDs"))).toEqual([]);
  });
});
