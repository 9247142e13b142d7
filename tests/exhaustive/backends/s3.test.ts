// State in an S3 and secrets under a KMS key, on the real engine with the simulated clouds. Both are moto's, on this
// machine: how Amazon's own decides on leave, and its ways to sign in, are what this cannot show.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type Keys, Moto } from "../../support/moto.ts";
import { describeLife } from "./behaviour.ts";
import { type BackEnd, BackEndStack } from "./stack.ts";

const engine = inject("engine");
const KMS = "awskms://alias/causeway?region=us-east-1";
let aws: Moto;
let nobody: Keys;
let backEnd: BackEnd;

describe.skipIf(engine === null)("a state in S3", () => {
  beforeAll(async () => {
    aws = await Moto.start();
    await aws.makeBucket("fleet");
    await aws.makeBucket("empty");
    await aws.makeKey("causeway");
    nobody = await aws.makeUser("nobody");
    const env = { ...nobody, AWS_ENDPOINT_URL_KMS: aws.endpoint };
    backEnd = { backendUrl: aws.backEnd("fleet"), secretsProvider: KMS, env };
  });
  afterAll(() => aws.stop());

  describe("through the life of a stack", () => {
    describeLife(engine!, async () => ({
      ...backEnd,
      objects: () => aws.objects("fleet"),
      credentials: [nobody.AWS_ACCESS_KEY_ID, nobody.AWS_SECRET_ACCESS_KEY],
      settingsFile:
        /^config:\n {2}causeway:customer: \S+acme.yaml\nsecretsprovider: awskms:\/\/alias\/causeway\?region=us-east-1\nencryptedkey: \S+\n$/,
    }));
  });

  describe("that cannot be opened", () => {
    let stack: BackEndStack;
    beforeAll(() => {
      stack = new BackEndStack(engine!, backEnd);
    });
    afterAll(() => stack.remove());
    const refusal = async (changed: Partial<BackEnd>): Promise<string> => {
      const { code, message } = await stack.refused(changed);
      expect(code).toBe("configuration");
      expect(stack.said.join("\n")).not.toContain(nobody.AWS_SECRET_ACCESS_KEY);
      return message;
    };

    test("fails with one sentence on a bucket that is not there", async () => {
      expect(await refusal({ backendUrl: aws.backEnd("none") })).toBe(
        "acme: s3://none is not there; create it, or correct the address",
      );
    });

    test("fails with one sentence on nobody listening", async () => {
      const backendUrl = aws.backEnd("fleet").replace(aws.endpoint, "http://127.0.0.1:9");
      expect(await refusal({ backendUrl })).toBe(
        "acme: s3://fleet cannot be reached (127.0.0.1:9: connection refused); check it and the network",
      );
    });

    test("fails with one sentence on a key that is not there, and makes no stack", async () => {
      const backendUrl = aws.backEnd("empty");
      expect(await refusal({ backendUrl, secretsProvider: "awskms://alias/none?region=us-east-1" })).toMatch(
        /^acme: the secrets provider has no such key \(Alias \S+:alias\/none is not found\); create it, or correct the address$/,
      );
      expect([...(await aws.objects("empty")).keys()].filter((key) => key.endsWith("/acme.json"))).toEqual([]);
    });

    test("fails with one sentence on a KMS that cannot be reached", async () => {
      const env = { AWS_ENDPOINT_URL_KMS: "http://127.0.0.1:9" };
      expect(await refusal({ backendUrl: aws.backEnd("empty"), env })).toBe(
        "acme: the secrets provider cannot be reached (127.0.0.1:9: connection refused); check it and the network",
      );
    });

    describe("by these credentials", () => {
      beforeAll(() => aws.askForCredentials());

      test("fails with one sentence on missing leave", async () => {
        expect(await refusal({})).toBe(
          "acme: s3://fleet forbids it; give these credentials leave to list, read, write and delete there",
        );
      });

      test("fails with one sentence on a wrong secret key", async () => {
        expect(await refusal({ env: { AWS_SECRET_ACCESS_KEY: "wr0ngwr0ngwr0ng" } })).toBe(
          "acme: s3://fleet refuses the AWS credentials (SignatureDoesNotMatch); set keys or a profile that are valid there",
        );
        expect(stack.said.join("\n")).not.toContain("wr0ngwr0ngwr0ng");
      });

      test("fails with one sentence on keys that nobody has", async () => {
        expect(await refusal({ env: { AWS_ACCESS_KEY_ID: "AKIAUNKNOWN" } })).toBe(
          "acme: s3://fleet refuses the AWS credentials (InvalidAccessKeyId); set keys or a profile that are valid there",
        );
      });
    });
  });
});
