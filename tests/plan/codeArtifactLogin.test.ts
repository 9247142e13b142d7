/** How tools sign in to a repository. Texts alone: that the tools take them is for a real account to show. */
import { describe, expect, it } from "vitest";
import { loginCommands, tokenCommand, TOOLS, type Tool } from "../../plan/codeArtifact/login.ts";
import { repositoryEndpoint } from "../../plan/codeArtifact/names.ts";

const DOMAIN = { domain: "acme-prod", accountID: "444455556666", region: "us-east-1" };
const HOST = "acme-prod-444455556666.d.codeartifact.us-east-1.amazonaws.com";
const LOGIN = "aws codeartifact login --tool";
const AT = "--repository shared --domain acme-prod --domain-owner 444455556666 --region us-east-1";
const GET =
  "aws codeartifact get-authorization-token --domain acme-prod --domain-owner 444455556666 --region us-east-1 " +
  "--query authorizationToken --output text";

const GOLDEN: readonly (readonly [row: string, tool: Tool, command: string])[] = [
  ["npm", "npm", `${LOGIN} npm ${AT}`],
  ["pip", "pip", `${LOGIN} pip ${AT}`],
  ["twine", "twine", `${LOGIN} twine ${AT}`],
  ["nuget / dotnet", "nuget", `${LOGIN} dotnet ${AT}`],
  ["swift", "swift", `${LOGIN} swift ${AT}`],
  [
    "maven",
    "maven",
    `<settings>
  <servers><server><id>codeartifact</id><username>aws</username><password>\${env.CODEARTIFACT_AUTH_TOKEN}</password></server></servers>
  <mirrors><mirror><id>codeartifact</id><mirrorOf>central</mirrorOf><url>https://${HOST}/maven/shared/</url></mirror></mirrors>
</settings>`,
  ],
  [
    "gradle",
    "gradle",
    `maven {
  url 'https://${HOST}/maven/shared/'
  credentials { username "aws"; password System.env.CODEARTIFACT_AUTH_TOKEN }
}`,
  ],
  [
    "cargo",
    "cargo",
    `[registries.acme-prod-shared]
index = "sparse+https://${HOST}/cargo/shared/"
credential-provider = "cargo:token-from-stdout ${GET}"
[source.crates-io]
replace-with = "acme-prod-shared"`,
  ],
  ["gem / bundler", "gem", `bundle config set https://${HOST}/ruby/shared/ aws:$CODEARTIFACT_AUTH_TOKEN`],
];

describe("signing in", () => {
  it.each(GOLDEN)("is one command or file for %s [A.8 %s]", (_, tool, command) => {
    expect(loginCommands(DOMAIN, "shared")[tool]).toBe(command);
  });

  it("is known for nine tools, each once", () => {
    expect(GOLDEN.map(([, tool]) => tool).sort()).toEqual([...TOOLS].sort());
  });

  it("gets a token when it is run and holds none", () => {
    expect(tokenCommand(DOMAIN)).toBe(`export CODEARTIFACT_AUTH_TOKEN=$(${GET})`);
  });

  it("ends every url in a slash, without which npm and pip fail", () => {
    expect(repositoryEndpoint(DOMAIN, "shared", "npm")).toBe(`https://${HOST}/npm/shared/`);
    const urls = Object.values(loginCommands(DOMAIN, "shared")).flatMap((text) => text.match(/https:[^\s'"<]+/g) ?? []);
    expect(urls.length).toBe(4);
    expect(urls.filter((url) => !url.endsWith("/"))).toEqual([]);
  });
});
