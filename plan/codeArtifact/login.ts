import type { CodeArtifact } from "./customer.ts";
import { repositoriesHost, repositoryEndpoint } from "./names.ts";

/** Tools a person signs in with, by the name this program gives them. */
export const TOOLS = ["npm", "pip", "twine", "nuget", "swift", "maven", "gradle", "cargo", "gem"] as const;
export type Tool = (typeof TOOLS)[number];

type Domain = Pick<CodeArtifact, "domain" | "accountID" | "region">;

const VARIABLE = "CODEARTIFACT_AUTH_TOKEN";

/** How a shell gets a token; the token itself is in no output of this program. */
export const tokenCommand = (domain: Domain): string => `export ${VARIABLE}=$(${getToken(domain)})`;

const getToken = ({ domain, accountID, region }: Domain): string =>
  `aws codeartifact get-authorization-token --domain ${domain} --domain-owner ${accountID} --region ${region} ` +
  "--query authorizationToken --output text";

/** A command, and what does the same where there is no AWS CLI but a token in the environment. */
const either = (login: string, ...byHand: readonly string[]): string => [login, "# or by hand:", ...byHand].join("\n");

/**
 * How each tool is pointed at a repository. No command holds a token: each gets one when it is run. Maven, Gradle, Cargo
 * and gem have no `aws codeartifact login`; theirs is the file or environment that does it.
 * Sources: CodeArtifact User Guide, "Using CodeArtifact with …" of each format; Cargo Book, "Registry authentication".
 */
export function loginCommands(domain: Domain, repository: string): Readonly<Record<Tool, string>> {
  const endpoint = (format: string): string => repositoryEndpoint(domain, repository, format);
  const login = (tool: string): string =>
    `aws codeartifact login --tool ${tool} --repository ${repository} --domain ${domain.domain} ` +
    `--domain-owner ${domain.accountID} --region ${domain.region}`;
  const host = repositoriesHost(domain);
  const registry = `${domain.domain}-${repository}`.replace(/[^A-Za-z0-9-]/g, "-");
  return {
    npm: either(
      login("npm"),
      `npm config set registry=${endpoint("npm")}`,
      `npm config set //${host}/npm/${repository}/:_authToken=$${VARIABLE}`,
    ),
    pip: either(
      login("pip"),
      `pip config set site.index-url https://aws:$${VARIABLE}@${host}/pypi/${repository}/simple/`,
    ),
    twine: either(
      login("twine"),
      `export TWINE_USERNAME=aws TWINE_PASSWORD=$${VARIABLE} TWINE_REPOSITORY_URL=${endpoint("pypi")}`,
      "twine upload dist/*",
    ),
    nuget: either(
      login("dotnet"),
      `dotnet nuget add source ${endpoint("nuget")}v3/index.json --name ${domain.domain}/${repository} ` +
        `--username aws --password $${VARIABLE} --store-password-in-clear-text`,
    ),
    swift: login("swift"),
    maven: [
      "<settings>",
      `  <servers><server><id>codeartifact</id><username>aws</username><password>\${env.${VARIABLE}}</password></server></servers>`,
      `  <mirrors><mirror><id>codeartifact</id><mirrorOf>central</mirrorOf><url>${endpoint("maven")}</url></mirror></mirrors>`,
      "</settings>",
    ].join("\n"),
    gradle: [
      "maven {",
      `  url '${endpoint("maven")}'`,
      `  credentials { username "aws"; password System.env.${VARIABLE} }`,
      "}",
    ].join("\n"),
    cargo: [
      `[registries.${registry}]`,
      `index = "sparse+${endpoint("cargo")}"`,
      `credential-provider = "cargo:token-from-stdout ${getToken(domain)}"`,
      "[source.crates-io]",
      `replace-with = "${registry}"`,
    ].join("\n"),
    gem: [
      `bundle config set ${endpoint("ruby")} aws:$${VARIABLE}`,
      `GEM_HOST_API_KEY="Bearer $${VARIABLE}" gem push --host ${endpoint("ruby").replace(/\/$/, "")} <package>.gem`,
    ].join("\n"),
  };
}
