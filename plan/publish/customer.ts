/** How a registry is published from an AWS account of the customer's: a network load balancer and an endpoint service. */
export interface PublishAws {
  readonly accountID: string;
  readonly region: string;
}

/** How a registry is published from a Google Cloud project of the customer's: a service attachment. */
export interface PublishGcp {
  readonly projectID: string;
  readonly region: string;
}
