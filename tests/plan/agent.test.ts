// The agent's files; what the agent does on an executor is for the data-plane tier to show.
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { AGENT_COMMAND, AGENT_PATH, renderAgent } from "../../plan/agent.ts";
import { CURRENT } from "../../plan/dnsProxy.ts";
import { GUEST_GATEWAY } from "../../plan/guestRules.ts";

const fileAt = (path: string): string => renderAgent().find((file) => file.path === path)!.text;

test("the agent is a program, its unit and a timer that runs it every 15 seconds", () => {
  expect(renderAgent().map(({ path, mode }) => [path, mode])).toEqual([
    [AGENT_PATH, 0o755],
    ["/etc/systemd/system/causeway-agent.service", 0o644],
    ["/etc/systemd/system/causeway-agent.timer", 0o644],
  ]);
  expect(fileAt("/etc/systemd/system/causeway-agent.service")).toContain(`\nExecStart=${AGENT_COMMAND.join(" ")}\n`);
  expect(fileAt("/etc/systemd/system/causeway-agent.timer")).toContain("\nOnUnitInactiveSec=15\n");
});

test("the program knows the places the units and the rules name", () => {
  const program = fileAt(AGENT_PATH);
  expect(program).toContain(`HOME = "${dirname(CURRENT)}"\n`);
  expect(program).toContain(`ip address add ${GUEST_GATEWAY}/32 dev lo`);
  expect(program).toContain(`echo 'nameserver ${GUEST_GATEWAY}'`);
});
