/**
 * Whether executors reach their registries, link by link. `expectationOf` says what must be true, `renderProbe` makes the
 * script that looks on an executor, `parseFacts` reads what it printed and `diagnose` compares. Nothing here runs the
 * script: whoever can reach an executor does.
 */
export { diagnose } from "./diagnose.ts";
export {
  expectationOf,
  PING_KINDS,
  type Expectation,
  type KnownOutputs,
  type Ping,
  type PingKind,
  type Side,
  type Target,
} from "./expectation.ts";
export { parseFacts, ProbeError, type Facts, type View } from "./facts.ts";
export { LINKS, type Broken, type Diagnosis, type Holds, type Link, type LinkName, type Way } from "./link.ts";
export { renderProbe } from "./probe.ts";
export { describeDiagnosis } from "./text.ts";
