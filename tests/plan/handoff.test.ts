// What the customer is told; that the addresses are the clouds' own is for the engine tier to show.
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { NO_VALUES, planHandoff } from "../../plan/handoff.ts";
import { renderHandoffMarkdown } from "../../plan/handoffMarkdown.ts";
import { planCustomer } from "../../plan/plan.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { fixture } from "../stacks/support.ts";
import { connection, customer, everyKind, link, PSC_DOMAIN } from "../support/customers.ts";

const titles = (plan: ReturnType<typeof planCustomer>) => planHandoff(plan).sections.map(({ title }) => title);

describe("the hand-off of registries made and published here", () => {
  const { customer: made } = parseCustomer(fixture("made-registries"), "acme.yaml");

  test("asks for nothing that is already done, and says how to end it", () => {
    const { aws, made: parts, sections } = planHandoff(planCustomer(made));
    expect(aws).toEqual([]);
    expect(parts.map(({ registry, kind, account, admits }) => [registry, kind, account, admits])).toEqual([
      ["packages", "codeArtifact", "444455556666", "our executors, to read"],
    ]);
    expect(sections[0]).toEqual({
      title: "Registry acme-prod-444455556666.d.codeartifact.us-east-1.amazonaws.com",
      steps: [
        "It is an AWS CodeArtifact domain in your account `444455556666`, `us-east-1`. The domain, its key and its packages are yours.",
        "To end our access, attach a policy that denies everything to the role `arn:aws:iam::444455556666:role/acme-packages-reader`; taking its trust away alone leaves tokens alive until they end.",
      ],
    });
  });

  test("asks for no secret and no certificate of a registry that AWS runs", () => {
    const { sections } = planHandoff(planCustomer(made));
    expect(sections.map(({ title }) => title)).not.toContain("Certificates");
    expect(sections.find(({ title }) => title.startsWith("Next steps"))?.steps[0]).toBe(
      "There is no secret to create for `acme-prod-444455556666.d.codeartifact.us-east-1.amazonaws.com`: its tokens are got on our side, and indexing jobs are given one as an executor secret.",
    );
    expect(sections.flatMap(({ steps }) => steps).join(" ")).not.toContain("create executor secrets");
  });

  test("asks to let the load balancer in where no security group is named, and says where to look and how to end", () => {
    const file = new URL("../../stacks/customers/both-ends.yaml", import.meta.url);
    const text = readFileSync(file, "utf8").replace(
      "{ target:",
      "{ healthCheck: { protocol: HTTP, path: /, port: 8081 }, target:",
    );
    const steps = (edited: string): string[] =>
      planHandoff(planCustomer(parseCustomer(Buffer.from(edited), "both-ends.yaml").customer)).sections.flatMap(
        (section) => section.steps,
      );
    const asked = steps(text).filter((step) => step.startsWith("Let "));
    expect(asked).toEqual(
      [443, 8081].map(
        (port) =>
          `Let \`subnet-0123456789abcdef1\`, \`subnet-0123456789abcdef2\` reach \`10.50.0.10\`, \`10.50.1.10\` on TCP \`${port}\`; connections and health checks come from there, whoever opened them.`,
      ),
    );
    const named = text.replace("10.50.1.10]", "10.50.1.10], securityGroupID: sg-0123456789abcdef0");
    expect(steps(named).filter((step) => step.startsWith("Let "))).toEqual([]);
    expect(steps(text).slice(-10)).toEqual(
      expect.arrayContaining([
        'In the AWS console, the endpoint connection\'s state is "Available".',
        'In the Google Cloud console, the connected project\'s status on the service attachment is "Accepted".',
        "What we made or published in your accounts: as its section says; tell us as well, since a later update of ours may connect again.",
      ]),
    );
  });

  test("tells the records that registries ask for once they are known", () => {
    const plan = planCustomer(made);
    const registry = { ...plan.registries[0]!, key: "npm", dnsName: "npm.acme.example" };
    const published = { ...registry, publishAws: { accountID: "444455556666", region: "us-east-1", listeners: [] } };
    const { sections } = planHandoff(
      { ...plan, registries: [published as unknown as typeof registry] },
      { ...NO_VALUES, records: { npm: [{ name: "_proof.npm.acme.example", type: "TXT", value: "vpce:abc" }] } },
    );
    expect(sections[0]!.steps).toContain("In your DNS, add `_proof.npm.acme.example` as TXT `vpce:abc`.");
  });
});

