// An endpoint is a value: its path, who may call it, what it reads, does and returns.
import { z } from 'zod';
import type { Caller } from '../access/place.ts';
import type { Rule } from '../access/rules.ts';
import type { App, Turn } from '../app.ts';
import type { Config } from '../config.ts';
import type { ApiError, Problem } from '../errors.ts';
import type { LateText, PiecedText } from '../lib/late-text.ts';
import type { ReceivedFile } from '../lib/multipart.ts';
import type { ServedFile } from '../lib/serve-file.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The names of the parameters of a path, such as `id` in `/spaces/:id`. */
type ParamNames<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never;
type Params<P extends string> = { [K in ParamNames<P>]: string };

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/**
 * How an answer is wrapped. `data`: in the envelope. `page`: a list with its cursor. `plain`: JSON
 * without the envelope. `written`: JSON in pieces, in the envelope. `raw`: the handler makes the response itself. `file`: a stored file, 404 if
 * there is none.
 */
export type Form = 'data' | 'page' | 'plain' | 'written' | 'raw' | 'file';

/** A multipart body: one part with JSON, validated by `body`, and parts with files. */
export interface Upload {
  json_part: string;
  /** What parts with files may be called, the usual name first; `[i]` stands for any index. */
  file_parts: readonly string[];
  /** The limits as of now: settings can change them. */
  limits(app: App): { max_files: number; file_bytes: number };
  /**
   * Returns the id of what the same request has made before, by its JSON part; null if nothing. The
   * files behind that part are not kept then.
   */
  madeBefore?(asked: {
    app: App;
    account_id: string;
    params: Readonly<Record<string, string>>;
    body: unknown;
  }): string | null;
  /**
   * Tells whether this may be a request that was made before: then `admits` is asked when its first
   * file comes, behind the JSON part.
   */
  mayBeMade?(asked: {
    app: App;
    account_id: string;
    params: Readonly<Record<string, string>>;
  }): boolean;
}

export type BodyLimit = number | ((app: App) => number);

/** Where a page ended; `after` asks for the next one. */
export const Cursor = z.object({ after: z.string(), has_more: z.boolean() }).meta({
  id: 'Cursor',
  description:
    'Where the page ended. `after` goes into the query parameter of that name, or where the endpoint says.',
});

/** Entries of a list as JSON, filtered by their schema; they are sent unchanged. */
export class WrittenList {
  readonly texts: readonly LateText[];
  /** About how many characters all of them have. */
  readonly length: number;

  constructor(texts: readonly LateText[]) {
    this.texts = texts;
    let length = 0;
    for (const text of texts) length += text.length;
    this.length = length;
  }
}

/** Data of an answer as JSON in pieces, filtered by its schema; they are sent unchanged. */
export class WrittenData {
  readonly pieces: readonly string[];

  constructor(pieces: readonly string[]) {
    this.pieces = pieces;
  }
}

/** A whole answer as it goes out, filtered by its schema; kept for whoever asks for the same. */
export class KeptAnswer {
  readonly body: Blob;

  constructor(text: PiecedText) {
    const bytes = text.inOne();
    this.body = new Blob([bytes]);
  }
}

export interface Page<T> {
  items: T | WrittenList;
  /** Null if there are no more pages. */
  cursor: z.output<typeof Cursor> | null;
}

type Answer<R extends z.ZodType, F extends Form> = F extends 'page'
  ? Page<z.input<R>> | KeptAnswer
  : F extends 'written'
    ? WrittenData
    : F extends 'raw'
      ? Response
      : F extends 'file'
        ? ServedFile
        : R extends z.ZodNull
          ? void
          : z.input<R>;

/** The input of every phase of an endpoint. */
interface Input<P extends string, Q, B> {
  app: App;
  params: Params<P>;
  query: Output<Q>;
  body: Output<B>;
  /** The uploaded files, on disk until the request ends unless `prepare` takes them. */
  files: readonly ReceivedFile[];
  /** What an upload has made before; see `madeBefore`. */
  made_before: string | null;
  request: RequestFacts;
}

/** The parts of the request that a handler can read. */
export interface RequestFacts {
  /** The caller, by the token of the request. */
  readonly viewer: Caller;
  /** The client's IP address, also behind trusted proxies. */
  address(): string;
  /** The IP address of the connection itself: a proxy's, if there is one. */
  socket(): string;
  header(name: string): string | null;
  readonly url: string;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
  /** The request as it came, for endpoints that stream its body. */
  readonly raw: Request;
}

/** Which requests count against the rate limit. */
export type Counted = 'requests' | 'refusals' | 'beyond_spaces';

interface Declaration<
  M extends Method,
  P extends string,
  N extends ParamNames<P>,
  G,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
  F extends Form,
  V,
