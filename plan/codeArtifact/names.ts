import type { CodeArtifact } from "./customer.ts";

type Domain = Pick<CodeArtifact, "domain" | "accountID" | "region">;

/** Host of every repository of a domain. Source: CodeArtifact User Guide, "Domain overview", endpoint form. */
export const repositoriesHost = ({ domain, accountID, region }: Domain): string =>
  `${domain}-${accountID}.d.codeartifact.${region}.amazonaws.com`;

/** Host of CodeArtifact's own API in a region. Source: AWS General Reference, CodeArtifact endpoints. */
export const apiHost = ({ region }: Pick<CodeArtifact, "region">): string => `codeartifact.${region}.amazonaws.com`;

/** ARN of a domain. Source: Service Authorization Reference, "Resource types defined by AWS CodeArtifact". */
export const domainArn = ({ domain, accountID, region }: Domain): string =>
  `arn:aws:codeartifact:${region}:${accountID}:domain/${domain}`;
