/**
 * Where the artefact in force lies on an executor. Fixed: the units name it, and whoever installs an artefact moves this
 * link in one step.
 */
export const CURRENT = "/var/lib/causeway/current";

/** CoreDNS on images that carry it. */
const PROGRAM = "/usr/local/bin/coredns";

/** Says `DNS_PROXY_IMAGE=<repository of dns-proxy's image>`; part of an executor's image, as the repository is ours. */
const IMAGE_FILE = "/etc/causeway/dns-proxy.env";

/** Names of the units, which exclude each other: the program runs on images that carry it, else the container. */
export const UNIT = "dns-proxy.service";
export const CONTAINER_UNIT = "dns-proxy-container.service";

const COREFILE = `${CURRENT}/corefile`;

/**
 * The bridge has no address before the first virtual machine starts, and dns-proxy is to be there by then. Binding to an
 * address that is not there yet is what this setting allows. Source: Linux kernel documentation, "IP sysctl".
 */
const BIND_EARLY = "ExecStartPre=+/usr/sbin/sysctl -qw net.ipv4.ip_nonlocal_bind=1";

const unit = (description: string, condition: string, service: readonly string[]): string =>
  [
    "[Unit]",
    `Description=${description}`,
    "Wants=network-online.target",
    "After=network-online.target",
    `ConditionPathExists=${COREFILE}`,
    `ConditionFileIsExecutable=${condition}`,
    // Without names no job on this executor gets anywhere, so it is tried for ever.
    "StartLimitIntervalSec=0",
    "",
    "[Service]",
    ...service,
    "Restart=always",
    "RestartSec=1",
    // One guest that floods it takes no more than this from the jobs of others.
    "CPUQuota=100%",
    "MemoryMax=512M",
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");

const program = unit("Private names for virtual machines", PROGRAM, [
  "Type=exec",
  BIND_EARLY,
  `ExecStart=${PROGRAM} -conf ${COREFILE}`,
  // CoreDNS goes on with what it has where the new configuration is not one.
  "ExecReload=/bin/kill -USR1 $MAINPID",
  "DynamicUser=yes",
  "AmbientCapabilities=CAP_NET_BIND_SERVICE",
  "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
  "NoNewPrivileges=yes",
  "ProtectSystem=strict",
  "ProtectHome=yes",
  "PrivateDevices=yes",
  "ProtectKernelTunables=yes",
  "ProtectKernelModules=yes",
  "ProtectControlGroups=yes",
  "RestrictAddressFamilies=AF_INET AF_INET6 AF_NETLINK AF_UNIX",
  "RestrictNamespaces=yes",
  "MemoryDenyWriteExecute=yes",
  "LockPersonality=yes",
  "SystemCallArchitectures=native",
  "SystemCallFilter=@system-service",
  "LimitNOFILE=65536",
]);

/**
 * The container sees the folder above {@link CURRENT}, since the link in it is what changes. Its user is root with the one
 * capability that the port takes, whatever user the image names: another would have it from the program's file alone,
 * which `no-new-privileges` rules out. Source: Linux manual pages, capabilities(7), "Transformation of capabilities".
 */
function container(proxyTag: string): string {
  const image = `\${DNS_PROXY_IMAGE}${proxyTag.startsWith("sha256:") ? "@" : ":"}${proxyTag}`;
  const folder = CURRENT.slice(0, CURRENT.lastIndexOf("/"));
  return unit("Private names for virtual machines, from an image", `!${PROGRAM}`, [
    "Type=exec",
    `EnvironmentFile=${IMAGE_FILE}`,
    BIND_EARLY,
    "ExecStartPre=-/usr/bin/docker rm --force dns-proxy",
    `ExecStart=/usr/bin/docker run --rm --name dns-proxy --network host --user 0:0 --read-only ` +
      `--cap-drop ALL --cap-add NET_BIND_SERVICE --security-opt no-new-privileges --memory 512m --cpus 1 ` +
      `--volume ${folder}:${folder}:ro ${image} -conf ${COREFILE}`,
    "ExecReload=/usr/bin/docker kill --signal USR1 dns-proxy",
    "ExecStop=/usr/bin/docker stop dns-proxy",
  ]);
}

/** The systemd units of dns-proxy by name, for executors whose image carries CoreDNS and for those that pull it by tag. */
export const renderUnits = (proxyTag: string): Readonly<Record<string, string>> => ({
  [CONTAINER_UNIT]: container(proxyTag),
  [UNIT]: program,
});
