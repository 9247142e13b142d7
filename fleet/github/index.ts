/** Pull requests on GitHub: the one comment, findings, and what has been applied. */
export { GitHubError, type GitHubAccess, type GitHubErrorCode } from "./client.ts";
export { postComment, type CommentPost, type PostedComment } from "./comment.ts";
export { findPullRequests, uploadSarif, type Head } from "./pullRequest.ts";
export { lastSuccess, type WorkflowRuns } from "./runs.ts";
