import { EngineError } from "../engine/driver.ts";
import { ConfigError, REFUSED } from "../plan/errors.ts";
import { commandFor } from "./commands.ts";
import { FleetError } from "./error.ts";
import { isCloudResource } from "./resources.ts";
import type { Clouds, FleetErrorCode, FleetVerb, Member, StackFailure } from "./types.ts";

/** What one stack was about when it failed. */
interface Around {
  readonly clouds: Clouds;
  readonly verb: FleetVerb;
  readonly member: Member;
}

/** What a stack's error means to whoever asked for the operation. Errors nobody foresaw are told whole. */
export function failureOf(error: unknown, around: Around): StackFailure {
  const told = (code: FleetErrorCode, message: string, rest: Partial<StackFailure> = {}): StackFailure => {
    const next = nextAfter(code, message, around);
    return { code, message, inFlight: [], steps: [], ...(next === undefined ? {} : { next }), ...rest };
  };
  if (error instanceof EngineError) {
    const { message, steps, diagnostics } = error;
    // a component is under way for as long as its parts are, and is nothing that could be left half made
    const inFlight = error.inFlight.filter((urn) => isCloudResource(typeOf(urn)));
    const refused = error.code === "failed" && diagnostics.some((each) => each.message.includes(REFUSED));
    return told(refused ? "invalid-file" : error.code, message, { inFlight, steps });
  }
  if (error instanceof ConfigError) return told("invalid-file", error.message, { problems: error.issues });
  if (error instanceof FleetError) return told(isStackCode(error.code) ? error.code : "unavailable", error.message);
  return told("defect", error instanceof Error ? (error.stack ?? error.message) : String(error));
}

/** The type in a URN, without its parents'. */
const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

const isStackCode = (code: FleetError["code"]): code is FleetErrorCode =>
  !["selection", "no-engine", "no-clouds", "in-use", "damaged"].includes(code);

/** The command that puts a failure right, or that tries again once its cause is mended. */
function nextAfter(code: FleetErrorCode, message: string, { clouds, verb, member }: Around): string | undefined {
  const recover = commandFor(clouds, "recover", member);
  // the advice in the message is the last word: only it knows what is left in the clouds
  if (message.includes(`${recover} --yes`)) return `${recover} --yes`;
  if (message.includes(recover)) return recover;
  if (code === "invalid-file") return commandFor("real", "check", member);
  // no command mends the program, and what is not there needs no taking down
  if (code === "defect") return undefined;
  if (code === "no-stack" && (verb === "destroy" || verb === "recover")) return undefined;
  if (code === "changes" || code === "no-stack") return commandFor(clouds, "up", member);
  return commandFor(clouds, verb, member);
}
