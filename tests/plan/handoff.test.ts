// What the customer is told; that the addresses are the clouds' own is for the engine tier to show.
import { describe, expect, test } from "vitest";
import { planHandoff } from "../../plan/handoff.ts";
import { renderHandoffMarkdown } from "../../plan/handoffMarkdown.ts";
import { planCustomer } from "../../plan/plan.ts";
import { connection, customer, everyKind, link, PSC_DOMAIN } from "../support/customers.ts";

const titles = (plan: ReturnType<typeof planCustomer>) => planHandoff(plan).sections.map(({ title }) => title);

describe("the hand-off", () => {
  test("of every kind at once tells what to allow, accept, check and end", () => {
    const handoff = planHandoff(planCustomer(everyKind()), {
      natAddresses: { "nat-1": "203.0.113.1", "nat-2": "203.0.113.2" },
      endpointStates: { [link("a1").serviceId]: "pendingAcceptance" },
      pscStatuses: { [PSC_DOMAIN]: "ACCEPTED" },
    });
    expect(renderHandoffMarkdown(handoff)).toMatchInlineSnapshot();
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
        services: [],
      },
    ]);
    expect(handoff.staticAddresses).toEqual([
      { key: "nat-1", state: "active", address: "not assigned yet" },
      { key: "nat-2", state: "active", address: "not assigned yet" },
    ]);
  });

  test("of a customer with one kind says nothing of the others", () => {
    expect(titles(planCustomer(customer({ aws: [connection()] })))).toEqual([
      "AWS PrivateLink in us-east-1",
      "How to check it",
      "Next steps once it is connected",
      "How to end the connection at any time",
    ]);
  });

  test("names a GovCloud principal in its own partition", () => {
    const aws = [connection({ region: "us-gov-west-1", availabilityZoneIDs: ["usgw1-az1", "usgw1-az2"] })];
    expect(planHandoff(planCustomer(customer({ aws }))).aws[0]?.principalArn).toBe("arn:aws-us-gov:iam::111122223333:root");
  });

  test("a display name cannot write Markdown or HTML", () => {
    const markdown = renderHandoffMarkdown(planHandoff(planCustomer(everyKind({ displayName: "<b>[x](y)</b> @all #1" }))));
    expect(markdown.split("\n")[0]).toBe("# Private registry access for \\<b\\>\\[x\\]\\(y\\)\\</b\\> \\@all \\#1");
  });
});
