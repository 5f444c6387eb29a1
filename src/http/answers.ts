// Makes responses: JSON with the headers that every answer has, and errors in their envelope.
import type { App, StateName } from '../app.ts';
import { accountOf } from '../access/place.ts';
import { toApiError } from './complaint.ts';
import { corsHeaders, pagesOf, type Pages } from './cors.ts';
import { fullPath } from './endpoint.ts';
import type { Facts } from './facts.ts';
import { limiter, limitHeaders, type Limiter } from './limit.ts';
import type { Body } from './outgoing.ts';

export class Answers {
  readonly #app: App;
  readonly #limiter: Limiter | null;
  readonly #isTracing: boolean;
  /**
   * The headers of JSON, made once for the pages that may read it, where the rate limit counts and
   * where it does not: a response copies them, which costs a third of making them anew.
   */
  readonly #standing = { counted: new Map<Pages, Headers>(), free: new Map<Pages, Headers>() };

  constructor(app: App) {
    this.#app = app;
    this.#limiter = app.state(limiter);
    this.#isTracing = app.config.LOG_LEVEL === 'debug';
  }

  /** Returns JSON that is written already. */
  json(facts: Facts, status: number, body: Body): Response {
    if (this.#isTracing) this.#trace(facts, status);
    return new Response(body, { status, headers: this.#jsonHeaders(facts) });
  }

  /** Returns an error in its envelope. Logs one that nobody foresaw. */
  refusal(facts: Facts, cause: unknown, more: Record<string, string> = {}): Response {
    const asked = { request_id: facts.id, method: facts.raw.method, path: template(facts) };
    const error = toApiError(cause, this.#app.log, asked);
    const response = this.json(facts, error.status, JSON.stringify(error.toBody()));
    return withHeaders(response, { ...error.toHeaders(), ...more });
  }

  /** Adds the headers that every answer has to a response that an endpoint made. */
  dressed(facts: Facts, response: Response): Response {
    if (this.#isTracing) this.#trace(facts, response.status);
    withHeaders(response, corsHeaders(pagesOf(this.#app.config, facts.raw)));
    return withHeaders(response, this.#headersOf(facts));
  }

  #jsonHeaders(facts: Facts): Headers {
    const pages = pagesOf(this.#app.config, facts.raw);
    const made = facts.taken === null ? this.#standing.free : this.#standing.counted;
    let headers = made.get(pages);
    if (headers === undefined) {
      headers = new Headers({ ...corsHeaders(pages), 'Content-Type': 'application/json' });
      made.set(pages, headers);
    }
    const own = this.#headersOf(facts);
    for (const name in own) headers.set(name, own[name] as string);
    return headers;
  }

  /** Returns the headers that differ from one answer to the next. */
  #headersOf({ id, taken }: Facts): Record<string, string> {
    const headers: Record<string, string> = { 'X-Request-Id': id };
    if (this.#limiter === null || taken === null) return headers;
    return Object.assign(headers, limitHeaders(this.#limiter, taken, this.#app.clock.now()));
  }

  #trace(facts: Facts, status: number): void {
    const { id: request_id, viewer, raw } = facts;
    const user_id = accountOf(viewer)?.id;
    const asked = { request_id, method: raw.method, path: template(facts), status, user_id };
    this.#app.log.debug(asked, 'request');
  }
}

export const answers: StateName<Answers> = { create: (app) => new Answers(app) };

function withHeaders(response: Response, headers: Record<string, string>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}

/** Returns the path pattern, so that the log has no ids or invite codes; null if unknown. */
function template({ endpoint }: Facts): string | null {
  return endpoint === null ? null : fullPath(endpoint);
}
