// Calls of the REST surface that wait for the server instead of failing when it is away.

/** The server has said no; trying again would change nothing. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export class Rest {
  readonly #base: string;
  readonly #authorization: string;

  constructor(server: string, token: string) {
    this.#base = `${server.replace(/\/+$/, '')}/api/v1`;
    this.#authorization = `Bot ${token}`;
  }

  /**
   * Calls until there is an answer; its `data`. Before each repetition `isDone` is asked: a call
   * whose answer got lost may have reached the server all the same.
   */
  async call(
    method: string,
    path: string,
    body?: object,
    isDone: () => Promise<boolean> = async () => false,
  ): Promise<unknown> {
    for (let attempt = 0; ; attempt += 1) {
      if (attempt > 0 && (await isDone())) return null;
      const wait_ms = Math.min(10_000, 100 * 2 ** attempt);
      const answer = await this.#try(method, path, body);
      if (answer === null || answer.status >= 500) {
        await Bun.sleep(wait_ms);
      } else if (answer.status === 429) {
        await Bun.sleep(Number(answer.headers.get('retry-after') ?? 1) * 1000);
      } else {
        const parsed = (await answer.json()) as { data?: unknown; error?: { message: string } };
        if (answer.ok) return parsed.data;
        throw new Refused(answer.status, parsed.error?.message ?? answer.statusText);
      }
    }
  }

  /** Null when the server cannot be reached. */
  async #try(method: string, path: string, body?: object): Promise<Response | null> {
    try {
      return await fetch(this.#base + path, {
        method,
        headers: { Authorization: this.#authorization, 'Content-Type': 'application/json' },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
    } catch {
      return null;
    }
  }
}
