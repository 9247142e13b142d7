// Address arithmetic alone; says nothing of which ranges a cloud would take.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressAt,
  contains,
  formatAddress,
  formatRange,
  overlaps,
  parseAddress,
  parseLoose,
  parseRange,
  range,
  rangeAt,
  size,
  subRange,
  type Range,
} from "../../plan/cidr.ts";

const ranges = fc
  .record({ address: fc.nat(2 ** 32 - 1), prefix: fc.integer({ min: 0, max: 32 }) })
  .map(({ address, prefix }) => rangeAt(address, prefix));
const holds = (outer: Range, address: number) => address >= outer.network && address < outer.network + size(outer);

describe("ranges", () => {
  test("printing and parsing give the range back", () => {
    fc.assert(
      fc.property(ranges, (r) => {
        expect(parseRange(formatRange(r))).toEqual(r);
      }),
    );
  });

  test("two ranges overlap exactly when the network address of one lies in the other", () => {
    fc.assert(
      fc.property(ranges, ranges, (a, b) => {
        expect(overlaps(a, b)).toBe(holds(a, b.network) || holds(b, a.network));
      }),
    );
  });

  test("sub-ranges are disjoint, inside the parent and fill it", () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 0, max: 6 }), (parent, bits) => {
        fc.pre(parent.prefix + bits <= 32);
        const parts = Array.from({ length: 2 ** bits }, (_, n) => subRange(parent, parent.prefix + bits, n));
        expect(parts.every((part) => contains(parent, part))).toBe(true);
        expect(parts.slice(1).every((part, i) => part.network === parts[i]!.network + size(parts[i]!))).toBe(true);
        expect(parts.reduce((sum, part) => sum + size(part), 0)).toBe(size(parent));
      }),
    );
  });

  test("a /30 has AWS's address first and Google's second", () => {
    const inside = range("169.254.32.4/30");
    expect([1, 2].map((n) => formatAddress(addressAt(inside, n)))).toEqual(["169.254.32.5", "169.254.32.6"]);
  });
});

describe("refusals", () => {
  test.each([
    "10.0.0.0",
    "10.0.0.0/33",
    "10.0.0.0/-1",
    "10.0.0.0/08",
    "10.0.0/24",
    "010.0.0.0/8",
    "256.0.0.0/8",
    "10.0.0.0/8/8",
    "",
    "::/0",
    " 10.0.0.0/8",
  ])("fails to parse %j", (text) => expect(parseRange(text)).toBeUndefined());

  test("fails to parse a range whose address is not its network address, and says which it would be", () => {
    expect(parseRange("10.1.2.3/16")).toBeUndefined();
    expect(formatRange(parseLoose("10.1.2.3/16")!)).toBe("10.1.0.0/16");
  });

  test.each(["1.2.3", "1.2.3.4.5", "1.2.3.256", "0x1.2.3.4", "1.2.3.04"])("fails to parse the address %j", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  test("fails to find a sub-range or an address outside its parent", () => {
    expect(() => subRange(range("10.0.0.0/24"), 27, 8)).toThrow("10.0.0.0/24 has no /27 number 8");
    expect(() => subRange(range("10.0.0.0/24"), 23, 0)).toThrow("10.0.0.0/24 has no /23 number 0");
    expect(() => addressAt(range("10.0.0.0/30"), 4)).toThrow("10.0.0.0/30 has no address 4");
    expect(() => range("10.0.0.1/24")).toThrow("not an IPv4 range: 10.0.0.1/24");
  });
});
