/** Names of the clouds that carry a region or an id, taken apart. Each answers undefined for a text that is none. */

/** An AWS endpoint service's name. */
export interface ServiceName {
  readonly region: string;
  readonly serviceId: string;
}

/** `com.amazonaws.vpce.<region>.<service id>`. Source: AWS PrivateLink guide, endpoint service names. */
export function parseServiceName(text: string): ServiceName | undefined {
  const match = /^com\.amazonaws\.vpce\.([a-z]{2}(?:-[a-z]+)+-\d)\.(vpce-svc-(?:[0-9a-f]{17}|[0-9a-f]{8}))$/.exec(text);
  return match === null ? undefined : { region: match[1]!, serviceId: match[2]! };
}

/** The DNS name of an AWS interface endpoint; `zone` where the name is of one zone only. */
export interface EndpointName extends ServiceName {
  readonly zone?: string;
}

/** `<endpoint id>-<hash>[-<zone>].<service id>.<region>.vpce.amazonaws.com`. Source: AWS PrivateLink guide, DNS names. */
export function parseEndpointName(text: string): EndpointName | undefined {
  const match =
    /^vpce-(?:[0-9a-f]{17}|[0-9a-f]{8})-[a-z0-9]{8}(?:-([a-z0-9-]+))?\.(vpce-svc-(?:[0-9a-f]{17}|[0-9a-f]{8}))\.([a-z0-9-]+)\.vpce\.amazonaws\.com$/.exec(
      text,
    );
  if (match === null) return undefined;
  const name = { region: match[3]!, serviceId: match[2]! };
  return match[1] === undefined ? name : { ...name, zone: match[1] };
}

/** Whether a DNS name is, or is meant to be, an AWS interface endpoint's. */
export const isEndpointName = (text: string): boolean => text.endsWith(".vpce.amazonaws.com");

const ATTACHMENT = /(projects\/([^/]+)\/regions\/([^/]+)\/serviceAttachments\/[^/]+)$/;

/** A service attachment's URI without the URL in front of it, and its parts. */
export function parseAttachment(
  text: string,
): { readonly uri: string; readonly project: string; readonly region: string } | undefined {
  const match = ATTACHMENT.exec(text);
  return match === null ? undefined : { uri: match[1]!, project: match[2]!, region: match[3]! };
}
