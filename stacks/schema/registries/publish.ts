import { awsRegion, block, gcpRegion, text } from "../fields.ts";
import { accountID } from "../accounts.ts";

/** `registries.<key>.publish.aws`. */
const publishAws = block(
  {
    accountID: accountID("the id of the customer's account").describe("AWS account the registry is published from."),
    region: awsRegion().describe("Region of the endpoint service; that of the connection which leads to it."),
  },
  "accountID and region",
);

/** `registries.<key>.publish.gcp`. */
const publishGcp = block(
  {
    projectID: text(
      { expected: "a google cloud project id", what: "the customer's project id", fix: "copy it from the console" },
      /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    ).describe("Google Cloud project the registry is published from."),
    region: gcpRegion().describe("Region of the service attachment; that of the executors."),
  },
  "projectID and region",
);

/** `registries.<key>.publish`. */
export const publish = block(
  {
    aws: publishAws
      .optional()
      .describe("A network load balancer and an endpoint service in the customer's AWS account."),
    gcp: publishGcp
      .optional()
      .describe("A load balancer and a service attachment in the customer's Google Cloud project."),
  },
  "aws or gcp",
);
