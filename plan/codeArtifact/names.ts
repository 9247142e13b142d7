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

/** ARN of a repository. */
export const repositoryArn = ({ domain, accountID, region }: Domain, repository: string): string =>
  `arn:aws:codeartifact:${region}:${accountID}:repository/${domain}/${repository}`;

/** ARN of the packages of a repository: `<format>/<namespace>/<name>`, an empty namespace between two slashes. */
export const packageArn = ({ domain, accountID, region }: Domain, repository: string, packages: string): string =>
  `arn:aws:codeartifact:${region}:${accountID}:package/${domain}/${repository}/${packages}`;

/** URL of one format of a repository. npm and pip fail without the slash at its end. */
export const repositoryEndpoint = (domain: Domain, repository: string, format: string): string =>
  `https://${repositoriesHost(domain)}/${format}/${repository}/`;

/** The audience that a service account's identity token is for: only this domain's consumer role takes it. */
export const audience = ({ accountID, domain }: Pick<Domain, "accountID" | "domain">): string =>
  `https://codeartifact/${accountID}/${domain}`;
