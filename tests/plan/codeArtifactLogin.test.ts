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

const GOLDEN: readonly (readonly [title: string, tool: Tool, command: string])[] = [
  [
    "points npm at a repository [A.8 npm]",
    "npm",
    `${LOGIN} npm ${AT}
# or by hand:
npm config set registry=https://${HOST}/npm/shared/
npm config set //${HOST}/npm/shared/:_authToken=$CODEARTIFACT_AUTH_TOKEN`,
  ],
  [
    "points pip at a repository [A.8 pip]",
    "pip",
    `${LOGIN} pip ${AT}
# or by hand:
pip config set site.index-url https://aws:$CODEARTIFACT_AUTH_TOKEN@${HOST}/pypi/shared/simple/`,
  ],
  [
    "points twine at a repository [A.8 twine]",
    "twine",
    `${LOGIN} twine ${AT}
# or by hand:
export TWINE_USERNAME=aws TWINE_PASSWORD=$CODEARTIFACT_AUTH_TOKEN TWINE_REPOSITORY_URL=https://${HOST}/pypi/shared/
twine upload dist/*`,
  ],
  [
    "points nuget at a repository [A.8 nuget / dotnet]",
    "nuget",
    `${LOGIN} dotnet ${AT}
# or by hand:
dotnet nuget add source https://${HOST}/nuget/shared/v3/index.json --name acme-prod/shared --username aws --password $CODEARTIFACT_AUTH_TOKEN --store-password-in-clear-text`,
  ],
  ["points swift at a repository [A.8 swift]", "swift", `${LOGIN} swift ${AT}`],
  [
    "points maven at a repository [A.8 maven]",
    "maven",
    `<settings>
  <servers><server><id>codeartifact</id><username>aws</username><password>\${env.CODEARTIFACT_AUTH_TOKEN}</password></server></servers>
  <mirrors><mirror><id>codeartifact</id><mirrorOf>central</mirrorOf><url>https://${HOST}/maven/shared/</url></mirror></mirrors>
</settings>`,
  ],
  [
    "points gradle at a repository [A.8 gradle]",
    "gradle",
    `maven {
  url 'https://${HOST}/maven/shared/'
  credentials { username "aws"; password System.env.CODEARTIFACT_AUTH_TOKEN }
}`,
  ],
  [
    "points cargo at a repository [A.8 cargo]",
    "cargo",
    `[registries.acme-prod-shared]
index = "sparse+https://${HOST}/cargo/shared/"
credential-provider = "cargo:token-from-stdout ${GET}"
[source.crates-io]
replace-with = "acme-prod-shared"`,
  ],
  [
    "points gem and bundler at a repository [A.8 gem / bundler]",
    "gem",
    `bundle config set https://${HOST}/ruby/shared/ aws:$CODEARTIFACT_AUTH_TOKEN
GEM_HOST_API_KEY="Bearer $CODEARTIFACT_AUTH_TOKEN" gem push --host https://${HOST}/ruby/shared <package>.gem`,
  ],
];

describe("signing in", () => {
  it.each(GOLDEN)("%s", (_, tool, command) => {
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
    for (const format of ["npm", "pypi", "maven", "nuget", "cargo", "ruby"])
      expect(repositoryEndpoint(DOMAIN, "shared", format)).toBe(`https://${HOST}/${format}/shared/`);
  });
});
