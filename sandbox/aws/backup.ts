/** AWS Backup: vaults, plans and what the plans apply to. */
import type { Call, Handler } from "../handler.ts";
import { blocks, isRecord, text, texts } from "../values.ts";
import { arn, Doing } from "./common.ts";

const VAULT = "aws:backup/vault:Vault";
const PLAN = "aws:backup/plan:Plan";
const SELECTION = "aws:backup/selection:Selection";
const ROLE = "aws:iam/role:Role";

const vault: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating Backup Vault (${name})`, "Backup: CreateBackupVault");
    if (call.world.find(call.place, VAULT, name))
      throw doing.error("AlreadyExistsException", "Backup vault with the same name already exists");
    const key = call.world.hash(`aws/backup ${call.place.account} ${call.place.region}`).slice(0, 12);
    const kmsKeyArn = text(call.args["kmsKeyArn"]) ?? arn("kms", call.place, `key/${key}`);
    return {
      id: name,
      name,
      attrs: { arn: arn("backup", call.place, `backup-vault:${name}`), kmsKeyArn, recoveryPoints: 0 },
    };
  },
  inUse: ({ id }) => new Error(`nothing holds backup vault ${id}`),
};

const plan: Handler = {
  create(call) {
    const doing = new Doing(`creating Backup Plan (${String(call.args["name"])})`, "Backup: CreateBackupPlan");
    scheduled(call, doing);
    const id = uuid(call);
    return { id, attrs: { arn: arn("backup", call.place, `backup-plan:${id}`), version: version(call) } };
  },
  update(call, { id }) {
    scheduled(call, new Doing(`updating Backup Plan (${id})`, "Backup: UpdateBackupPlan"));
    return { attrs: { version: version(call) } };
  },
  inUse: ({ id }) =>
    new Doing(`deleting Backup Plan (${id})`, "Backup: DeleteBackupPlan").error(
      "InvalidRequestException",
      "Related backup plan selections must be deleted prior to backup plan deletion",
    ),
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

const version = ({ tx }: Call): string => tx.hex("backup-version", 48);

/** Source: AWS Backup Developer Guide, Creating a backup plan; API Reference, Lifecycle: 90 days in cold storage at least. */
function scheduled(call: Call, doing: Doing): void {
  const rules = blocks(call.args["rules"]);
  const names = rules.map((rule) => String(rule["ruleName"]));
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined) throw doing.error("InvalidParameterValueException", `Duplicate rule name: ${twin}`);
  for (const rule of rules) {
    const name = String(rule["targetVaultName"]);
    if (!call.world.find(call.place, VAULT, name))
      throw doing.error(
        "InvalidParameterValueException",
        `Backup vault ${name} does not exist in this account and region`,
      );
    const schedule = text(rule["schedule"]);
    if (schedule !== undefined && !/^cron\((\S+ ){5}\S+\)$/.test(schedule))
      throw doing.error("InvalidParameterValueException", `Invalid schedule expression: ${schedule}`);
    const copies = blocks(rule["copyActions"]);
    for (const { lifecycle } of [rule, ...copies]) {
      if (!isRecord(lifecycle)) continue;
      const [cold, gone] = [Number(lifecycle["coldStorageAfter"] ?? 0), Number(lifecycle["deleteAfter"] ?? 0)];
      if (cold > 0 && gone > 0 && gone < cold + 90) {
        const message = `Error in rule ${String(rule["ruleName"])} : Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from MoveToColdStorageAfterDays`;
        throw doing.error("InvalidParameterValueException", message);
      }
    }
    for (const copy of copies) reachable(call, doing, String(copy["destinationVaultArn"]));
  }
}

/** A vault to copy to: of this account it has to exist; another account's is not seen from here. */
function reachable(call: Call, doing: Doing, vaultArn: string): void {
  const [, region, account, name] =
    /^arn:aws[\w-]*:backup:([a-z0-9-]+):(\d{12}):backup-vault:(.+)$/.exec(vaultArn) ?? [];
  if (name === undefined) throw doing.error("InvalidParameterValueException", `Invalid backup vault ARN: ${vaultArn}`);
  if (account === call.place.account && !call.world.find({ ...call.place, region: region! }, VAULT, name))
    throw doing.error("InvalidParameterValueException", `Backup vault ${vaultArn} does not exist`);
}

const selection: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`creating Backup Selection (${name})`, "Backup: CreateBackupSelection");
    const planId = String(call.args["planId"]);
    const parent = call.world.find(call.place, PLAN, planId);
    if (!parent) throw doing.error("InvalidParameterValueException", `Cannot find Backup plan with ID ${planId}`);
    const roleArn = String(call.args["iamRoleArn"]);
    const role = call.world.find({ ...call.place, region: "global" }, ROLE, roleArn.split("/").at(-1)!);
    // Source: AWS Backup Developer Guide, IAM service roles: the role trusts backup.amazonaws.com.
    if (!role || !String(role.args["assumeRolePolicy"]).includes("backup.amazonaws.com"))
      throw doing.error("InvalidParameterValueException", `IAM Role ${roleArn} cannot be assumed by AWS Backup`);
    const bad = texts(call.args["resources"]).find((one) => one !== "*" && !/^arn:[^:]+:[^:]+:.+/.test(one));
    if (bad !== undefined) throw doing.error("InvalidParameterValueException", `Invalid ARN: ${bad}`);
    if (texts(call.args["resources"]).length + blocks(call.args["selectionTags"]).length === 0)
      throw doing.error("InvalidParameterValueException", "A selection needs resources or selection tags");
    return { id: uuid(call), name, uses: [parent] };
  },
  outputs: ({ args }) => ({ notResources: args["notResources"] ?? [] }),
  inUse: ({ id }) => new Error(`nothing can use backup selection ${id}`),
};

export const BACKUP_HANDLERS: Record<string, Handler> = { [VAULT]: vault, [PLAN]: plan, [SELECTION]: selection };
