/** Gateway endpoints: routes to S3 in route tables, for what is in the VPC alone. Source: AWS PrivateLink Guide, Gateway endpoints. */
import type { Call, Made } from "../handler.ts";
import { isRecord, texts, type Values } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { amazonService } from "./amazonServices.ts";
import { arn, Doing, ec2Id, ROUTE_TABLE, VPC } from "./common.ts";
import { checkPolicy, defaultPolicy } from "./endpointPolicy.ts";

const VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";

/** Makes a gateway endpoint. */
export function gateway(call: Call, doing: Doing): Made {
  const service = amazonService(call.place, String(call.args["serviceName"]))!;
  const foreign = ["subnetIds", "securityGroupIds"].find((name) => texts(call.args[name]).length > 0);
  if (foreign !== undefined)
    throw doing.error("InvalidParameter", `${foreign} cannot be set for an endpoint of type Gateway`);
  if (call.args["privateDnsEnabled"] === true)
    throw doing.error("InvalidParameter", "Private DNS cannot be enabled for an endpoint of type Gateway");
  const id = ec2Id(call, "vpce");
  const attrs = { arn: arn("ec2", call.place, `vpc-endpoint/${id}`), state: "available", service: service.id };
  return { id, ...settleGateway(call, doing), attrs };
}

/** Checks what a gateway endpoint joins. */
export function settleGateway(call: Call, doing: Doing, self?: CloudObject): Made {
  checkPolicy(doing, call.args["policy"], true);
  const vpc = doing.find(call, VPC, call.args["vpcId"]);
  const tables = texts(call.args["routeTableIds"]).map((id) => doing.find(call, ROUTE_TABLE, id));
  for (const table of tables) {
    if (table.args["vpcId"] !== vpc.id) {
      const message = `Route table ${table.id} does not belong to VPC ${vpc.id}`;
      throw doing.error("InvalidParameter", message);
    }
    const others = call.world
      .referrers(vpc, VPC_ENDPOINT)
      .filter(({ args }) => texts(args["routeTableIds"]).includes(table.id))
      .filter(({ id }) => id !== self?.id);
    if (others.some(({ args }) => args["serviceName"] === call.args["serviceName"])) {
      const list = prefixList(call.world, call.place.region);
      const message = `route table ${table.id} already has a route with destination-prefix-list-id ${list}`;
      throw doing.error("RouteAlreadyExists", message);
    }
  }
  // A route table goes without asking the endpoint, whose route in it goes along.
  return { uses: [vpc] };
}

/** An interface endpoint whose private names are for inbound resolvers alone needs the gateway endpoint to stay. */
export function refuseGatewayInNeed(call: Call, endpoint: CloudObject): void {
  const vpc = call.world.find(endpoint, VPC.type, String(endpoint.args["vpcId"]));
  const needy = (vpc ? call.world.referrers(vpc, VPC_ENDPOINT) : []).find(({ args }) => {
    const options = isRecord(args["dnsOptions"]) ? args["dnsOptions"] : {};
    const inbound = args["privateDnsEnabled"] === true && options["privateDnsOnlyForInboundResolverEndpoint"] === true;
    return inbound && args["serviceName"] === endpoint.args["serviceName"];
  });
  if (!needy) return;
  const doing = new Doing(`deleting EC2 VPC Endpoint (${endpoint.id})`, "EC2: DeleteVpcEndpoints");
  const message = `Endpoint ${endpoint.id} cannot be deleted: ${needy.id} uses private DNS only for inbound resolver endpoints`;
  throw doing.error("OperationNotPermitted", message);
}

/** The region's prefix list of S3. */
function prefixList(world: World, region: string): string {
  return `pl-${world.hash(`s3 ${region}`).slice(0, 8)}`;
}

/** What AWS tells of a gateway endpoint. */
export function describedGateway(endpoint: CloudObject, world: World): Values {
  return {
    ...{ service: undefined, dnsEntries: [], networkInterfaceIds: [], subnetConfigurations: [], subnetIds: [] },
    // Source of the ranges' kind: S3's are public; which ones they are changes, and nothing here depends on them.
    ...{ cidrBlocks: ["3.5.0.0/19", "52.216.0.0/15"], prefixListId: prefixList(world, endpoint.region) },
    ...{ requesterManaged: false, securityGroupIds: [], privateDnsEnabled: false, ipAddressType: "ipv4" },
    ...{ routeTableIds: texts(endpoint.args["routeTableIds"]), dnsOptions: { dnsRecordIpType: "ipv4" } },
    policy: defaultPolicy(endpoint),
  };
}
