/** Self-signed certificates made while a test runs, so that no key is ever written down. */
import { generateKeyPairSync, sign } from "node:crypto";

const der = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const short = body.length < 128;
  const length = short ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 255]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
};
const sequence = (...parts: Buffer[]): Buffer => der(0x30, ...parts);
const hex = (digits: string): Buffer => Buffer.from(digits, "hex");
const ECDSA_SHA256 = sequence(der(0x06, hex("2a8648ce3d040302")));
const COMMON_NAME = hex("550403");
const SUBJECT_ALTERNATIVE_NAME = hex("551d11");

/** A certificate for a DNS name and its key, both PEM. Source: RFC 5280, section 4.1. */
export function selfSigned(name: string): { readonly certificate: string; readonly privateKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const called = sequence(der(0x31, sequence(der(0x06, COMMON_NAME), der(0x0c, Buffer.from(name)))));
  const [from, to] = ["20260101000000Z", "20960101000000Z"].map((time) => der(0x18, Buffer.from(time)));
  const names = der(0x04, sequence(der(0x82, Buffer.from(name))));
  const extensions = der(0xa3, sequence(sequence(der(0x06, SUBJECT_ALTERNATIVE_NAME), names)));
  const version = der(0xa0, der(0x02, Buffer.from([2])));
  const body = sequence(
    ...[version, der(0x02, Buffer.from([1])), ECDSA_SHA256, called, sequence(from!, to!), called],
    ...[publicKey.export({ type: "spki", format: "der" }), extensions],
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, privateKey));
  const base64 = sequence(body, ECDSA_SHA256, signature).toString("base64");
  return {
    certificate: ["-----BEGIN CERTIFICATE-----", ...base64.match(/.{1,64}/g)!, "-----END CERTIFICATE-----"].join("\n"),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