> {
  /** Its name in the API documents; by default the name of its export. */
  name?: string;
  method: M;
  path: P;
  summary: string;
  /** More that callers need to know, as a sentence for the API documents. */
  hint?: string;
  /** The access rule; `run` gets its grant. */
  access: Rule<N, G>;
  /** Whether accounts that have to set a new password first may call it, too. */
  unsettled?: true;
  /** `root`: outside `/api/v1`, not rate limited. */
  at?: 'api' | 'root';
  /** Tells whether it exists under these settings; if not, its path gets 404. */
  exists?(config: Config): boolean;
  /** Counts against the rate limit: every request, those that fail, or those beyond `each-space.ts`. */
  limit?: Counted;
  query?: Q;
  body?: B;
  /** The maximum size of a JSON body in bytes, 64 KiB by default; a function if settings decide. */
  body_limit?: BodyLimit;
  /** The body comes as a form with files. */
  upload?: Upload;
  /**
   * Throws if files of so many bytes are more than the caller may send: asked before a large body is
   * read, and while a form comes. The turn has to ask again.
   */
  admits?(app: App, viewer: Caller, bytes: number): void;
  /** The schema of the answer; fields that it does not name are removed. */
  returns: R;
  form?: F;
  /** Content type of a `raw` or `file` answer, for the API documents. */
  content_type?: string;
  /** Whether a `raw` answer is 304 for who has it already, for the API documents. */
  conditional?: true;
  /** Errors beyond those that access, query and body imply, for the API documents. */
  errors?: readonly Problem[];
  /** Async, before the turn. Its reads may be stale in the turn, so they must not decide. */
  prepare?(input: Input<P, Q, B> & { viewer: Caller }): Promise<V>;
  /** Async, if the turn fails: removes what `prepare` has put on disk. */
  abandon?(app: App, prepared: NoInfer<V>): Promise<void>;
  /**
   * Synchronous, in one turn with the access rule (GET: in one step that writes nothing). An error
   * that is thrown takes the turn back; one that is returned is answered, and what was written stays.
   */
  run(
    input: NoInfer<G> &
      Input<P, Q, B> & { prepared: NoInfer<V> } & (M extends 'GET' ? unknown : { turn: Turn }),
  ): Answer<R, F> | (M extends 'GET' ? never : ApiError);
  /** For what is called often: whether its turn is `repeatable`, so that it needs no savepoint. */
  repeatable?: true;
  /** Async, after the commit: adds what needs no access check, such as a signature. */
  complete?(app: App, answer: Answer<R, NoInfer<F>>): Promise<Answer<R, NoInfer<F>>>;
  /** Work after the commit that the response does not wait for. */
  after?(app: App, answer: Answer<R, NoInfer<F>>): Promise<void>;
}

/** An endpoint as the HTTP code sees it. */
export interface Endpoint {
  /** Its declared name, or the name of its export. */
  readonly name?: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly hint?: string;
  readonly access: Rule<string, object>;
  readonly unsettled?: true;
  readonly at: 'api' | 'root';
  exists?(config: Config): boolean;
  readonly limit: Counted;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly body_limit: BodyLimit;
  readonly upload?: Upload;
  admits?(app: App, viewer: Caller, bytes: number): void;
  readonly returns: z.ZodType;
  readonly form: Form;
  readonly content_type?: string;
  readonly conditional?: true;
  readonly errors: readonly Problem[];
  prepare?(input: object): Promise<unknown>;
  abandon?(app: App, prepared: unknown): Promise<void>;
  run(input: object): unknown;
  readonly repeatable?: true;
  complete?(app: App, answer: unknown): Promise<unknown>;
  after?(app: App, answer: unknown): Promise<void>;
}

/** What an endpoint reads and answers, for clients that take their types from it: only the compiler knows it. */
export interface Wire<M, P, Q, B, R, F> {
  readonly wire?: { method: M; path: P; query: Q; body: B; returns: R; form: F };
}

/** The limit of a JSON body that declares no other: far more than names and lists of ids take. */
const bodyLimit_bytes = 64 * 1024;

/** Declares an endpoint. It compiles only with an access rule that reads parameters of its path. */
export function endpoint<
  const M extends Method,
  const P extends string,
  N extends ParamNames<P>,
  G extends object,
  Q extends z.ZodType,
  B extends z.ZodType,
  R extends z.ZodType,
  const F extends Form = 'data',
  V = undefined,
>(declaration: Declaration<M, P, N, G, Q, B, R, F, V>): Endpoint & Wire<M, P, Q, B, R, F> {
  // The types of the phases are checked above; the HTTP code passes what they declare.
  return {
    at: 'api',
    limit: 'requests',
    form: 'data',
    errors: [],
    body_limit: bodyLimit_bytes,
    ...declaration,
  } as unknown as Endpoint & Wire<M, P, Q, B, R, F>;
}

/** Returns the endpoints that exist under these settings. */
export function existing(endpoints: readonly Endpoint[], config: Config): Endpoint[] {
  return endpoints.filter(({ exists }) => exists?.(config) ?? true);
}

/** What the paths of the API begin with. */
export const apiPrefix = '/api/v1/';

/** Returns the path as clients see it, with `/api/v1` unless it is at the root. */
export function fullPath({ at, path }: Endpoint): string {
  return at === 'api' ? apiPrefix + path.slice(1) : path;
}

/** Returns the path as the document writes it: `/api/v1/spaces/{space_id}`. */
export const documentedPath = (endpoint: Endpoint) =>
  fullPath(endpoint).replace(/:([a-z_]+)/g, '{$1}');
