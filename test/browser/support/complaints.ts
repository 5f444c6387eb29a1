// What a browser complains of while somebody uses the page: each complaint fails the test.
import type { BrowserContext, Page } from 'playwright-core';

/** Requests that end because the page goes away, or because it gave them up itself. */
const ended = /net::ERR_ABORTED/;

/** Makes a violation of the policy an error of the console, also where only an event tells of it. */
function tellViolations(): void {
  document.addEventListener(
    'securitypolicyviolation',
    ({ violatedDirective, blockedURI, sample }) => {
      console.error(`policy: ${violatedDirective} blocked ${blockedURI} ${sample}`);
    },
  );
}

export class Complaints {
  readonly #all: string[] = [];
  readonly #expected: RegExp[] = [];
  /** Those that were expected. */
  readonly heard: string[] = [];

  /** From now on a complaint like this is none, for tests that make what the browser complains of. */
  expect(pattern: RegExp): void {
    this.#expected.push(pattern);
  }

  /** What nobody expected. */
  get list(): readonly string[] {
    return this.#all;
  }

  #note(text: string): void {
    const isExpected = this.#expected.some((pattern) => pattern.test(text));
    (isExpected ? this.heard : this.#all).push(text);
  }

  async watch(context: BrowserContext): Promise<void> {
    await context.addInitScript(tellViolations);
    context.on('console', (message) => {
      const [type, { url }] = [message.type(), message.location()];
      if (type === 'error' || type === 'warning') this.#note(`${type}: ${message.text()} ${url}`);
    });
    context.on('weberror', (error) => this.#note(`page: ${String(error.error())}`));
    context.on('requestfailed', (request) => {
      const why = request.failure()?.errorText ?? '';
      if (!ended.test(why)) this.#note(`request: ${request.method()} ${request.url()} ${why}`);
    });
    context.on('page', (page: Page) => page.on('crash', () => this.#note('the page crashed')));
  }
}
