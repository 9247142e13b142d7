import { AGENT_PROGRAM } from "./agent/program.ts";

/** Where an executor's image has the agent. Fixed: the unit names it. */
export const AGENT_PATH = "/usr/local/lib/causeway/agent";

/** The command of the agent's unit. */
export const AGENT_COMMAND = ["/usr/bin/python3", AGENT_PATH] as const;

/** Guest attributes an executor reports under: the hash in force, and `ok` or what is wrong. */
export const REPORT = { namespace: "causeway", hash: "hash", state: "state" } as const;

/** Seconds between two looks; a recreated chain of the executor's is without our rules for no longer than this. */
const INTERVAL_SECONDS = 15;

const service = [
  "[Unit]",
  "Description=Brings this executor to the configuration in its project's metadata",
  "Wants=network-online.target",
  "After=network-online.target",
  "",
  "[Service]",
  "Type=oneshot",
  `ExecStart=${AGENT_COMMAND.join(" ")}`,
  // fetching an image, and seeing that it works, takes most of it
  "TimeoutStartSec=180",
  "Nice=5",
  // Docker's credentials are there, and the image of dns-proxy may need them
  "ProtectHome=read-only",
  "PrivateTmp=yes",
  "",
];

const timer = [
  "[Unit]",
  "Description=Looks for a changed configuration in the project's metadata",
  "",
  "[Timer]",
  "OnBootSec=1",
  `OnUnitInactiveSec=${INTERVAL_SECONDS}`,
  "AccuracySec=1",
  "",
  "[Install]",
  "WantedBy=timers.target",
  "",
];

/** A file of an executor's image. */
export interface ImageFile {
  readonly path: string;
  readonly mode: 0o644 | 0o755;
  readonly text: string;
}

/**
 * What an executor's image has to carry so that it takes configurations from the metadata: the same for every customer. It
 * needs Python 3.8, systemd, iproute2, util-linux, ca-certificates, and iptables or nft; Docker where it carries no CoreDNS. A change of these files takes a
 * new image; a change of a configuration does not.
 */
export const renderAgent = (): readonly ImageFile[] => [
  { path: AGENT_PATH, mode: 0o755, text: AGENT_PROGRAM },
  { path: "/etc/systemd/system/causeway-agent.service", mode: 0o644, text: service.join("\n") },
  { path: "/etc/systemd/system/causeway-agent.timer", mode: 0o644, text: timer.join("\n") },
];
