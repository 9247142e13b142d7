/** Both ways a client of a registry takes: to the registry itself, and to the host it is sent on to for what packages are made of. */
import type { World } from "../world.ts";
import { assetHost } from "./amazon.ts";
import { reach, type Reach, type Source } from "./reach.ts";

export interface RegistryReach {
  /** To the registry's own name. */
  readonly metadata: Reach;
  /** To the host of the blobs; absent where the registry hands out everything itself. */
  readonly blobs?: Reach;
  /** Whether packages can be fetched: both ways lead there. */
  readonly reachable: boolean;
}

/**
 * Follows a client of a registry: to the registry, and on to where its packages' content is.
 * @param host DNS name of the registry
 * @param options `port` of the registry, 443 unless given; `blobHost` that it hands clients on to: for a CodeArtifact
 *   domain its asset bucket, for another registry none unless given
 * @throws NoExecutorsError when no executors go by the source's name
 */
export function reachRegistry(
  world: World,
  source: Source,
  host: string,
  options: { readonly port?: number; readonly blobHost?: string } = {},
): RegistryReach {
  const metadata = reach(world, source, host, options.port ?? 443);
  const blobHost = options.blobHost ?? assetHost(world, host.replace(/\.$/, "").toLowerCase());
  if (blobHost === undefined) return { metadata, reachable: metadata.reachable };
  const blobs = reach(world, source, blobHost, 443);
  return { metadata, blobs, reachable: metadata.reachable && blobs.reachable };
}
