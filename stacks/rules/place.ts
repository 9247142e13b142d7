import type { Infrastructure } from "./check.ts";

/** Account and region on AWS, as far as a file tells them. */
export interface AwsPlace {
  readonly accountID?: string;
  readonly region?: string;
}

type Registry = NonNullable<NonNullable<Infrastructure["registries"]>[string]>;

/** Where a block says it is. */
const placeOf = ({
  accountID,
  region,
}: {
  readonly accountID?: string | undefined;
  readonly region?: string | undefined;
} = {}): AwsPlace => ({
  ...(accountID === undefined ? {} : { accountID }),
  ...(region === undefined ? {} : { region }),
});

/** Where a registry is published on AWS: a registry that is run here need not say it twice. */
export const publishedPlace = ({ selfHosted, publish }: Registry): AwsPlace => ({
  ...placeOf(selfHosted),
  ...placeOf(publish?.aws),
});

/** Where a registry is that PrivateLink leads to: its own service, or what publishes it. Undefined where it has neither. */
export function awsPlace(registry: Registry | undefined): AwsPlace | undefined {
  if (registry?.codeArtifact !== undefined) return placeOf(registry.codeArtifact);
  return registry?.publish?.aws === undefined ? undefined : publishedPlace(registry);
}

/** Whether what an ARN names is at a place, as far as the place is known. */
export function isAt(arn: string, { accountID, region }: AwsPlace): boolean {
  const [, , , there, owner] = arn.split(":");
  return (region === undefined || there === region) && (accountID === undefined || owner === accountID);
}

/** A place in words, with no more than what is known of it: ` of 111122223333 in us-east-1`. */
export const inWords = ({ accountID, region }: AwsPlace): string =>
  `${accountID === undefined ? "" : ` of ${accountID}`}${region === undefined ? "" : ` in ${region}`}`;

/** The part of an ARN's place that another place has too, in words: what is not compared is not told. */
export function arnInWords(arn: string, { accountID, region }: AwsPlace): string {
  const [, , , there, owner] = arn.split(":");
  return inWords({
    ...(accountID === undefined || owner === undefined ? {} : { accountID: owner }),
    ...(region === undefined || there === undefined ? {} : { region: there }),
  });
}
