/** Load balancers with their listeners, rules, target groups and targets. */
import type { Handler } from "../handler.ts";
import { LISTENER, LISTENER_RULE, LOAD_BALANCER, TARGET_ATTACHMENT, TARGET_GROUP } from "./elb.ts";
import { listener, listenerRule } from "./listener.ts";
import { loadBalancer } from "./loadBalancer.ts";
import { targetAttachment, targetGroup } from "./targetGroup.ts";

export const LOAD_BALANCING_HANDLERS: Record<string, Handler> = {
  [LOAD_BALANCER]: loadBalancer,
  [LISTENER]: listener,
  [LISTENER_RULE]: listenerRule,
  [TARGET_GROUP]: targetGroup,
  [TARGET_ATTACHMENT]: targetAttachment,
};
