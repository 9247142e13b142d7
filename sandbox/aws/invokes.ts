/** AWS data sources. */
import { awsError } from "../errors.ts";
import type { Invoke } from "../handler.ts";
import { text, texts, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { amazonService } from "./amazonServices.ts";
import { CERTIFICATE, isIssued } from "./certificates.ts";
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

const LOOK_UP = ["reading EC2 VPC Endpoint Services", "EC2: DescribeVpcEndpointServices"] as const;

/** A service by its name, or one of AWS's own by what comes after the region, e.g. `codeartifact.api`. */
const getVpcEndpointService: Invoke = (args, place, world): Values => {
  const short = text(args["service"]);
  const name =
    text(args["serviceName"]) ?? (short === undefined ? undefined : `com.amazonaws.${place.region}.${short}`);
  if (name === undefined)
    throw awsError(...LOOK_UP, "InvalidParameter", "the sandbox looks services up by service or serviceName only");
  const region = texts(args["serviceRegions"])[0] ?? place.region;
  const own = region === place.region ? amazonService(place, name) : undefined;
  const type = text(args["serviceType"]) ?? "Interface";
  const service = own ?? findService(world, place, name, region);
  if (!service || (own ? !own.types.some((one) => one === type) : type !== "Interface"))
    throw awsError(...LOOK_UP, "InvalidServiceName", `The Vpc Endpoint Service '${name}' does not exist`);
  const zones = zonesOf(place.region, place.account).filter((zone) => service.zones.includes(zone.id));
  const id = own ? `vpce-svc-0${world.hash(name).slice(0, 16)}` : service.id;
  const names = own?.privateDnsNames ?? (service.privateDnsName === undefined ? [] : [service.privateDnsName]);
  return {
    ...args,
    ...{ serviceName: name, serviceId: id, serviceType: type, region: place.region, serviceRegion: region },
    id: String(Number.parseInt(world.hash(name).slice(0, 8), 16)),
    ...{ owner: own ? "amazon" : (service.object?.account ?? CUSTOMER_ACCOUNT), managesVpcEndpoints: false },
    arn: own
      ? `arn:aws:ec2:${region}:aws:vpc-endpoint-service/${id}`
      : arn("ec2", service.object ?? place, `vpc-endpoint-service/${id}`),
    acceptanceRequired: service.acceptanceRequired,
    availabilityZones: zones.map((zone) => zone.name),
    baseEndpointDnsNames: [`${service.id}.${region}.vpce.amazonaws.com`],
    ...{ privateDnsName: service.privateDnsName ?? "", privateDnsNames: names },
    ...{ supportedIpAddressTypes: ["ipv4"], tags: {}, vpcEndpointPolicySupported: own !== undefined },
  };
};

/** Public parameters with the newest machine image of a kind. Source: EC2 User Guide, Find the latest AMI using Systems Manager. */
const IMAGE =
  /^\/aws\/service\/(ami-amazon-linux-latest\/al2023-ami-(minimal-)?kernel-[\w.-]+-(x86_64|arm64)|canonical\/ubuntu\/.+\/ami-id)$/;

const getParameter: Invoke = (args, place, world): Values => {
  const name = String(args["name"]);
  if (!IMAGE.test(name))
    throw awsError(`reading SSM Parameter (${name})`, "SSM: GetParameter", "ParameterNotFound", `there is no ${name}`);
  const value = `ami-0${world.hash(`${name} ${place.region}`).slice(0, 16)}`;
  return {
    ...args,
    ...{ name, id: name, type: "String", value, insecureValue: value, version: 1, region: place.region },
    arn: `arn:aws:ssm:${place.region}::parameter${name}`,
  };
};

/** The certificate of a domain name, the one issued last where there are several and `mostRecent` is asked for. */
const getCertificate: Invoke = (args, place, world): Values => {
  const wanted = text(args["domain"]);
  const statuses = texts(args["statuses"]);
  const fits = (found: CloudObject): boolean =>
    (wanted === undefined || found.args["domainName"] === wanted || found.attrs["domainName"] === wanted) &&
    (statuses.length === 0 ? ["ISSUED"] : statuses).includes(isIssued(world, found) ? "ISSUED" : "PENDING_VALIDATION");
  const own = world.all(CERTIFICATE).filter((one) => one.account === place.account && one.region === place.region);
  const found = own.filter(fits);
  const doing = ["reading ACM Certificates", "ACM: ListCertificates"] as const;
  if (found.length === 0) throw awsError(...doing, "NotFound", `no ACM Certificate matching domain ${wanted} found`);
  if (found.length > 1 && args["mostRecent"] !== true)
    throw awsError(...doing, "InvalidParameter", `multiple ACM Certificates matching domain ${wanted} found`);
  const one = found.at(-1)!;
  return {
    ...{
      ...args,
      id: one.id,
      arn: one.id,
      domain: wanted ?? text(one.attrs["domainName"]) ?? "",
      region: place.region,
    },
    ...{ certificate: "", certificateChain: "", status: isIssued(world, one) ? "ISSUED" : "PENDING_VALIDATION" },
    tags: one.args["tags"] ?? {},
  };
};

export const AWS_INVOKES: Record<string, Invoke> = {
  "aws:ec2/getVpcEndpointService:getVpcEndpointService": getVpcEndpointService,
  "aws:acm/getCertificate:getCertificate": getCertificate,
  "aws:ssm/getParameter:getParameter": getParameter,
  "aws:index/getCallerIdentity:getCallerIdentity": getCallerIdentity,
  "aws:index/getAvailabilityZones:getAvailabilityZones": getAvailabilityZones,
};
