import { ServerProcess, tool } from "./servers.ts";

/** AWS access keys. */
export interface Keys {
  readonly AWS_ACCESS_KEY_ID: string;
  readonly AWS_SECRET_ACCESS_KEY: string;
}

/**
 * An S3, a KMS and an IAM on loopback: moto 5.2.5. It keeps what it is given in memory, and asks for valid credentials
 * only when told to.
 */
export class Moto {
  readonly endpoint: string;
  readonly #server: ServerProcess;

  private constructor(server: ServerProcess, endpoint: string) {
    this.#server = server;
    this.endpoint = endpoint;
  }

  static async start(): Promise<Moto> {
    const server = new ServerProcess(tool("moto"), ["--host", "127.0.0.1", "--port", "0"]);
    const [, endpoint] = await server.told(/Running on (http:\/\/127\.0\.0\.1:\d+)/);
    return new Moto(server, endpoint!);
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  /** Address of a state back end in a bucket. */
  backEnd(bucket: string): string {
    return `s3://${bucket}?endpoint=${this.endpoint}&s3ForcePathStyle=true&region=us-east-1`;
  }

  async makeBucket(bucket: string): Promise<void> {
    await this.#ask("s3", `/${bucket}`, { method: "PUT" });
  }

  /** Everything a bucket holds, by key. */
  async objects(bucket: string): Promise<ReadonlyMap<string, string>> {
    const listing = await this.#ask("s3", `/${bucket}?list-type=2&max-keys=1000`);
    if (!listing.includes("<IsTruncated>false</IsTruncated>")) throw new Error("the bucket has more than one page");
    const keys = [...listing.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key!);
    const bodies = keys.map(async (key) => [key, await this.#ask("s3", `/${bucket}/${key}`)] as const);
    return new Map(await Promise.all(bodies));
  }

  /** Makes a key that encrypts, known by an alias. */
  async makeKey(alias: string): Promise<void> {
    const made = await this.#keys("CreateKey", {});
    const { KeyMetadata } = JSON.parse(made) as { KeyMetadata: { KeyId: string } };
    await this.#keys("CreateAlias", { AliasName: `alias/${alias}`, TargetKeyId: KeyMetadata.KeyId });
  }

  /** Makes a user without any leave. */
  async makeUser(name: string): Promise<Keys> {
    await this.#ask("iam", "/", { method: "POST", body: `Action=CreateUser&Version=2010-05-08&UserName=${name}` });
    const body = `Action=CreateAccessKey&Version=2010-05-08&UserName=${name}`;
    const made = await this.#ask("iam", "/", { method: "POST", body });
    const of = (field: string): string => new RegExp(`<${field}>([^<]*)</${field}>`).exec(made)![1]!;
    return { AWS_ACCESS_KEY_ID: of("AccessKeyId"), AWS_SECRET_ACCESS_KEY: of("SecretAccessKey") };
  }

  /** From now on every request needs credentials that are valid and leave to do what it asks; this class's own have none. */
  async askForCredentials(): Promise<void> {
    const headers = { "content-type": "text/plain" };
    await this.#ask("s3", "/moto-api/reset-auth", { method: "POST", body: "0", headers });
  }

  #keys(action: string, parameters: object): Promise<string> {
    const headers = { "x-amz-target": `TrentService.${action}`, "content-type": "application/x-amz-json-1.1" };
    return this.#ask("kms", "/", { method: "POST", body: JSON.stringify(parameters), headers });
  }

  async #ask(service: string, path: string, { headers, ...init }: RequestInit = {}): Promise<string> {
    // moto tells services apart by the scope of the signature, which it does not check here
    const scope = `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request`;
    const authorization = `${scope}, SignedHeaders=host, Signature=0`;
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const response = await fetch(`${this.endpoint}${path}`, {
      ...init,
      headers: { authorization, ...(service === "iam" ? form : {}), ...(headers as Record<string, string>) },
    });
    if (!response.ok) throw new Error(`moto answered ${response.status} to ${path}: ${await response.text()}`);
    return response.text();
  }
}