describe("the hand-off", () => {
  test("of every kind at once tells what to allow, accept, check and end", () => {
    const handoff = planHandoff(planCustomer(everyKind()), {
      natAddresses: { "nat-1": "203.0.113.1", "nat-2": "203.0.113.2" },
      endpointStates: { [link("a1").key]: "pendingAcceptance" },
      endpointIds: { [link("a1").key]: "vpce-0a1b2c3d4e5f67890" },
      pscStatuses: { [PSC_DOMAIN]: "ACCEPTED" },
      records: {},
    });
    expect(renderHandoffMarkdown(handoff)).toMatchInlineSnapshot(`
      "# Private registry access for Acme

      ## AWS PrivateLink in us-east-1

      1. Publish the registry behind a Network Load Balancer as a VPC endpoint service in \`us-east-1\`.
      2. Enable the load balancer in the zones \`use1-az1\`, \`use1-az4\` (zone ids, which mean the same in every account), or tell us which of the region's zones it is in.
      3. On the endpoint service, under "Allow principals", allow \`arn:aws:iam::111122223333:root\` and no other principal of ours.
      4. A load balancer whose security group is enforced on PrivateLink traffic sees our executors' own addresses: allow TCP from \`10.10.0.0/24\`, \`10.10.1.0/24\`, or switch that enforcement off.
      5. We connect to \`com.amazonaws.vpce.us-east-1.vpce-svc-000000000000000a1\` on TCP \`443\`; its state is pendingAcceptance.
      6. Where the service asks for acceptance: under "Endpoint connections", accept the request from our account, \`vpce-0a1b2c3d4e5f67890\`.

      ## Google Private Service Connect for packages.gcp.acme.example

      1. On the service attachment \`projects/acme-shared/regions/us-central1/serviceAttachments/packages\`, accept the project \`acme-prod-4f2a\` with a connection limit of at least 1.
      2. Let the attachment's subnets reach the registry on TCP \`443\`; the connection's status is ACCEPTED.

      ## Static addresses for your allowlist

      1. On the load balancer in front of the registry, allow TCP 443 from \`203.0.113.1\` (nat-1, active), \`203.0.113.2\` (nat-2, active).
      2. Allow every one of them, reserved ones included: any executor may use any active address at any time, and a reserved one becomes active once you have confirmed it.
      3. Confirm in writing when the allowlist is in place.

      ## Certificates

      1. Executors ask for the registry by its private name and check the certificate against that name. We recommend a load balancer that passes TCP through, which needs no certificate; one that ends TLS needs a certificate for the private name beside its own.
      2. \`artifactory.acme.example\` is vouched for by your own CA, whose bundle executors trust; send us the next one before this one ends.

      ## How to check it

      1. In the AWS console, the endpoint connection's state is "Available".
      2. In the Google Cloud console, the connected project's status on the service attachment is "Accepted".
      3. The load balancer's log shows connections from the addresses above.
      4. Index one repository whose configuration names the private registry: a finished index is the proof.

      ## Next steps once it is connected

      1. If the registry asks for credentials, create executor secrets that hold them for \`artifactory.acme.example\`, \`maven.dc.acme.example\`. Never send credentials to us.
      2. Extend the auto-indexing inference configuration so that it writes those secrets to the files your package manager reads.
      3. Index one repository that needs a private package, then switch on auto-indexing for the rest.

      ## How to end the connection at any time

      1. AWS: reject our endpoint connection and remove our principal; removing the principal alone leaves a connection open.
      2. Google Cloud: remove our project from the accept list with connection reconciliation on.
      3. Load balancer: remove our addresses from the allowlist.
      4. Nothing on our side is needed for it to take effect.
      "
    `);
  });

  test("before the customer has answered gives the principal, the form of the service name and the addresses' places", () => {
    const { executorNAT } = everyKind();
    const plan = planCustomer(customer({ aws: [connection({ privateLinks: [] })], executorNAT: executorNAT! }));
    const handoff = planHandoff(plan);
    expect(handoff.aws).toEqual([
      {
        accountID: "111122223333",
        principalArn: "arn:aws:iam::111122223333:root",
        region: "us-east-1",
        serviceNameForm: "com.amazonaws.vpce.us-east-1.vpce-svc-<17 hex digits>",
        sourceRanges: ["10.10.0.0/24", "10.10.1.0/24"],
        zones: ["use1-az1", "use1-az4"],
        services: [],
      },
    ]);
    expect(handoff.staticAddresses).toEqual([
      { key: "nat-1", state: "active", address: "not assigned yet" },
      { key: "nat-2", state: "active", address: "not assigned yet" },
    ]);
  });

  test("before the customer has published on Google Cloud gives the project to accept and the form of the answer", () => {
    const plan = planCustomer(customer({ privateServiceConnect: { subnet: "executors-a", endpoints: [] } }));
    const [section] = planHandoff(plan).sections;
    expect(section?.title).toBe("Google Private Service Connect");
    expect(section?.steps.join(" ")).toContain("accept the project `acme-prod-4f2a`");
    expect(section?.steps.join(" ")).toContain("`projects/<project>/regions/us-central1/serviceAttachments/<name>`");
  });

  test("of a customer with one kind says nothing of the others", () => {
    expect(titles(planCustomer(customer({ aws: [connection()] })))).toEqual([
      "AWS PrivateLink in us-east-1",
      "How to check it",
      "Next steps once it is connected",
      "How to end the connection at any time",
    ]);
  });

  test("a display name cannot write Markdown or HTML", () => {
    const markdown = renderHandoffMarkdown(
      planHandoff(planCustomer(everyKind({ displayName: "<b>[x](y)</b> @all #1" }))),
    );
    expect(markdown.split("\n")[0]).toBe("# Private registry access for \\<b\\>\\[x\\]\\(y\\)\\</b\\> \\@all \\#1");
  });
});
