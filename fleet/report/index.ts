/** What a pull request does to a fleet, for people and for tools. */
export { annotation, annotations } from "./annotations.ts";
export { COMMENT_LIMIT, MARKER, renderComment, type CommentOptions } from "./markdown.ts";
export { LARGEST_REPORT, parseReport, withViolations } from "./read.ts";
export { INVALID_FILE, policyRule, toSarif } from "./sarif.ts";
