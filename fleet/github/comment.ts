import { MARKER } from "../report/markdown.ts";
import { openRepository, statusOf, type GitHubAccess, type Repository } from "./client.ts";

/** What to post, and where. The token needs `pull-requests: write`. */
export interface CommentPost extends GitHubAccess {
  readonly pullRequest: number;
  /** Begins with `MARKER`, by which it is found again. */
  readonly body: string;
}

/** What became of the one comment. */
export interface PostedComment {
  readonly outcome: "created" | "updated" | "unchanged";
  /** Address for a reader. */
  readonly url: string;
  /** Comments of our own that were too many and have been deleted. */
  readonly deleted: number;
}

interface Comment {
  readonly id: number;
  readonly body: string;
  readonly url: string;
}

/** Times to begin again where the comment disappears under our hands. */
const ATTEMPTS = 3;

/**
 * Puts the one comment of a pull request in place: updates the one we wrote before, else writes it. Comments of others
 * are left alone, whatever they say. Where two runs have each written one, the oldest stays.
 * @throws GitHubError where GitHub does not let us, and TypeError on a body without marker
 */
export async function postComment(post: CommentPost): Promise<PostedComment> {
  if (!post.body.startsWith(MARKER)) throw new TypeError(`expected a body that begins with ${MARKER}`);
  const repository = openRepository(post);
  return repository.ask(`comment on pull request ${post.pullRequest}`, async () => {
    const author = await viewer(repository);
    for (let attempt = 1; ; attempt++) {
      const posted = await put(repository, post, author, attempt === ATTEMPTS);
      if (posted !== undefined) return posted;
    }
  });
}

/** @returns undefined where somebody deleted the comment meanwhile */
async function put(
  repository: Repository,
  post: CommentPost,
  author: Author,
  last: boolean,
): Promise<PostedComment | undefined> {
  let found = await ours(repository, post, author);
  let created: Comment | undefined;
  if (found.length === 0) {
    created = await create(repository, post);
    // Another run may have found none either.
    found = await ours(repository, post, author);
  }
  const [oldest, ...others] = found;
  if (oldest === undefined)
    return created === undefined ? undefined : { outcome: "created", url: created.url, deleted: 0 };
  const same = oldest.body === post.body;
  if (!same && !(await update(repository, oldest, post.body))) {
    if (last) throw Object.assign(new Error("the comment is deleted again and again"), { status: 404 });
    return undefined;
  }
  for (const { id } of others) await remove(repository, id);
  const outcome = oldest.id === created?.id ? "created" : same ? "unchanged" : "updated";
  return { outcome, url: oldest.url, deleted: others.length };
}

/** Who we are to GitHub. */
interface Author {
  readonly login: string;
}

/** GraphQL tells even the token of a workflow who it is, which `GET /user` does not. */
async function viewer({ client }: Repository): Promise<Author> {
  const { viewer: found } = await client.graphql<{ viewer: Author }>("query { viewer { login } }");
  return found;
}

/** REST and GraphQL name an app with and without `[bot]`; a person's login cannot have it. */
const wroteIt = ({ login }: Author, user: { login: string; type?: string } | null | undefined): boolean => {
  if (user === null || user === undefined) return false;
  return user.type === "Bot"
    ? user.login.replace(/\[bot\]$/, "") === login.replace(/\[bot\]$/, "")
    : user.login === login;
};

/** Our comments with the marker, the oldest first. */
async function ours(
  { client, owner, repo }: Repository,
  { pullRequest }: CommentPost,
  author: Author,
): Promise<readonly Comment[]> {
  const all = await client.paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    owner,
    repo,
    issue_number: pullRequest,
    per_page: 100,
  });
  return all
    .filter(({ user, body }) => wroteIt(author, user) && body?.startsWith(MARKER) === true)
    .map(({ id, body = "", html_url: url }) => ({ id: Number(id), body, url }))
    .sort((a, b) => a.id - b.id);
}

async function create({ client, owner, repo }: Repository, { pullRequest, body }: CommentPost): Promise<Comment> {
  const { data } = await client.request("POST /repos/{owner}/{repo}/issues/{issue_number}/comments", {
    owner,
    repo,
    issue_number: pullRequest,
    body,
  });
  return { id: Number(data.id), body, url: data.html_url };
}

/** @returns whether it was still there */
const update = ({ client, owner, repo }: Repository, { id }: Comment, body: string): Promise<boolean> =>
  unlessGone(
    client.request("PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}", { owner, repo, comment_id: id, body }),
  );

/** @returns whether it was still there */
const remove = ({ client, owner, repo }: Repository, id: number): Promise<boolean> =>
  unlessGone(
    client.request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", { owner, repo, comment_id: id }),
  );

async function unlessGone(request: Promise<unknown>): Promise<boolean> {
  try {
    await request;
    return true;
  } catch (error) {
    if (statusOf(error) === 404) return false;
    throw error;
  }
}
