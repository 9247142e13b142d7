import { awsRegion, block, oneOf, text } from "../fields.ts";
import { accountID } from "../accounts.ts";

/** `registries.<key>.codeArtifact`. */
export const codeArtifact = block(
  {
    accountID: accountID("the id of the account that owns the domain").describe("AWS account that owns the domain."),
    region: awsRegion().describe("Region of the domain; that of the connection which leads to it."),
    environment: oneOf("the environment", ["prod", "nonprod"]).describe(
      "Production and other packages have domains of their own.",
    ),
    domain: text(
      {
        expected: "2 to 50 of a-z, 0-9 and -, a letter first, no - last",
        what: "the domain's name",
        fix: "respell it",
      },
      /^[a-z][a-z0-9-]{0,48}[a-z0-9]$/,
    ).describe("Name of the domain; immutable and publicly visible."),
  },
  "accountID, region, environment and domain",
);
