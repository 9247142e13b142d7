import { awsRegion, block, dnsName, oneOf } from "../fields.ts";
import { accountID } from "../accounts.ts";

/** `registries.<key>.selfHosted`. */
export const selfHosted = block(
  {
    accountID: accountID("the id of the account the registry runs in").describe("AWS account the registry runs in."),
    region: awsRegion().describe("Region the registry runs in."),
    profile: oneOf("the profile", ["quilt", "generic"]).describe(
      "What runs: the Quilt Teams stack, or any registry in a container.",
    ),
    registryHost: dnsName("the registry's dns name").describe("DNS name of the registry; the certificate covers it."),
  },
  "accountID, region, profile and registryHost",
);
