/** Lambda functions from a zip archive, and who may invoke them. No code runs. */
import type { Call, Handler, Made } from "../handler.ts";
import { isRecord, text, texts } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { arn, Doing, SUBNET } from "./common.ts";
import { assumable } from "./iam.ts";
import { usableKey } from "./kms.ts";
import { findGroup } from "./security.ts";

export const FUNCTION = "aws:lambda/function:Function";
const PERMISSION = "aws:lambda/permission:Permission";

/** Source: AWS Lambda Developer Guide, Supported runtimes. */
const RUNTIMES = new Set([
  ...["nodejs20.x", "nodejs22.x", "nodejs24.x", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"],
  ...[
    "java11",
    "java17",
    "java21",
    "java25",
    "dotnet8",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "provided.al2",
    "provided.al2023",
  ],
]);

/** A function by ARN or name, with or without a version or alias after it. */
export function functionAt(world: World, reference: string): CloudObject | undefined {
  const [, region, account, name] = /^arn:aws:lambda:([a-z0-9-]+):(\d{12}):function:([\w-]+)/.exec(reference) ?? [];
  return region && account ? world.find({ cloud: "aws", region, account }, FUNCTION, name!) : undefined;
}

const lambda: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating Lambda Function (${name})`, "Lambda: CreateFunction");
    if (!/^[\w-]{1,64}$/.test(name))
      throw doing.error(
        "ValidationException",
        `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint`,
      );
    if (call.world.find(call.place, FUNCTION, name))
      throw doing.error("ResourceConflictException", `Function already exist: ${name}`);
    const made = settle(call, doing);
    const own = arn("lambda", call.place, `function:${name}`);
    const api = (of: string): string =>
      `arn:aws:apigateway:${call.place.region}:lambda:path/2015-03-31/functions/${of}/invocations`;
    const attrs = {
      ...{ arn: own, qualifiedArn: `${own}:$LATEST`, invokeArn: api(own), qualifiedInvokeArn: api(`${own}:$LATEST`) },
      responseStreamingInvokeArn: api(own).replace("2015-03-31", "2021-11-15"),
      ...{ version: "$LATEST", signingJobArn: "", signingProfileVersionArn: "" },
    };
    return { id: name, name, ...made, attrs: { ...attrs, ...made.attrs } };
  },
  update: (call, { id }) => settle(call, new Doing(`updating Lambda Function (${id})`, "Lambda: UpdateFunctionCode")),
  outputs: ({ args, attrs, name }) => ({
    architectures: args["architectures"] ?? ["x86_64"],
    ephemeralStorage: args["ephemeralStorage"] ?? { size: 512 },
    loggingConfig: args["loggingConfig"] ?? { logFormat: "Text", logGroup: `/aws/lambda/${name}` },
    tracingConfig: args["tracingConfig"] ?? { mode: "PassThrough" },
    sourceCodeHash: args["sourceCodeHash"] ?? attrs["codeSha256"],
  }),
  inUse: ({ id }) => new Error(`nothing can use function ${id}`),
};

/** Source: Lambda API Reference, CreateFunction. */
function settle(call: Call, doing: Doing): Made {
  const { args, world, place } = call;
  const invalid = (message: string): Error => doing.error("InvalidParameterValueException", message);
  if (args["packageType"] === "Image") throw invalid("the sandbox does not simulate functions from images: give code");
  for (const name of ["handler", "runtime", "code"])
    if (args[name] === undefined) throw invalid(`${name} is mandatory for functions created with deployment packages.`);
  const runtime = String(args["runtime"]);
  if (!RUNTIMES.has(runtime))
    throw invalid(`Value ${runtime} at 'runtime' failed to satisfy constraint: it is no supported runtime`);
  if (!assumable(world, args["role"], "lambda.amazonaws.com", place.account))
    throw invalid("The role defined for the function cannot be assumed by Lambda.");
  const environment = isRecord(args["environment"]) ? args["environment"]["variables"] : undefined;
  const variables = isRecord(environment) ? environment : {};
  const reserved = Object.keys(variables).find((name) => RESERVED.test(name));
  if (reserved !== undefined)
    throw invalid(
      `Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: ${reserved}`,
    );
  if (JSON.stringify(variables).length > 4096)
    throw invalid(
      "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.",
    );
  usableKey(call, doing, args["kmsKeyArn"], "KMSNotFoundException");
  const code = JSON.stringify(args["code"]);
  const attrs = { codeSha256: Buffer.from(world.hash(code), "hex").toString("base64"), sourceCodeSize: code.length };
  return {
    attrs: { ...attrs, lastModified: new Date().toISOString().replace("Z", "+0000") },
    uses: inVpc(call, doing),
  };
}

/** Source: AWS Lambda Developer Guide, Defined runtime environment variables. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_(REGION|DEFAULT_REGION|EXECUTION_ENV|LAMBDA_\w+|ACCESS_KEY|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN))$/;

/** The subnets and groups a function has network interfaces in, which hold them. */
function inVpc(call: Call, doing: Doing): CloudObject[] {
  const config = isRecord(call.args["vpcConfig"]) ? call.args["vpcConfig"] : {};
  const subnets = texts(config["subnetIds"]).map((id) => doing.find(call, SUBNET, id));
  return [...subnets, ...texts(config["securityGroupIds"]).map((id) => findGroup(call, doing, id))];
}

const permission: Handler = {
  create(call) {
    const reference = String(call.args["function"]);
    const doing = new Doing(`adding Lambda Permission (${reference})`, "Lambda: AddPermission");
    const found = functionAt(call.world, reference) ?? call.world.find(call.place, FUNCTION, reference);
    if (!found) throw doing.error("ResourceNotFoundException", `Function not found: ${reference}`);
    const statementId = text(call.args["statementId"]) ?? `pulumi-${call.tx.hex("statement", 26)}`;
    if (call.world.referrers(found, PERMISSION).some(({ id }) => id === statementId))
      throw doing.error(
        "ResourceConflictException",
        `The statement id (${statementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
      );
    return { id: statementId, attrs: { statementId }, within: [found] };
  },
  inUse: ({ id }) => new Error(`nothing can use permission ${id}`),
};

/** Whether a function's permissions let a service invoke it for something of an account. */
export function functionPolicy(
  world: World,
  found: CloudObject,
  service: string,
  source: string,
  account: string,
): boolean {
  return world.referrers(found, PERMISSION).some(({ args }) => {
    const invokes = ["lambda:InvokeFunction", "lambda:*", "*"].includes(String(args["action"]));
    const from = text(args["sourceArn"]);
    const fits = from === undefined || from === source || (from.endsWith("*") && source.startsWith(from.slice(0, -1)));
    const theirs = args["sourceAccount"] === undefined || args["sourceAccount"] === account;
    return invokes && args["principal"] === service && fits && theirs;
  });
}

export const LAMBDA_HANDLERS: Record<string, Handler> = { [FUNCTION]: lambda, [PERMISSION]: permission };
