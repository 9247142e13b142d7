/** A registry that a customer publishes from its Google Cloud project, and executors that reach it. */
import { Deployment } from "../../sandbox/deploy.ts";
import {
  editObject,
  reach,
  removeObject,
  seedExecutors,
  seedGoogleBackends,
  World,
  type CloudObject,
  type Reach,
} from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import { keyOf } from "../../sandbox/world.ts";

export const REGION = "us-central1";
export const PRODUCER = "customer-shared";
export const CONSUMER = "vendor-acme";
export const NAME = "npm.customer.example";
export const GROUP = `projects/${PRODUCER}/zones/${REGION}-a/instanceGroups/registry`;

const compute = (leaf: string): string => `gcp:compute/${leaf}:${leaf[0]!.toUpperCase()}${leaf.slice(1)}`;

export class Producer {
  readonly world = World.inMemory("00".repeat(32));
  readonly #deployment = new Deployment(this.world);
  #count = 0;

  /** What the customer has, and the provider. */
  static async begin(): Promise<Producer> {
    const it = new Producer();
    await it.#deployment.register({
      ...{ key: "gcp", type: "pulumi:providers:gcp", name: "gcp" },
      inputs: { project: PRODUCER, region: REGION },
    });
    await seedGoogleBackends(it.world, {
      ...{ project: PRODUCER, region: REGION, network: "shared", instanceGroup: GROUP },
      subnet: { name: "registry", ipCidrRange: "10.60.0.0/24" },
      ...{ ports: [443], certificateNames: [NAME], serviceAccount: "npm@x.iam.gserviceaccount.com" },
    });
    return it;
  }

  /** The registry published, the endpoint made, and a name for it. */
  static async open(): Promise<Producer> {
    const it = await Producer.begin();
    await it.publish();
    await it.connect();
    return it;
  }

  /** Makes a resource of a leaf such as `subnetwork`, or of a whole type token. */
  async make(leaf: string, inputs: Values): Promise<Values> {
    const type = leaf.includes(":") ? leaf : compute(leaf);
    const key = `r${this.#count++}`;
    return this.#deployment.register({ key, type, name: key, inputs });
  }

  async publish(): Promise<void> {
    const network = `projects/${PRODUCER}/global/networks/shared`;
    await this.make("subnetwork", {
      name: "nat",
      network,
      ipCidrRange: "10.61.0.0/29",
      purpose: "PRIVATE_SERVICE_CONNECT",
    });
    await this.make("regionHealthCheck", { name: "tcp", tcpHealthCheck: { port: 443 } });
    await this.make("regionBackendService", {
      ...{ name: "npm", loadBalancingScheme: "INTERNAL", protocol: "TCP", healthChecks: "tcp" },
      backends: [{ group: GROUP, balancingMode: "CONNECTION" }],
    });
    await this.make("forwardingRule", {
      ...{ name: "npm", loadBalancingScheme: "INTERNAL", backendService: "npm", ipProtocol: "TCP", ports: ["443"] },
      ...{ network, subnetwork: "registry" },
    });
    await this.make("serviceAttachment", {
      ...{ name: "npm", connectionPreference: "ACCEPT_MANUAL", enableProxyProtocol: false, natSubnets: ["nat"] },
      ...{ targetService: "npm", reconcileConnections: true },
      consumerAcceptLists: [{ projectIdOrNum: CONSUMER, connectionLimit: 2 }],
    });
    const allows = [{ protocol: "tcp", ports: ["443"] }];
    await this.make("firewall", { name: "nat-in", network, allows, sourceRanges: ["10.61.0.0/29"] });
    const probes = ["130.211.0.0/22", "35.191.0.0/16"];
    await this.make("firewall", { name: "probes-in", network, allows, sourceRanges: probes });
  }

  /** The vendor's side: a network, an endpoint, a name. @param index of the endpoint, for more than one */
  async connect(index = 0, project = CONSUMER): Promise<CloudObject> {
    const network = `projects/${project}/global/networks/main`;
    const own = { project, region: REGION };
    if (index === 0) {
      await this.make("network", { name: "main", project, autoCreateSubnetworks: false });
      await this.make("subnetwork", { name: "executors", network, ipCidrRange: "10.10.0.0/24", ...own });
      await seedExecutors(this.world, { project, region: REGION, subnet: "executors", metadataKey: "none" });
    }
    const subnetwork = `projects/${project}/regions/${REGION}/subnetworks/executors`;
    const address = await this.make("address", { name: `npm-${index}`, addressType: "INTERNAL", subnetwork, ...own });
    await this.make("forwardingRule", {
      ...{ name: `npm-${index}`, network, ipAddress: address["selfLink"], loadBalancingScheme: "", ...own },
      target: `projects/${PRODUCER}/regions/${REGION}/serviceAttachments/npm`,
    });
    if (index === 0) await this.#name(project, network, address["address"]);
    return this.find("ForwardingRule", `npm-${index}`);
  }

  async #name(project: string, network: string, address: unknown): Promise<void> {
    const visible = { visibility: "private", privateVisibilityConfig: { networks: [{ networkUrl: network }] } };
    await this.make("gcp:dns/managedZone:ManagedZone", { name: "npm", project, dnsName: `${NAME}.`, ...visible });
    const record = { name: `${NAME}.`, type: "A", ttl: 60, rrdatas: [address] };
    await this.make("gcp:dns/recordSet:RecordSet", { managedZone: "npm", project, ...record });
  }

  find(className: string, name: string): CloudObject {
    const listed = this.world.list().find((one) => one.type.endsWith(`:${className}`) && one.name === name)!;
    return this.world.find(listed, listed.type, listed.id)!;
  }

  edit(className: string, name: string, changes: Values): Promise<void> {
    return editObject(this.world, keyOf(this.find(className, name)), changes);
  }

  remove(className: string, name: string): Promise<void> {
    return removeObject(this.world, keyOf(this.find(className, name)));
  }

  /** Deletes the one object of a type. */
  removeOf(type: string): Promise<void> {
    return removeObject(this.world, keyOf(this.world.all(type)[0]!));
  }

  /** Changes what a console could not, such as what machines run or what is gone without being asked. */
  async force(object: CloudObject, change: Partial<CloudObject> | undefined): Promise<void> {
    const tx = this.world.begin();
    if (change === undefined) tx.drop(object);
    else tx.put({ ...object, ...change });
    await tx.commit();
  }

  reach(port = 443): Reach {
    return reach(this.world, { executor: `${CONSUMER}/executors`, guest: false }, NAME, port);
  }

  /** `<kind> <side>: <what>` of the hop that fails, or `reachable`. */
  trouble(port = 443): string {
    const { broken } = this.reach(port);
    return broken === undefined ? "reachable" : `${broken.kind} ${broken.side}: ${broken.what}`;
  }
}
