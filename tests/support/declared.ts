import type { Graph, GraphNode } from "../../engine/graph.ts";
import type { Customer } from "../../plan/customer.ts";
import { customerGraph } from "../../stacks/graph.ts";

/** Inside addresses as AWS hands them out: the first of the /30 is its own. */
const inside = (cidr: unknown, host: 1 | 2): string =>
  String(cidr).replace(/(\d+)\/30$/, (_, last: string) => String(Number(last) + host));

/** Answers of the clouds that a program needs to run to its end; documentation ranges and obviously made-up ids. */
export function answers(type: string, name: string, inputs: Record<string, unknown>): Record<string, unknown> {
  switch (type) {
    case "gcp:compute/haVpnGateway:HaVpnGateway":
      return {
        selfLink: `${name}.selfLink`,
        vpnInterfaces: [0, 1].map((id) => ({ id, ipAddress: `203.0.113.${id}` })),
      };
    case "gcp:compute/address:Address":
      return { address: `${name}.address` };
    case "aws:ec2/vpcEndpoint:VpcEndpoint": {
      const service = String(inputs["serviceName"]).split(".").at(-1);
      const zonal = { dnsName: `vpce-0a-k3-us-east-1a.${service}.us-east-1.vpce.amazonaws.com` };
      return { state: "available", dnsEntries: [zonal, { dnsName: zonal.dnsName.replace("-us-east-1a", "") }] };
    }
    case "aws:ec2/vpnConnection:VpnConnection":
      return Object.fromEntries(
        [1, 2].flatMap((n) => [
          [`tunnel${n}Address`, `198.51.100.${name.endsWith("-a") ? n : n + 2}`],
          [`tunnel${n}VgwInsideAddress`, inside(inputs[`tunnel${n}InsideCidr`], 1)],
          [`tunnel${n}CgwInsideAddress`, inside(inputs[`tunnel${n}InsideCidr`], 2)],
        ]),
      );
    case "random:index/randomPassword:RandomPassword":
      return { result: `obviously-fake-${name.slice(-2)}` };
    case "aws:codeartifact/domain:Domain":
      return { s3BucketArn: "arn:aws:s3:::assets-193858265520-us-east-1" };
    default:
      return {};
  }
}

/** What a customer declares, with lookups by type. */
export class Declared {
  readonly graph: Graph;

  private constructor(graph: Graph) {
    this.graph = graph;
  }

  static async of(customer: Customer, outputs = answers): Promise<Declared> {
    return new Declared(await customerGraph(customer, { outputs }));
  }

  /** Nodes whose type token ends in this class name, sorted by name. */
  all(className: string): GraphNode[] {
    return this.graph.nodes
      .filter(({ type }) => type.endsWith(`:${className}`))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The only node of a class. */
  one(className: string): GraphNode {
    const [only, ...others] = this.all(className);
    if (only === undefined || others.length > 0)
      throw new Error(`expected one ${className}, got ${others.length + (only ? 1 : 0)}`);
    return only;
  }

  /** Sorted `<class> <name>` of the resources directly below the component of this class. */
  childrenOf(component: string): string[] {
    const parents = new Set(this.all(component).map(({ urn }) => urn));
    return this.graph.nodes
      .filter(({ parent }) => parent !== undefined && parents.has(parent))
      .map(({ type, name }) => `${type.split(":").at(-1)} ${name}`)
      .sort();
  }
}
