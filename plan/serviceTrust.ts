/**
 * Trust policy of a role that one service of AWS's takes.
 * @param service such as `lambda.amazonaws.com`
 * @param accountID account on whose behalf alone; left out for a service that does not say for whom it acts, as EC2 and
 *   Lambda, or nobody could take the role. Source: IAM User Guide, "The confused deputy problem".
 */
export const serviceTrust = (service: string, accountID?: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Service: service },
        Action: "sts:AssumeRole",
        ...(accountID === undefined ? {} : { Condition: { StringEquals: { "aws:SourceAccount": accountID } } }),
      },
    ],
  });
