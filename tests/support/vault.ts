import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/**
 * The two requests of HashiCorp Vault's transit engine that Pulumi's `hashivault://` secrets provider makes: a stack's data
 * key is encrypted once and decrypted by each process of the engine's. Listens on loopback, for this process and its
 * children.
 */
export class Vault {
  readonly #key = randomBytes(32);
  readonly #server: Server = createServer((request, response) => {
    void read(request).then((body) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ data: this.#answer(request.url ?? "", body) }));
    });
  });

  /** @returns the secrets provider of a stack to be made; the environment says where it is */
  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    process.env["VAULT_SERVER_URL"] = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    process.env["VAULT_SERVER_TOKEN"] = "for tests";
    return "hashivault://causeway";
  }

  async stop(): Promise<void> {
    delete process.env["VAULT_SERVER_URL"];
    delete process.env["VAULT_SERVER_TOKEN"];
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(url: string, { plaintext = "", ciphertext = "" }: Record<string, string>): Record<string, string> {
    if (url.includes("/encrypt/")) return { ciphertext: `vault:v1:${this.#encrypt(plaintext)}` };
    return { plaintext: this.#decrypt(ciphertext.replace("vault:v1:", "")) };
  }

  #encrypt(text: string): string {
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64");
  }

  #decrypt(text: string): string {
    const bytes = Buffer.from(text, "base64");
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, 12));
    decipher.setAuthTag(bytes.subarray(12, 28));
    return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString("utf8");
  }
}

async function read(request: IncomingMessage): Promise<Record<string, string>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString("utf8") || "{}") as Record<string, string>;
}
