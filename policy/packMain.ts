/**
 * The policy pack as the engine starts it, through the executable `pack` beside this file: a process of its own that says
 * on standard output where it listens.
 */
import "../engine/leanSdk.ts";
import { findPackageJSON } from "node:module";
import { dirname } from "node:path";
import { PolicyPack } from "@pulumi/policy";
import { packPolicies } from "./packPolicies.ts";
import { POLICIES } from "./rules/index.ts";

// The pack's version is read from the package.json of the working directory, wherever the engine was started.
process.chdir(dirname(findPackageJSON(import.meta.url) ?? import.meta.filename));
new PolicyPack("causeway", { policies: packPolicies(POLICIES), enforcementLevel: "mandatory" });
