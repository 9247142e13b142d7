/** Home of everything on the instance; the published template has it there too. */
export const HOME = "/home/ec2-user";

/** Which of the two stacks a script is for, and what of it. */
export interface ScriptOptions {
  readonly profile: "quilt" | "generic";
  /** Whether the registry keeps its packages on a volume that is copied to a bucket. */
  readonly hasData: boolean;
  /** Whether a sidecar hands the instance's role to the registry. */
  readonly hasShim: boolean;
  /** Whether the registry signs with a long-lived key. */
  readonly hasKey: boolean;
}

const HEAD = `#!/bin/bash
set -euo pipefail
cd ${HOME}
# shellcheck source=/dev/null
. ./settings
`;

/**
 * Secrets go from Secrets Manager through pipes and shell variables into a file that only root reads: never through a
 * command line, which every process sees.
 */
export function envRefresh({ profile, hasKey }: ScriptOptions): string {
  return `${HEAD}umask 077

# an alarm waits for this metric
finish() {
  local status=$?
  if [ "$status" -eq 0 ]; then return; fi
  aws cloudwatch put-metric-data --region "$REGION" --namespace Causeway/SelfHosted \\
    --metric-name EnvRefreshFailures --dimensions "Registry=$REGISTRY_NAME" --value 1 || true
  exit "$status"
}
trap finish EXIT

secret() {
  aws secretsmanager get-secret-value --region "$REGION" --secret-id "$1" --query SecretString --output text
}
${profile === "quilt" ? quiltSecrets(hasKey) : GENERIC_SECRETS}
secrets >env/registry.secrets
cat env/registry.plain env/registry.secrets >env/registry.new
rm env/registry.secrets
if cmp -s env/registry.new env/registry; then
  rm env/registry.new
else
  mv env/registry.new env/registry
  if [ "\${1:-}" = --restart ]; then ./start.sh; fi
fi
`;
}

/** A master user with any password: the URI carries both escaped. */
const quiltSecrets = (hasKey: boolean): string => `
# a line break would end the variable and begin another
line='def line: if test("[\\r\\n]") then error("a secret holds a line break") else . end;'

secrets() {
  secret "$DATABASE_SECRET" | jq -er --arg at "$DATABASE_ENDPOINT/$DATABASE_NAME" \\
    '"SQLALCHEMY_DATABASE_URI=postgresql://\\(.username|@uri):\\(.password|@uri)@\\($at)?sslmode=require"'
  secret "$SMTP_SECRET" | jq -er "$line"' "SMTP_USERNAME=\\(.username|line)\\nSMTP_PASSWORD=\\(.password|line)"'
  printf 'QUILT_SECRET_KEY='
  signing_key${hasKey ? ACCESS_KEY : ""}
}

# made once, here: nobody else ever sees it, and a new one would log everybody out
signing_key() {
  local value
  if ! value=$(secret "$SIGNING_SECRET" 2>/dev/null); then
    aws secretsmanager describe-secret --region "$REGION" --secret-id "$SIGNING_SECRET" \\
      --query 'VersionIdsToStages' --output text | grep -q AWSCURRENT && return 1
    openssl rand -hex 32 | tr -d '\\n' >env/signing
    aws secretsmanager put-secret-value --region "$REGION" --secret-id "$SIGNING_SECRET" \\
      --secret-string "file://env/signing" >/dev/null
    rm env/signing
    value=$(secret "$SIGNING_SECRET")
  fi
  printf '%s\\n' "$value"
}
`;

const ACCESS_KEY = `
  secret "$ACCESS_KEY_SECRET" |
    jq -er '"AWS_ACCESS_KEY_ID=\\(.accessKeyId)\\nAWS_SECRET_ACCESS_KEY=\\(.secretAccessKey)"'`;

const GENERIC_SECRETS = `
secrets() {
  local name arn value
  while read -r name arn; do
    value=$(secret "$arn")
    case $value in *$'\\n'*) echo "$name: a secret holds a line break" >&2 && return 1 ;; esac
    printf '%s=%s\\n' "$name" "$value"
  done <env/registry.arns
}
`;

/** What every container gets: no way to more rights, logs in CloudWatch, and a restart after a fault. */
const RUN = `
run() {
  local name=$1
  shift
  docker run -d --restart unless-stopped --name "$name" --security-opt no-new-privileges --cap-drop ALL \\
    --log-driver awslogs --log-opt "awslogs-region=$REGION" --log-opt "awslogs-group=$LOG_GROUP" \\
    --log-opt "awslogs-stream=$name-$(hostname)" "$@"
}
`;

