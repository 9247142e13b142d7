/**
 * What is wrong with a back end or a secrets provider, from what the engine says about it. The engine hands on what the
 * cloud's SDK or the database driver said, request ids and all; one sentence is enough. Every text was seen from Pulumi
 * 3.259.0.
 */

const NETWORK =
  /dial tcp:? (?:lookup )?(\S+?):?(?: on \S+)? ?(?:connect: )?(connection refused|no such host|i\/o timeout|network is unreachable|no route to host)/;

type Tell = (place: string, match: RegExpExecArray) => string;

/** The first that matches tells. `place` is the back end's address, or "the secrets provider". */
const PROBLEMS: readonly (readonly [RegExp, Tell])[] = [
  [
    /password authentication failed for user "([^"]*)"/,
    (place, [, user]) => `${place} refuses user ${user}: the password is wrong or missing; set PGPASSWORD`,
  ],
  [
    /database "([^"]*)" does not exist/,
    (place, [, name]) => `${place} is not there: the server has no database ${name}; create it, or correct the address`,
  ],
  [
    /pq: permission denied for (\w+ \S+)/,
    (place, [, what]) =>
      `${place} forbids the use of ${what}; grant the user its use, and leave to create the table of states in it`,
  ],
  [
    /SSL is not enabled on the server/,
    (place) =>
      `${place} does not speak TLS; turn it on there, or add sslmode=disable for a server on this machine alone`,
  ],
  [
    /NoSuchBucket|ContainerNotFound|bucket doesn't exist|The specified bucket does not exist/,
    (place) => `${place} is not there; create it, or correct the address`,
  ],
  [
    /unable to open state directory .*: no such file or directory/,
    (place) => `${place} is not there; create the folder, or correct the address`,
  ],
  [
    /InvalidAccessKeyId|SignatureDoesNotMatch|InvalidClientTokenId|UnrecognizedClientException|ExpiredToken/,
    (place, [reason]) => `${place} refuses the AWS credentials (${reason}); set keys or a profile that are valid there`,
  ],
  [
    /AccessDenied|code=PermissionDenied|AuthorizationPermissionMismatch/,
    (place) =>
      place === SECRETS
        ? `${place} forbids it; give these credentials leave to encrypt and decrypt with the key`
        : `${place} forbids it; give these credentials leave to list, read, write and delete there`,
  ],
  [NETWORK, (place, [, host, reason]) => `${place} cannot be reached (${host}: ${reason}); check it and the network`],
  [
    /code=NotFound.*NotFoundException: (.*?)\.?$/m,
    (place, [, what]) => `${place} has no such key (${what}); create it, or correct the address`,
  ],
  [
    /no EC2 IMDS role found|unable to find gcp credentials|DefaultAzureCredential|Options\.AccountName is required/,
    (place) => `${place} needs credentials, and there are none in the environment; sign in, or set them there`,
  ],
  [
    /PULUMI_ACCESS_TOKEN must be set/,
    (place) =>
      `${place} is taken for a Pulumi Cloud, and PULUMI_ACCESS_TOKEN is not set; set it, or correct the address`,
  ],
];

const SECRETS = "the secrets provider";
const OF_SECRETS = /operation error KMS|secrets manager|secrets \(code=|open keeper|cryptoKeys/;

/**
 * One sentence on what is wrong, or undefined where the text is about something else.
 * @param text what the engine said, without credentials
 * @param backEnd the back end's address for people
 */
export function backEndProblem(text: string, backEnd: string | undefined): string | undefined {
  const place = OF_SECRETS.test(text) ? SECRETS : (backEnd ?? "the back end");
  for (const [pattern, tell] of PROBLEMS) {
    const match = pattern.exec(text);
    if (match !== null) return tell(place, match);
  }
  return undefined;
}
