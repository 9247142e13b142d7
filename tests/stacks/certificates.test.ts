/**
 * Bundles of certificates, each made for this test with a key that was thrown away. That executors trust a registry
 * because of a bundle is for a live check to show.
 */
import { describe, expect, test } from "vitest";
import { guardedValues } from "../../plan/guards.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { ACME, edited, problems } from "./support.ts";

/** 2025-01-01 to 2125-01-01. */
const CA = `-----BEGIN CERTIFICATE-----
MIIBJjCB2aADAgECAgEKMAUGAytlcDAaMRgwFgYDVQQDDA9DYXVzZXdheSBEZXYg
Q0EwIBcNMjUwMTAxMDAwMDAwWhgPMjEyNTAxMDEwMDAwMDBaMBoxGDAWBgNVBAMM
D0NhdXNld2F5IERldiBDQTAqMAUGAytlcAMhALhPf8mdZOFYsi5D/v9Yn7n3nWx0
EQ49CZaszG63SlOIo0IwQDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIB
BjAdBgNVHQ4EFgQUpnWNDHKTfZlfDHeL6cUJJIG/yh8wBQYDK2VwA0EANw9RIHUA
FRobVD3ae5QJcYA0oXweMI5mtirSzxI5lgIBuuaqrebs+jCI5+4Z4ruUvkd7TZFQ
BfBhK1vqWVMbCg==
-----END CERTIFICATE-----`;
/** 2015-01-01 to 2016-01-01. */
const OLD = `-----BEGIN CERTIFICATE-----
MIIBIjCB1aADAgECAgELMAUGAytlcDAZMRcwFQYDVQQDDA5PbGQgRXhhbXBsZSBD
QTAeFw0xNTAxMDEwMDAwMDBaFw0xNjAxMDEwMDAwMDBaMBkxFzAVBgNVBAMMDk9s
ZCBFeGFtcGxlIENBMCowBQYDK2VwAyEA6LiGrK8RQylny/U66de9oTQMtbhe3bsf
J/MqdAwbj96jQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgEGMB0G
A1UdDgQWBBRWRnzV4EQ2oOq5+WwP9+YN4QTqbjAFBgMrZXADQQAGYuDGdtRUoCzN
ADeiP8/vyKrldQNZdZD4/QX06c/zwj1ZOiIY2kmRWNrjZnFD70U0gZsWCF8TlB6w
T3XliX0I
-----END CERTIFICATE-----`;
/** A server's certificate, 2025-01-01 to 2125-01-01. */
const SERVER = `-----BEGIN CERTIFICATE-----
MIIBEjCBxaADAgECAgEOMAUGAytlcDAbMRkwFwYDVQQDDBByZWdpc3RyeS5leGFt
cGxlMCAXDTI1MDEwMTAwMDAwMFoYDzIxMjUwMTAxMDAwMDAwWjAbMRkwFwYDVQQD
DBByZWdpc3RyeS5leGFtcGxlMCowBQYDK2VwAyEAZcJvoO/lOD/4jcRW4LsATQR4
76xmf4wvv4yMrgDGR0KjLDAqMAkGA1UdEwQCMAAwHQYDVR0OBBYEFJXGDHIGW1aF
hOoOKZNj0uzLqQyMMAUGAytlcANBAFwMhlCfD0638DoshBVHuu78PFcvlNc2RnjG
qV5JtVB1VYcMeUpPAP+AMFjpYQvZpqV8HsjhdU3W0lQ0kwWTjgw=
-----END CERTIFICATE-----`;

const TODAY = "2026-11-21";
const withBundle = (pem: string): string =>
  edited(ACME, [[/caBundle: \|\n[\s\S]*?\n(?= {6}maven)/, `caBundle: |\n${pem.replace(/^/gm, "          ")}\n`]]);
const PLACE = "59:19: ~.registries.artifactory.caBundle";

test("one certificate and ten are taken", () => {
  for (const count of [1, 10]) {
    const { customer } = parseCustomer(withBundle(Array(count).fill(CA).join("\n")), "f", { today: TODAY });
    const { certificate } = customer.registries[0]!;
    expect(certificate).toEqual({ kind: "privateCA", caBundle: `${CA}\n`.repeat(count) });
  }
});

test("fails on eleven certificates", () => {
  expect(problems(withBundle(Array(11).fill(CA).join("\n")))).toEqual([
    `${PLACE}: expected at most ten certificates, got 11; keep those that signed the registry's`,
  ]);
});

test("fails on more than 64 KiB", () => {
  expect(problems(withBundle(`${CA}\n${"# comment\n".repeat(6554)}`))).toEqual([
    `${PLACE}: expected at most 64 KiB, got 65 KiB; keep those that signed the registry's`,
  ]);
});

test("fails on a server's certificate, and says which one it is", () => {
  expect(problems(withBundle(`${CA}\n${SERVER}`))).toEqual([
    `${PLACE}: expected ca certificates, got certificate 2 of 2, CN=registry.example, which is none; ask for the certificate that signed it`,
  ]);
});

test("fails on a certificate that has ended, and takes it on its last day", () => {
  expect(problems(withBundle(OLD))).toEqual([
    `${PLACE}: expected certificates in date, got certificate 1 of 1, CN=Old Example CA, which ended on 2016-01-01; ask for the new one`,
  ]);
  expect(problems(withBundle(OLD), { today: "2016-01-01" })).toEqual([]);
});

test("fails on a certificate that has not begun, and takes it on its first day", () => {
  expect(problems(withBundle(CA), { today: "2024-12-31" })).toEqual([
    `${PLACE}: expected certificates in date, got certificate 1 of 1, CN=Causeway Dev CA, which begins on 2025-01-01; ask for the present one`,
  ]);
  expect(problems(withBundle(CA), { today: "2025-01-01" })).toEqual([]);
});

test("fails on a private key of any kind, and shows none of it", () => {
  for (const kind of ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY"]) {
    const lines = problems(withBundle(`${CA}\n-----BEGIN ${kind}-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END ${kind}-----`));
    expect(lines).toEqual([
      `${PLACE}: expected certificates alone, got a private key with them; take it out and tell the customer, the key is no longer secret`,
    ]);
  }
});

test("fails on a private key anywhere else without showing it", () => {
  const key = '"-----BEGIN PRIVATE KEY-----\\nMC4CAQAwBQYDK2VwBCIEIA"';
  expect(problems(edited(ACME, [["displayName: Acme Corporation", `displayName: ${key}`]]))).toEqual([
    "3:14: displayName: expected one line of 1 to 80 characters, got a private key; shorten it to one line",
  ]);
});

describe("a certificate that has ended", () => {
  const today = "2127-01-01";
  const ended = `${PLACE}: expected certificates in date`;

  test("fails where the bundle is new", () => {
    expect(problems(ACME, { today })[0]).toContain(ended);
    expect(problems(ACME, { today, deployed: null })[0]).toContain(ended);
  });

  test("is a note where the bundle is the deployed one, so that the customer's other changes go on", () => {
    const { customer } = parseCustomer(ACME, "f", { today: TODAY });
    const deployed = { version: 1, values: guardedValues(customer), endpointStates: {} } as const;
    const { notes } = parseCustomer(ACME, "f", { today, deployed });
    expect(notes.map(({ message }) => message)).toContain(
      "CN=Acme CA ended on 2126-10-27, executors refuse the registry; ask the customer for the new one",
    );
  });

  test("is a note for whoever deploys nothing", () => {
    expect(
      parseCustomer(ACME, "f", { today, lenient: true }).notes.some(({ message }) => message.includes("ended on")),
    ).toBe(true);
  });
});
