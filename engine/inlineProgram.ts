/**
 * A program run in this process, for an engine of its own: the twentieth of the time that a process of the program's own
 * takes to start. Programs that run at once share what modules remember, and a program that never ends stays; so this is
 * for one's own program and for tests, and the fleet runs programs in processes of their own.
 */
import "./leanSdk.ts";
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import type { RunRequest } from "@pulumi/pulumi/proto/language_pb.js";
import { ALONE, type EngineLog } from "./engineLog.ts";
import { inRun, registrationsSettled, type SdkStore } from "./graphSdk.ts";
import type { ProgramRun } from "./programRun.ts";

/** The body of a program: what it returns are the stack's outputs. */
export type InlineProgram = () => Promise<Record<string, unknown> | void>;

interface Client {
  close(): void;
}

const require = createRequire(import.meta.url);
/** Checked against SDK 3.270.0, as `graphSdk.ts` is. */
const settings = require("@pulumi/pulumi/runtime/settings.js") as {
  readonly grpcClientOptions: Record<string, unknown>;
  resetOptions(
    ...options: [
      project: string,
      stack: string,
      parallel: number,
      engine: string,
      monitor: string,
      preview: boolean,
      organization: string,
    ]
  ): void;
  signalAndWaitForShutdown(): Promise<void>;
};
const config = require("@pulumi/pulumi/runtime/config.js") as {
  setAllConfig(values: Record<string, string>, secretKeys: string[]): void;
};

// One engine may get the port that an earlier one had; its connection must not be the other's, which was lost.
Object.assign(settings.grpcClientOptions, ALONE);

/** Starts a program for a run request. It cannot be stopped: it ends with its engine, whose refusals it then meets. */
export function startInline(request: RunRequest, engine: string, program: InlineProgram, log: EngineLog): ProgramRun {
  const ended = inRun(async (run, store) => {
    connect(request, engine);
    try {
      await pulumi.runtime.runInPulumiStack(program);
    } catch (error) {
      if (!run.errors.includes(error)) run.errors.unshift(error);
    }
    await registrationsSettled(store);
    if (run.errors.length === 0) await settings.signalAndWaitForShutdown();
    disconnect(store);
    for (const { message } of run.logs) log.info(message);
    for (const error of run.errors) if (!isTold(error)) log.error(describe(error));
    return { bail: run.errors.length > 0, error: "" };
  });
  return { ended, stop: () => Promise.resolve() };
}

function connect(request: RunRequest, engine: string): void {
  const [project, stack, parallel] = [request.getProject(), request.getStack(), request.getParallel()];
  const monitor = request.getMonitorAddress();
  settings.resetOptions(project, stack, parallel, engine, monitor, request.getDryrun(), request.getOrganization());
  config.setAllConfig(Object.fromEntries(request.getConfigMap().entries()), request.getConfigsecretkeysList());
}

function disconnect({ settings: { monitor, engine } }: SdkStore): void {
  for (const client of [monitor, engine] as (Client | undefined)[]) client?.close();
}

/** The engine itself reports what a provider refused; what the program then meets is that it was not registered. */
const isTold = (error: unknown): boolean =>
  error instanceof Error && error.message.includes("failed to register new resource");

const describe = (error: unknown): string => {
  if (pulumi.RunError.isInstance(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
};
