import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as GcpProvider } from "@pulumi/gcp/provider.js";
import { physicalName } from "../plan/names.ts";

/** How the program signs in, from stack configuration; absent means the credentials of the environment. */
export interface Credentials {
  /** Role assumed in each AWS account. */
  readonly awsRoleName?: string;
  /** Service account impersonated on Google Cloud. */
  readonly gcpServiceAccount?: string;
}

/** Refuses every account but its own, whatever credentials the environment holds. */
export const awsProvider = (
  name: string,
  accountID: string,
  region: string,
  { awsRoleName }: Credentials,
): AwsProvider =>
  new AwsProvider(name, {
    region,
    allowedAccountIds: [accountID],
    ...(awsRoleName === undefined
      ? {}
      : {
          assumeRoles: [{ roleArn: `arn:aws:iam::${accountID}:role/${awsRoleName}`, sessionName: "causeway" }],
        }),
  });

export const gcpProvider = (
  name: string,
  project: string,
  region: string,
  { gcpServiceAccount }: Credentials,
): GcpProvider =>
  new GcpProvider(name, {
    project,
    region,
    // Labels are decided by the plan alone.
    addPulumiAttributionLabel: false,
    ...(gcpServiceAccount === undefined ? {} : { impersonateServiceAccount: gcpServiceAccount }),
  });

/** Providers of the accounts and projects of a customer's own, each made once. */
export class CustomerProviders {
  readonly #customer: string;
  readonly #credentials: Credentials;
  readonly #aws = new Map<string, AwsProvider>();
  readonly #gcp = new Map<string, GcpProvider>();

  constructor(customer: string, credentials: Credentials) {
    this.#customer = customer;
    this.#credentials = credentials;
  }

  aws(accountID: string, region: string): AwsProvider {
    const name = physicalName(this.#customer, "registry", accountID, region);
    const provider = this.#aws.get(name) ?? awsProvider(name, accountID, region, this.#credentials);
    this.#aws.set(name, provider);
    return provider;
  }

  gcp(projectID: string, region: string): GcpProvider {
    const name = `${this.#customer}-registry-${projectID}-${region}`;
    const provider = this.#gcp.get(name) ?? gcpProvider(name, projectID, region, this.#credentials);
    this.#gcp.set(name, provider);
    return provider;
  }
}
