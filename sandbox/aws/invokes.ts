/** AWS data sources. */
import { awsError } from "../errors.ts";
import type { Invoke } from "../handler.ts";
import { text, texts, type Values } from "../values.ts";
import { arn } from "./common.ts";
import { zonesOf } from "./regions.ts";
import { CUSTOMER_ACCOUNT, findService } from "./services.ts";

const getCallerIdentity: Invoke = (_args, { account }) => ({
  ...{ id: account, accountId: account, userId: `AROA${account.padEnd(17, "0")}:sandbox` },
  arn: `arn:aws:sts::${account}:assumed-role/sandbox/sandbox`,
});

const getAvailabilityZones: Invoke = (args, { account, region }) => {
  const [names, ids] = [texts(args["excludeNames"]), texts(args["excludeZoneIds"])];
  const zones = zonesOf(region, account).filter((zone) => !names.includes(zone.name) && !ids.includes(zone.id));
  const found = { names: zones.map((zone) => zone.name), zoneIds: zones.map((zone) => zone.id) };
  return { ...args, ...found, id: region, region, groupNames: [region] };
};

const getVpcEndpointService: Invoke = (args, place, world): Values => {
  const name = text(args["serviceName"]);
  const doing = "reading EC2 VPC Endpoint Services";
  if (name === undefined)
    throw awsError(
      doing,
      "EC2: DescribeVpcEndpointServices",
      "InvalidParameter",
      "the sandbox looks services up by serviceName only",
    );
  const region = texts(args["serviceRegions"])[0] ?? place.region;
  const service = findService(world, place, name, region);
  if (!service) {
    throw awsError(
      doing,
      "EC2: DescribeVpcEndpointServices",
      "InvalidServiceName",
      `The Vpc Endpoint Service '${name}' does not exist`,
    );
  }
  const zones = zonesOf(place.region, place.account).filter((zone) => service.zones.includes(zone.id));
  return {
    ...args,
    ...{
      serviceName: name,
      serviceId: service.id,
      serviceType: "Interface",
      region: place.region,
      serviceRegion: region,
    },
    ...{
      id: String(Number.parseInt(world.hash(name).slice(0, 8), 16)),
      owner: CUSTOMER_ACCOUNT,
      managesVpcEndpoints: false,
    },
    arn: arn("ec2", service.object, `vpc-endpoint-service/${service.id}`),
    acceptanceRequired: service.acceptanceRequired,
    availabilityZones: zones.map((zone) => zone.name),
    baseEndpointDnsNames: [`${service.id}.${region}.vpce.amazonaws.com`],
    privateDnsName: service.privateDnsName ?? "",
    privateDnsNames: service.privateDnsName === undefined ? [] : [service.privateDnsName],
    ...{ supportedIpAddressTypes: ["ipv4"], tags: {}, vpcEndpointPolicySupported: false },
  };
};

export const AWS_INVOKES: Record<string, Invoke> = {
  "aws:ec2/getVpcEndpointService:getVpcEndpointService": getVpcEndpointService,
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
};
