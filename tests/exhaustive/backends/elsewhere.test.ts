// Back ends and secrets providers that cannot be had on this machine, on the real engine: what it says where they cannot
// be reached. That a stack lives there is what this cannot show; the engine treats their files like those of S3.
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { BackEndStack } from "./stack.ts";

const engine = inject("engine");
/** A port of loopback where nobody listens. Source: IANA, discard. */
const NOBODY = "127.0.0.1:9";
const SECRET = "c2VjcmV0a2V5c2VjcmV0a2V5";

describe.skipIf(engine === null)("fails with one sentence, and without the credential, on", () => {
  let stack: BackEndStack;
  beforeAll(() => {
    const env = { PULUMI_CONFIG_PASSPHRASE: SECRET };
    stack = new BackEndStack(engine!, { backendUrl: "file:///nowhere", secretsProvider: "passphrase", env });
  });
  afterAll(() => stack.remove());

  const cases: readonly (readonly [string, string, Record<string, string>, string])[] = [
    [
      "a folder that is not there",
      "file:///nowhere",
      {},
      "file:///nowhere is not there; create the folder, or correct the address",
    ],
    [
      "Google Cloud Storage without credentials",
      "gs://fleet",
      { HOME: "/nowhere", NO_GCE_CHECK: "true" },
      "gs://fleet needs credentials, and there are none in the environment; sign in, or set them there",
    ],
    [
      "Azure without an account",
      "azblob://states",
      {},
      "azblob://states needs credentials, and there are none in the environment; sign in, or set them there",
    ],
    [
      "Azure that cannot be reached",
      `azblob://states?domain=${NOBODY}&protocol=http&localemu=true`,
      { AZURE_STORAGE_ACCOUNT: "fleet", AZURE_STORAGE_KEY: SECRET },
      `azblob://states cannot be reached (${NOBODY}: connection refused); check it and the network`,
    ],
    [
      "Pulumi Cloud that cannot be reached",
      `http://${NOBODY}`,
      { PULUMI_ACCESS_TOKEN: SECRET },
      `http://${NOBODY} cannot be reached (${NOBODY}: connection refused); check it and the network`,
    ],
    [
      "Pulumi Cloud without a token",
      "https://pulumi.example",
      {},
      "https://pulumi.example is taken for a Pulumi Cloud, and PULUMI_ACCESS_TOKEN is not set; set it, or correct the address",
    ],
  ];

  test.each(cases)("%s", async (_, backendUrl, env, told) => {
    const { code, message } = await stack.refused({ backendUrl, env });
    expect([code, message]).toEqual(["configuration", `acme: ${told}`]);
    expect(stack.said.join("\n")).not.toContain(SECRET);
  });
});
