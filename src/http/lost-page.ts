// The page for people whose browser asked for an address where nothing is.
import { ApiError } from '../errors.ts';
import { html } from '../lib/html.ts';
import { pageResponse } from '../lib/page.ts';
import { apiPrefix } from './endpoint.ts';
import type { Facts } from './facts.ts';
import { pathOf } from './paths.ts';

/** Tells whether a browser asks in order to show the answer: scripts and pictures do not name HTML. */
function isForReading(facts: Facts): boolean {
  const { method } = facts.raw;
  const isReading = method === 'GET' || method === 'HEAD';
  return isReading && /\btext\/html\b/i.test(facts.header('accept') ?? '');
}

/** Returns the page; null if the error is another one, or no person asks. */
export function lostPage(facts: Facts, error: unknown): Response | null {
  if (!(error instanceof ApiError) || error.problem !== 'not_found') return null;
  const { app, raw } = facts;
  const isOfApi = pathOf(raw).startsWith(apiPrefix);
  if (isOfApi || !isForReading(facts)) return null;
  const origin = app.address.originFor(facts.header('host'), facts.address());
  const base = origin === null ? '' : new URL(origin).pathname.replace(/\/$/, '');
  return pageResponse({
    status: 404,
    title: 'Not found',
    site_name: 'Accord Server',
    description: error.message,
    url: null,
    image: null,
    body: html`<h1>Nothing here</h1>
      <p class="lead">${error.message}</p>
      <p><a class="button" href="${base}/">Go to the start of this server</a></p>
      <p class="quiet">Error 404</p>`,
  });
}
