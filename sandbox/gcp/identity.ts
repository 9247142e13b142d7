/** Service accounts, and who may use what: one member of one role of one resource. Source: IAM and Secret Manager references. */
import { googleError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { text } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { Doing, selfLink } from "./common.ts";
import { RUN_JOB, SECRET } from "./operations.ts";

export const SERVICE_ACCOUNT = "gcp:serviceaccount/account:Account";

const account: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing("Error creating service account");
    const accountId = text(call.args["accountId"]);
    if (accountId === undefined) throw doing.invalid("accountId", "", "The sandbox makes up no account ids: give one.");
    const email = `${accountId}@${call.place.account}.iam.gserviceaccount.com`;
    const id = `projects/${call.place.account}/serviceAccounts/${email}`;
    if (call.world.find(call.place, SERVICE_ACCOUNT, id)) {
      const message = `Service account ${accountId} already exists within project projects/${call.place.account}.`;
      throw doing.error("alreadyExists", message);
    }
    // Source: IAM documentation, Service accounts: the numeric id has 21 digits and is never given out again.
    const uniqueId = `1${BigInt(`0x${call.tx.hex("account", 24)}`)
      .toString()
      .padStart(20, "0")
      .slice(0, 20)}`;
    const attrs = { email, uniqueId, name: id, member: `serviceAccount:${email}` };
    return { id, name: accountId, attrs, terms: [email, uniqueId] };
  },
  inUse: ({ id }) => googleError("Error deleting service account", "invalid", `${id} is in use`),
};

/** A service account by email, whatever project it is in. */
export function accountNamed({ world }: Call, email: string | undefined): CloudObject | undefined {
  return email === undefined ? undefined : world.anywhere(SERVICE_ACCOUNT, email)[0];
}

/** Grants on a resource. The provider's ids are the resource, the role and the member. */
function member(type: string, what: string, path: (call: Call) => string): Handler {
  const global = type !== RUN_JOB;
  return {
    ...(global ? { scope: "global" as const } : {}),
    create(call) {
      const doing = new Doing(`Error applying IAM policy for ${what}`);
      const id = path(call);
      const project = id.split("/")[1]!;
      const found = call.world.find({ ...call.place, account: project }, type, id);
      if (!found) throw doing.error("notFound", `Resource '${selfLink(id).split("/v1/")[1]}' was not found`);
      const grantee = String(call.args["member"]);
      const granted = `${id}/${String(call.args["role"])}/${grantee}`;
      const etag = call.world.hash(granted).slice(0, 12);
      return { id: granted, name: granted, attrs: { etag }, within: [found] };
    },
    outputs: ({ id }, world) => ({ etag: world.hash(id).slice(0, 12) }),
    inUse: ({ id }) => new Error(`nothing can use the grant ${id}`),
  };
}

/** What a reference names: itself as a path, or within the request's own place. */
const named =
  (field: string, prefix: (call: Call) => string) =>
  (call: Call): string => {
    const given = String(call.args[field]);
    return given.startsWith("projects/") ? given : `${prefix(call)}/${given}`;
  };

const own = ({ place }: Call): string => `projects/${place.account}`;

export const IDENTITY_HANDLERS: Record<string, Handler> = {
  [SERVICE_ACCOUNT]: account,
  "gcp:serviceaccount/iAMMember:IAMMember": member(
    SERVICE_ACCOUNT,
    "service account",
    named("serviceAccountId", (call) => `${own(call)}/serviceAccounts`),
  ),
  "gcp:secretmanager/secretIamMember:SecretIamMember": member(
    SECRET,
    "secretmanager secret",
    named("secretId", (call) => `${own(call)}/secrets`),
  ),
  "gcp:cloudrunv2/jobIamMember:JobIamMember": member(
    RUN_JOB,
    "cloudrunv2 job",
    named("name", (call) => `${own(call)}/locations/${call.place.region}/jobs`),
  ),
};
