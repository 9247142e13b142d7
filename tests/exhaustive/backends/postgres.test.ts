// State in a PostgreSQL server of Debian's, on the real engine with the simulated clouds; secrets under a passphrase. A
// server that fails over, TLS and other ways to sign in are what this cannot show.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { Postgres } from "../../support/postgres.ts";
import { describeLife } from "./behaviour.ts";
import { BackEndStack } from "./stack.ts";

const engine = inject("engine");
const password = `p@ss/${randomBytes(8).toString("hex")}`;
const passphrase = `correct horse ${randomBytes(6).toString("hex")}`;
let server: Postgres;

describe.skipIf(engine === null)("a state in PostgreSQL", () => {
  beforeAll(async () => {
    server = await Postgres.start(password);
    server.sql("postgres", "create database fleet; create role reader login password 'reader-of-nothing';");
  });
  afterAll(() => server.stop());

  const env = { PGPASSWORD: password, PULUMI_CONFIG_PASSPHRASE: passphrase };
  describe("through the life of a stack", () => {
    describeLife(engine!, async () => ({
      backendUrl: server.backEnd("fleet"),
      secretsProvider: "passphrase",
      env,
      objects: () => server.objects("fleet"),
      credentials: [password, encodeURIComponent(password), passphrase],
      settingsFile: /^config:\n {2}causeway:customer: \S+acme.yaml\nencryptionsalt: v1:\S+\n$/,
    }));
  });

  describe("that cannot be opened", () => {
    let stack: BackEndStack;
    beforeAll(() => {
      stack = new BackEndStack(engine!, { backendUrl: server.backEnd("fleet"), secretsProvider: "passphrase", env });
    });
    afterAll(() => stack.remove());
    const at = (database: string, user?: string) => server.backEnd(database, user);
    const name = (url: string) => url.replace(/\?.*/, "");

    test.each([
      [
        "a wrong password",
        () => ({ backendUrl: at("fleet"), env: { PGPASSWORD: "wr0ng-passw0rd" } }),
        (place: string) => `${place} refuses user owner: the password is wrong or missing; set PGPASSWORD`,
      ],
      [
        "a password in the address, and it is wrong",
        () => ({ backendUrl: at("fleet").replace("owner@", "owner:wr0ng-passw0rd@"), env: { PGPASSWORD: "" } }),
        (place: string) => `${place} refuses user owner: the password is wrong or missing; set PGPASSWORD`,
      ],
      [
        "no such database",
        () => ({ backendUrl: at("none") }),
        (place: string) => `${place} is not there: the server has no database none; create it, or correct the address`,
      ],
      [
        "no leave in the database",
        () => ({ backendUrl: at("fleet", "reader"), env: { PGPASSWORD: "reader-of-nothing" } }),
        (place: string) =>
          `${place} forbids the use of schema public; grant the user its use, and leave to create the table of states in it`,
      ],
      [
        "nobody listening",
        () => ({ backendUrl: "postgres://owner@127.0.0.1:9/fleet?sslmode=disable" }),
        (place: string) => `${place} cannot be reached (127.0.0.1:9: connection refused); check it and the network`,
      ],
      [
        "TLS asked of a server without it",
        () => ({ backendUrl: at("fleet").replace("?sslmode=disable", "") }),
        (place: string) =>
          `${place} does not speak TLS; turn it on there, or add sslmode=disable for a server on this machine alone`,
      ],
    ])("fails with one sentence on %s, without the password", async (_, changed, told) => {
      const backEnd = changed();
      const place = name(backEnd.backendUrl).replace(":wr0ng-passw0rd", "");
      const { code, message } = await stack.refused(backEnd);
      expect([code, message]).toEqual(["configuration", `acme: ${told(place)}`]);
      const everything = stack.said.join("\n");
      for (const secret of [password, "wr0ng-passw0rd", "reader-of-nothing", passphrase]) {
        expect(everything).not.toContain(secret);
      }
    });
  });
});
