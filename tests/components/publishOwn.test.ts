// A registry run here and published, and what is handed over, in process: that it answers is for the simulated network.
import * as pulumi from "@pulumi/pulumi";
import { Provider } from "@pulumi/aws/provider.js";
import { Provider as GcpProvider } from "@pulumi/gcp/provider.js";
import { describe, expect, it } from "vitest";
import { EndpointServicePublisher } from "../../components/publish/endpointService.ts";
import { ServiceAttachmentPublisher } from "../../components/publish/serviceAttachment.ts";
import { resourceGraph, type Graph } from "../../engine/graph.ts";
import { planEndpointService, planServiceAttachment } from "../../plan/publish/plan.ts";
import type { PublishAws } from "../../plan/publish/customer.ts";
import { HEALTH_PATH } from "../../plan/selfHosted/bootstrap/nginx.ts";
import { listener, onAws, onGoogle, publishedOnAws, publishedOnGoogle, REGION } from "../support/published.ts";

const BALANCER = "arn:aws:elasticloadbalancing:us-east-1:444455556666:loadbalancer/app/own/0123456789abcdef";
const SERVICE = "com.amazonaws.vpce.us-east-1.vpce-svc-0a";

/** What a publisher of a registry that is run here declares, and what it hands over. @param elsewhere in another VPC */
async function own(changes: Partial<PublishAws> = {}, elsewhere = false): Promise<Graph> {
  const customer = publishedOnAws();
  const { vpcID, subnets, ...known } = onAws({
    listeners: [listener({ target: { kind: "own" }, healthCheck: { protocol: "HTTPS", path: HEALTH_PATH } })],
    ...changes,
  });
  const service = planEndpointService(customer, customer.registries[0]!, {
    ...known,
    ...(elsewhere ? { vpcID: vpcID!, subnets: subnets! } : {}),
  });
  return resourceGraph(
    () => {
      const provider = new Provider("own", { region: REGION });
      const target = {
        vpcId: pulumi.output("vpc-own"),
        subnetIds: [pulumi.output("subnet-own-a"), pulumi.output("subnet-own-b")],
        zoneIDs: ["use1-az6", "use1-az2"],
        loadBalancerArn: pulumi.output(BALANCER),
        listener: new pulumi.ComponentResource("test:Listener", "listener"),
        securityGroupId: pulumi.output("sg-own"),
      };
      const made = new EndpointServicePublisher("acme-npm", { service, target, tags: {} }, { providers: [provider] });
      made.accept("vpce-0a");
      return Promise.resolve({ handover: made.handover, proof: made.nameProof });
    },
    {
      ...{ project: "causeway", stack: "acme", preview: false },
      outputs: (type) =>
        type.endsWith(":VpcEndpointService")
          ? { serviceName: SERVICE, privateDnsNameConfigurations: [{ name: "_p", type: "TXT", value: "vpce:v" }] }
          : {},
    },
  );
}

const inputsOf = ({ nodes }: Graph, className: string): readonly Readonly<Record<string, unknown>>[] =>
  nodes.filter(({ type }) => type.endsWith(`:${className}`)).map(({ inputs }) => inputs);

