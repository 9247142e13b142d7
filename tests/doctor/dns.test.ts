// Messages made by hand. What a real resolver sends is seen in tests/dataplane/doctor.test.ts.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAnswer } from "../../doctor/dns.ts";

const hex = (text: string): string => text.replace(/\s/g, "");
const QUESTION = hex("03 777777 07 6578616d706c65 00 0001 0001");
const header = (flags: string, answers: string): string => hex(`abcd ${flags} 0001 ${answers} 0000 0000`);
const A = hex("c00c 0001 0001 0000003c 0004 0a7f000a");
const CNAME = hex("c00c 0005 0001 0000003c 0006 03 656e64 c010");

describe("a resolver's answer", () => {
  it("is its code and its addresses in their order, past aliases and compressed names", () => {
    const answer = decodeAnswer(header("8180", "0003") + QUESTION + CNAME + A + A.replace("0a7f000a", "0a7f0064"));
    expect(answer).toEqual({ code: "NOERROR", addresses: ["10.127.0.10", "10.127.0.100"] });
  });

  it.each([
    ["8183", "NXDOMAIN"],
    ["8182", "SERVFAIL"],
    ["8185", "REFUSED"],
    ["8189", "9"],
  ])("has the code of its flags %s", (flags, code) => {
    expect(decodeAnswer(header(flags, "0000") + QUESTION)).toEqual({ code, addresses: [] });
  });

  it("fails to be one where it is a question, is cut short or is nothing", () => {
    const cut = (header("8180", "0001") + QUESTION + A).slice(0, -2);
    expect([header("0100", "0000") + QUESTION, cut, "", "abcd"].map(decodeAnswer)).toEqual([
      ...[undefined, undefined, undefined, undefined],
    ]);
  });

  it("is never more than what was sent, whatever was sent", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), (bytes) => {
        const answer = decodeAnswer(Buffer.from(bytes).toString("hex"));
        expect(16 * (answer?.addresses.length ?? 0)).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