/** nginx begins as root and gives that up. */
const NGINX_CAPS = "--cap-add CHOWN --cap-add SETGID --cap-add SETUID --cap-add NET_BIND_SERVICE";

const NGINX = `
run registry-nginx --network container:registry --read-only --tmpfs /tmp ${NGINX_CAPS} \\
  -v "$PWD/nginx.conf:/etc/nginx/nginx.conf:ro" "$NGINX_IMAGE"`;

/** Begins or restarts the containers; the names are those of the published template. */
export function start(options: ScriptOptions): string {
  const begin = `${HEAD}
./env-refresh.sh
docker rm -f registry catalog registry-nginx registry-credentials >/dev/null 2>&1 || true
${RUN}`;
  return `${begin}${options.profile === "quilt" ? quiltContainers(options) : genericContainers(options)}\n`;
}

const quiltContainers = ({ hasShim }: ScriptOptions): string => `
docker run --rm --env-file env/registry --security-opt no-new-privileges --cap-drop ALL "$REGISTRY_IMAGE" \\
  flask db upgrade
run registry -p 5000:80 --env-file env/registry -v "$PWD/aws-config:/home/quilt/.aws/config:ro" "$REGISTRY_IMAGE"${
  hasShim
    ? `
run registry-credentials --network container:registry --read-only --user nobody \\
  -v "$PWD/credentials.py:/credentials.py:ro" --entrypoint python3 "$REGISTRY_IMAGE" /credentials.py`
    : ""
}${NGINX}
run catalog -p 80:80 ${NGINX_CAPS} --cap-add DAC_OVERRIDE --env-file env/catalog "$CATALOG_IMAGE"`;

const genericContainers = ({ hasData }: ScriptOptions): string => `
run registry -p 5000:80 --env-file env/registry${hasData ? ` -v "/data/packages:$DATA_PATH"` : ""} "$REGISTRY_IMAGE"${NGINX}`;

/** Asks for the first administrator's name and password; nothing of it passes a command line. */
export const createAdmin = `#!/bin/bash
set -euo pipefail
exec docker exec -it registry ./scripts/create_admin.py
`;

/** What runs once, at the instance's first start. */
export function bootstrap({ hasData, profile }: ScriptOptions): string {
  return `${HEAD}
chmod 600 env/*
systemctl enable --now docker
for host in $ECR_HOSTS; do
  aws ecr get-login-password --region "$REGION" | docker login --username AWS --password-stdin "$host"
done
for image in "$REGISTRY_IMAGE" "$NGINX_IMAGE"${profile === "quilt" ? ' "$CATALOG_IMAGE"' : ""}; do docker pull --quiet "$image"; done
${
  hasData
    ? `
blkid /dev/sdf || mkfs.xfs /dev/sdf
mkdir -p /data /etc/systemd/system/docker.service.d
echo '/dev/sdf /data xfs defaults,nofail 0 2' >>/etc/fstab
printf '[Unit]\\nRequiresMountsFor=/data\\n' >/etc/systemd/system/docker.service.d/data.conf
systemctl daemon-reload
mount /data
./data-sync.sh restore
systemctl enable --now data-sync.timer data-save.service
`
    : ""
}/opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c file:${HOME}/agent.json
./start.sh
systemctl enable --now env-refresh.timer
`;
}

/**
 * Copies packages to the bucket, and back onto a new volume. Without the mark that it was filled, a volume is never copied
 * to the bucket: an empty one would empty it.
 */
export const dataSync = `${HEAD}
case \${1:-} in
  restore)
    if [ -e /data/filled ]; then exit 0; fi
    mkdir -p /data/packages
    aws s3 sync --only-show-errors --region "$REGION" "s3://$DATA_BUCKET/packages" /data/packages
    owner=$(docker run --rm --entrypoint id "$REGISTRY_IMAGE" -u || echo 0)
    chown -R "$owner" /data/packages
    touch /data/filled
    ;;
  save)
    if [ ! -e /data/filled ]; then exit 0; fi
    aws s3 sync --only-show-errors --delete --region "$REGION" /data/packages "s3://$DATA_BUCKET/packages"
    ;;
  *)
    echo "expected restore or save, got \${1:-nothing}" >&2
    exit 2
    ;;
esac
`;
