/** ACM certificates: requested ones, issued once their DNS records exist, and imported ones. */
import { X509Certificate } from "node:crypto";
import { CloudError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, text, texts, type Values } from "../values.ts";
import type { CloudObject, Transaction, World } from "../world.ts";
import { arn, Doing } from "./common.ts";
import { publicRecord } from "./route53.ts";

export const CERTIFICATE = "aws:acm/certificate:Certificate";
const VALIDATION = "aws:acm/certificateValidation:CertificateValidation";

const certificate: Handler = {
  create(call) {
    const doing = new Doing("requesting ACM Certificate", "ACM: RequestCertificate");
    const imported = text(call.args["privateKey"]) !== undefined || text(call.args["privateKeyWo"]) !== undefined;
    const id = arn("acm", call.place, `certificate/${uuid(call)}`);
    const attrs = imported ? importedAs(call) : requested(call, doing);
    return { id, attrs: { ...COMMON, ...attrs, arn: id } };
  },
  outputs: (found, world) => ({ status: isIssued(world, found) ? "ISSUED" : "PENDING_VALIDATION" }),
  inUse: ({ id }) =>
    new Doing(`deleting ACM Certificate (${id})`, "ACM: DeleteCertificate").error(
      "ResourceInUseException",
      `Certificate ${id} in use`,
    ),
};

const COMMON: Values = {
  ...{ notAfter: "", notBefore: "", pendingRenewal: false, renewalEligibility: "INELIGIBLE", renewalSummaries: [] },
  validationEmails: [],
};

function uuid({ tx }: Call): string {
  const digits = tx.hex("uuid", 32);
  return [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ]
    .map(([from, to]) => digits.slice(from, to))
    .join("-");
}

/**
 * Source: ACM API Reference, RequestCertificate: the first name has at most 64 characters; AWS Certificate Manager User
 * Guide, Quotas: ten names; DNS validation: one CNAME for a name and its wildcard, the same in every certificate of an
 * account.
 */
function requested(call: Call, doing: Doing): Values {
  const domainName = text(call.args["domainName"]);
  if (domainName === undefined)
    throw doing.error("ValidationException", "a domain name or a certificate body is needed");
  if (domainName.length > 64)
    throw doing.error(
      "ValidationException",
      `The first domain name can be no longer than 64 characters: ${domainName}`,
    );
  const names = [...new Set([domainName, ...texts(call.args["subjectAlternativeNames"])])];
  if (names.length > 10)
    throw doing.error("LimitExceededException", `The maximum number of domain names is 10, got ${names.length}`);
  const dns = call.args["validationMethod"] === "DNS";
  const options = names.map((name) => ({ domainName: name, ...validation(call, name) }));
  return {
    ...{ domainName, subjectAlternativeNames: names, type: "AMAZON_ISSUED", issued: false },
    domainValidationOptions: dns ? options : [],
  };
}

function validation(call: Call, name: string): Values {
  const base = name.replace(/^\*\./, "").toLowerCase();
  const digest = call.world.hash(`acm ${call.place.account} ${base}`);
  return {
    resourceRecordName: `_${digest.slice(0, 32)}.${base}.`,
    resourceRecordType: "CNAME",
    resourceRecordValue: `_${digest.slice(32, 64)}.${digest.slice(0, 10)}.acm-validations.aws.`,
  };
}

function importedAs(call: Call): Values {
  const doing = new Doing("importing ACM Certificate", "ACM: ImportCertificate");
  try {
    const { subject, subjectAltName } = new X509Certificate(text(call.args["certificateBody"]) ?? "");
    const names = (subjectAltName ?? "").split(/,\s*/).flatMap((one) => /^DNS:(.+)$/.exec(one)?.[1] ?? []);
    const domainName = /CN=([^\n]+)/.exec(subject)?.[1] ?? names[0] ?? "";
    return { domainName, subjectAlternativeNames: names, type: "IMPORTED", issued: true, domainValidationOptions: [] };
  } catch {
    throw doing.error("ValidationException", "Could not parse the certificate: it must be in PEM format");
  }
}

/** Whether a certificate may be used: imported, issued before, or its records exist in public DNS. */
export function isIssued(world: World, { attrs }: CloudObject): boolean {
  if (attrs["issued"] === true) return true;
  const options = blocks(attrs["domainValidationOptions"]);
  return options.length > 0 && options.every((option) => isProven(world, option));
}

function isProven(world: World, option: Values): boolean {
  const wanted = bare(option["resourceRecordValue"]);
  return publicRecord(world, bare(option["resourceRecordName"]), "CNAME").some((value) => bare(value) === wanted);
}

const bare = (name: unknown): string => String(name).toLowerCase().replace(/\.$/, "");

/** Notes that a certificate was issued: it stays so when its records go. */
export function latched(tx: Transaction, found: CloudObject): void {
  if (found.attrs["issued"] !== true) tx.put({ ...found, attrs: { ...found.attrs, issued: true } });
}

const certificateValidation: Handler = {
  create(call) {
    const id = String(call.args["certificateArn"]);
    const found = call.world.find(call.place, CERTIFICATE, id);
    if (!found) throw new CloudError("notFound", "NotFound", `reading ACM Certificate (${id}): couldn't find resource`);
    if (found.attrs["type"] !== "AMAZON_ISSUED") {
      const message = `ACM Certificate (${id}) has type ${String(found.attrs["type"])}, no validation necessary`;
      throw new CloudError("invalid", "InvalidCertificate", message);
    }
    const given = texts(call.args["validationRecordFqdns"]).map(bare);
    const options = blocks(found.attrs["domainValidationOptions"]);
    const missing = options.map((one) => bare(one["resourceRecordName"])).find((name) => !given.includes(name));
    if (given.length > 0 && missing !== undefined)
      throw new CloudError("invalid", "InvalidCertificate", `missing ${id} DNS validation record: ${missing}`);
    if (!isIssued(call.world, found)) {
      const message = `waiting for ACM Certificate (${id}) to be issued: timeout while waiting for state to become 'ISSUED' (last state: 'PENDING_VALIDATION', timeout: 1h15m0s)`;
      throw new CloudError("unavailable", "Timeout", message);
    }
    latched(call.tx, found);
    return { id, within: [found] };
  },
  inUse: ({ id }) => new Error(`nothing can use the validation of ${id}`),
};

export const CERTIFICATE_HANDLERS: Record<string, Handler> = {
  [CERTIFICATE]: certificate,
  [VALIDATION]: certificateValidation,
};
