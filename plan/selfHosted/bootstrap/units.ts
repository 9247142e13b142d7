import { HOME } from "./scripts.ts";

/** systemd units of the instance. Source: systemd.service(5), systemd.timer(5). */

const service = (description: string, command: string): string => `[Unit]
Description=${description}
After=docker.service network-online.target
Wants=network-online.target

[Service]
Type=oneshot
ExecStart=${command}
`;

const every = (description: string, interval: string): string => `[Unit]
Description=${description}

[Timer]
OnBootSec=${interval}
OnUnitInactiveSec=${interval}

[Install]
WantedBy=timers.target
`;

/** A database password that RDS rotates reaches the registry within five minutes. */
export const ENV_REFRESH_SERVICE = service("Environment of the registry", `${HOME}/env-refresh.sh --restart`);
export const ENV_REFRESH_TIMER = every("Environment of the registry, anew", "5min");

export const DATA_SYNC_SERVICE = service("Packages to the bucket", `${HOME}/data-sync.sh save`);
export const DATA_SYNC_TIMER = every("Packages to the bucket, again", "5min");

/** Copies what the last five minutes brought while the instance goes down. */
export const DATA_SAVE_SERVICE = `[Unit]
Description=Packages to the bucket at shutdown
After=docker.service network-online.target
Wants=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/true
ExecStop=${HOME}/data-sync.sh save
TimeoutStopSec=15min

[Install]
WantedBy=multi-user.target
`;
