// An endpoint is a value: its path, who may call it, what it reads and answers, and what it does.
import { z } from 'zod';
import type { Caller } from '../access/place.ts';
import type { Rule } from '../access/rules.ts';
import type { App, Turn } from '../app.ts';
import type { Config } from '../config.ts';
import type { Problem } from '../errors.ts';
import type { ReceivedFile } from '../lib/multipart.ts';
import type { ServedFile } from '../lib/serve-file.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The names behind the colons of a path. */
type ParamNames<P extends string> = P extends `${string}:${infer Name}/${infer Rest}`
  ? Name | ParamNames<`/${Rest}`>
  : P extends `${string}:${infer Name}`
    ? Name
    : never;
type Params<P extends string> = { [K in ParamNames<P>]: string };

type Output<S> = S extends z.ZodType ? z.output<S> : undefined;

/**
 * How an answer is wrapped. `data`: in the envelope. `page`: a list with its cursor. `plain`: the
 * JSON as it is. `raw`: the handler makes the response itself. `file`: one of the file store, 404
 * where there is none.
 */
export type Form = 'data' | 'page' | 'plain' | 'raw' | 'file';

/** A body of several parts instead of JSON: one with JSON, read by `body`, and files beside it. */
export interface Upload {
  json_part: string;
  /** How the names of the parts with files begin; other parts are ignored. */
  file_parts: string;
  /** What holds at the moment. */
  limits(app: App): { max_files: number; file_bytes: number };
}

export type BodyLimit = number | ((app: App) => number);

/** Where the next page of a list begins. */
export const Cursor = z.object({ after: z.string(), has_more: z.boolean() }).meta({
  id: 'Cursor',
  description:
    'Where the page ended. `after` goes into the query parameter of that name, or where the endpoint says.',
});

/** Entries of a list as JSON texts that the filter of their schema has made: they go out as they are. */
export class WrittenList {
  readonly texts: readonly string[];

  constructor(texts: readonly string[]) {
    this.texts = texts;
  }
}

export interface Page<T> {
  items: T | WrittenList;
  /** Null where nothing more can be asked for. */
  cursor: z.output<typeof Cursor> | null;
}

type Answer<R extends z.ZodType, F extends Form> = F extends 'page'
  ? Page<z.input<R>>
  : F extends 'raw'
    ? Response
    : F extends 'file'
      ? ServedFile
      : R extends z.ZodNull
        ? void
        : z.input<R>;

/** What every phase of an endpoint is handed. */
interface Input<P extends string, Q, B> {
  app: App;
  params: Params<P>;
  query: Output<Q>;
  body: Output<B>;
  /** What an upload brought, on disk until the request ends unless `prepare` takes it. */
  files: readonly ReceivedFile[];
  request: RequestFacts;
}

/** What a handler may know of the request itself. */
export interface RequestFacts {
  /** The client's address, behind trusted proxies too. */
  address(): string;
  header(name: string): string | null;
  readonly url: string;
  /** The bytes of the body, for endpoints that stream them. */
  readonly raw: Request;
}

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
  /** What it is called in the documents; by default as its feature exports it. */
  name?: string;
  method: M;
  path: P;
  summary: string;
  /** What callers need to know beyond that, as a sentence for the documents. */
  hint?: string;
  /** Who may call it, and what that grants to `run`. */
  access: Rule<N, G>;
  /** `root`: outside `/api/v1`, not rate limited. */
  at?: 'api' | 'root';
  /** Where it exists only under some settings; elsewhere its path is unknown. */
  exists?(config: Config): boolean;
  /** What counts against the rate limit: each request, or only one that is refused. */
  limit?: 'requests' | 'refusals';
  query?: Q;
  body?: B;
  /** The most bytes of a JSON body, as a function where settings of the moment decide. */
  body_limit?: BodyLimit;
  /** The body comes as a form with files. */
  upload?: Upload;
  /** What goes out; everything that it does not name is left out. */
  returns: R;
  form?: F;
  /** Content type of a `raw` or `file` answer, for the documents. */
  content_type?: string;
  /** What may go wrong beyond what access, query and body imply, for the documents. */
  errors?: readonly Problem[];
  /** Async, before the turn; nothing that it reads may decide. */
  prepare?(input: Input<P, Q, B> & { viewer: Caller }): Promise<V>;
  /** Async, when the turn was refused: takes back what `prepare` has put on disk. */
  abandon?(app: App, prepared: NoInfer<V>): Promise<void>;
  /** Synchronous: together with the access rule one turn (GET: one step that writes nothing). */
  run(
    input: NoInfer<G> &
      Input<P, Q, B> & { prepared: NoInfer<V> } & (M extends 'GET' ? unknown : { turn: Turn }),
  ): Answer<R, F>;
  /** Async, after the commit: adds to the answer what needs no check, such as a signature. */
  complete?(app: App, answer: Answer<R, NoInfer<F>>): Promise<Answer<R, NoInfer<F>>>;
  /** After the answer; nobody waits. */
  after?(app: App, answer: Answer<R, NoInfer<F>>): Promise<void>;
}

/** An endpoint as the engine sees it. */
export interface Endpoint {
  /** What it is called in the code, where its feature exports it. */
  readonly name?: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly hint?: string;
  readonly access: Rule<string, object>;
  readonly at: 'api' | 'root';
  exists?(config: Config): boolean;
  readonly limit: 'requests' | 'refusals';
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly body_limit: BodyLimit;
  readonly upload?: Upload;
  readonly returns: z.ZodType;
  readonly form: Form;
  readonly content_type?: string;
  readonly errors: readonly Problem[];
  prepare?(input: object): Promise<unknown>;
  abandon?(app: App, prepared: unknown): Promise<void>;
  run(input: object): unknown;
  complete?(app: App, answer: unknown): Promise<unknown>;
  after?(app: App, answer: unknown): Promise<void>;
}

/** 4/3 of the largest image that a JSON body may carry as base64, and some room. */
const bodyLimit_bytes = Math.ceil((2_097_152 * 4) / 3) + 16_384;

/** Declares an endpoint. Without an access rule, or with one that reads what the path lacks, it does not compile. */
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
>(declaration: Declaration<M, P, N, G, Q, B, R, F, V>): Endpoint {
  // The types of the phases were checked above; from here on the engine hands over what they ask for.
  return {
    at: 'api',
    limit: 'requests',
    form: 'data',
    errors: [],
    body_limit: bodyLimit_bytes,
    ...declaration,
  } as unknown as Endpoint;
}

/** Those that exist under these settings. */
export function existing(endpoints: readonly Endpoint[], config: Config): Endpoint[] {
  return endpoints.filter(({ exists }) => exists?.(config) ?? true);
}

/** The path as clients see it. */
export function fullPath({ at, path }: Endpoint): string {
  return at === 'api' ? `/api/v1${path}` : path;
}