describe("a registry that is run here and published", () => {
  it("is the one target, in its own network, over tcp, once its listener is there [SR-20]", async () => {
    const graph = await own();
    expect(inputsOf(graph, "LoadBalancer")[0]).toMatchObject({ subnets: ["subnet-own-a", "subnet-own-b"] });
    expect(inputsOf(graph, "TargetGroup")[0]).toMatchObject({ targetType: "alb", protocol: "TCP", vpcId: "vpc-own" });
    expect(inputsOf(graph, "Listener").find((one) => one["port"] === 443)).toMatchObject({ protocol: "TCP" });
    const attached = graph.nodes.find(({ type }) => type.endsWith(":TargetGroupAttachment"))!;
    expect(attached.inputs).toMatchObject({ targetId: BALANCER, port: 443 });
    expect(inputsOf(graph, "TargetGroupAttachment")).toHaveLength(1);
  });

  it("is asked over https at a path that any host has [SR-21]", async () => {
    expect(inputsOf(await own(), "TargetGroup")[0]!["healthCheck"]).toEqual({
      ...{ enabled: true, protocol: "HTTPS", path: "/healthcheck", matcher: "200-399", port: "traffic-port" },
    });
  });

  it("lets the network load balancer's group in, and that one leads nowhere else [SR-22]", async () => {
    const graph = await own();
    expect(inputsOf(graph, "SecurityGroupIngressRule")).toMatchObject([
      { securityGroupId: "sg-own", referencedSecurityGroupId: "acme-npm-id", fromPort: 443, toPort: 443 },
    ]);
    expect(inputsOf(graph, "SecurityGroupEgressRule")).toMatchObject([
      { securityGroupId: "acme-npm-id", referencedSecurityGroupId: "sg-own", fromPort: 443, toPort: 443 },
    ]);
  });

  it("is accepted by nobody unless each endpoint waits for it [CP-05]", async () => {
    expect(inputsOf(await own(), "VpcEndpointConnectionAccepter")).toEqual([]);
    expect(inputsOf(await own({ acceptance: "manual" }), "VpcEndpointConnectionAccepter")).toEqual([
      { vpcEndpointServiceId: "acme-npm-id", vpcEndpointId: "vpce-0a" },
    ]);
  });
});

describe("what is handed over", () => {
  it("answers the questions of intake for AWS, zones by their ids [CP-07] [CP-11]", async () => {
    const { outputs } = await own({ acceptance: "manual" }, true);
    expect(outputs["handover"]).toEqual({
      ...{ dnsName: "npm.acme.example", region: "us-east-1", tlsType: "public-ca", serviceName: SERVICE },
      ...{ ports: [443], azIds: ["use1-az1", "use1-az4"], acceptanceRequired: true },
    });
  });

  it("tells the zones of a registry that is run here, which publishes no subnets of its own [CP-07]", async () => {
    const { outputs } = await own();
    expect(outputs["handover"]).toMatchObject({ azIds: ["use1-az2", "use1-az6"] });
  });

  it("tells the proof of a private name in full [CP-06]", async () => {
    const privateDns = { name: "npm.acme.example", verification: { kind: "manual" } } as const;
    const { outputs } = await own({ privateDns });
    expect(outputs["proof"]).toEqual({ name: "_p.npm.acme.example", type: "TXT", value: "vpce:v" });
    expect(outputs["handover"]).toMatchObject({ privateDnsName: "npm.acme.example" });
  });

  it("names the attachment as the connection's block takes it, and refuses another form [CP-26]", async () => {
    const customer = publishedOnGoogle();
    const attachment = planServiceAttachment(customer, customer.registries[0]!, onGoogle());
    const run = (id: string): Promise<Graph> =>
      resourceGraph(
        () => {
          const provider = new GcpProvider("own", { project: "acme-shared", region: "us-central1" });
          const args = { attachment, labels: {} };
          const made = new ServiceAttachmentPublisher("acme-npm", args, { providers: [provider] });
          return Promise.resolve({ handover: made.handover, connected: made.connectedEndpoints });
        },
        {
          ...{ project: "causeway", stack: "acme", preview: false },
          outputs: (type) =>
            type.endsWith(":ServiceAttachment")
              ? {
                  id,
                  connectedEndpoints: [
                    { endpoint: "e", status: "PENDING", pscConnectionId: "1", consumerNetwork: "n" },
                  ],
                }
              : {},
        },
      );
    const uri = "projects/acme-shared/regions/us-central1/serviceAttachments/acme-npm";
    expect((await run(uri)).outputs).toEqual({
      handover: { domain: "npm.acme.example", targetService: uri, region: "us-central1", tlsType: "public-ca" },
      connected: [{ endpoint: "e", status: "PENDING", pscConnectionId: "1", consumerNetwork: "n" }],
    });
    await expect(run("acme-npm")).rejects.toThrow("expected projects/…/serviceAttachments/…, got acme-npm");
  });
});
