// The page at the server's address: its name, how much goes on here, and how to join.
import { html, type Html } from '../../../lib/html.ts';
import { pageResponse } from '../../../lib/page.ts';
import { cutToCodePoints } from '../../../lib/text.ts';
import type { SettingsRow } from '../../base/settings/queries.ts';
import type { SpaceRow } from '../../spaces/spaces/queries.ts';
import type { Census } from './census.ts';

interface Shown {
  settings: SettingsRow;
  version: string;
  has_voice: boolean;
  census: Census;
  /** The space that everyone who registers joins. */
  home: SpaceRow | undefined;
  /** Whether nobody administers the server: it waits for who has its setup code. */
  is_unclaimed: boolean;
  /** Where clients reach this server; null if unset and the request is not trusted. */
  origin: string | null;
}

/** The space that clients mean when an address names none. */
const usualSlug = 'general';

export function frontPage(shown: Shown): Response {
  const { settings, version, has_voice, origin } = shown;
  const { server_name, motd } = settings;
  const base = origin === null ? '' : new URL(origin).pathname.replace(/\/$/, '');
  const said = motd?.trim() ? motd.trim() : null;
  return pageResponse({
    title: server_name,
    site_name: server_name,
    description: cutToCodePoints((said ?? 'A place to talk.').replace(/\s+/g, ' '), 200),
    url: origin === null ? null : `${origin}/`,
    image: null,
    body: html`<h1>${server_name}</h1>
      ${said === null ? null : html`<p class="lead">${said}</p>`}
      ${shown.is_unclaimed ? claiming(base) : null}
      <p><a class="button" href="${base}/app">Open in the browser</a></p>
      ${numbers(shown.census)}
      <h2>Come in by an app</h2>
      ${steps(shown)} ${terms(settings)}
      <h2>Build something</h2>
      <p>
        Bots and clients of your own are welcome. Everything that can be called stands on the
        <a href="${base}/docs">API pages</a>; the documents behind them are
        <a href="${base}/api/v1/openapi.json">OpenAPI</a> for requests and
        <a href="${base}/api/v1/asyncapi.json">AsyncAPI</a> for live events.
      </p>
      <footer>Accord Server ${version} · ${has_voice ? 'Voice by LiveKit' : 'No voice'}</footer>`,
  });
}

/** What whoever has just set the server up has to do next. */
function claiming(base: string): Html {
  return html`<h2>Is this server yours?</h2>
    <p>
      Nobody administers it yet. The setup code stands in what the server printed at its start, and
      <code>accord admin setup-code</code> says it again. Whoever has it
      <a href="${base}/app#/claim">claims the server here</a>.
    </p>`;
}

function numbers({ users, spaces, channels, messages }: Census): Html {
  const entries = [
    { what: 'People', number: upToAMillion(users) },
    { what: 'Spaces', number: upToAMillion(spaces) },
    { what: 'Channels', number: upToAMillion(channels) },
    { what: 'Messages', number: roughly(messages) },
  ];
  return html`<dl>
    ${entries.map(
      ({ what, number }) =>
        html`<div>
          <dt>${what}</dt>
          <dd>${number}</dd>
        </div>`,
    )}
  </dl>`;
}

function upToAMillion(count: number): string {
  return count < 1_000_000 ? count.toLocaleString('en') : roughly(count);
}

/** Two digits from 100 on: strangers must not see each message of a quiet server being sent. */
function roughly(count: number): string {
  if (count < 100) return String(count);
  const unit = 10 ** (String(count).length - 2);
  return `${(Math.floor(count / unit) * unit).toLocaleString('en')}+`;
}

const registration = {
  open: 'Make an account; registration is open.',
  invite_only:
    'Make an account; you need an invite for it. Open its link in your browser first: the page lets your device register.',
  closed: 'Log in; new accounts are not taken at the moment.',
};

/** How one gets an account here. */
function registering({ registration_policy: policy, registration_approval }: SettingsRow): string {
  const waits = registration_approval && policy !== 'closed';
  const then = ' It waits until an admin of this server has approved it.';
  return `${registration[policy]}${waits ? then : ''}`;
}

function steps({ settings, home, origin }: Shown): Html {
  const client = html`<a href="https://www.daccord.gg">daccord</a>`;
  // The page does not name a private space.
  const slug = home?.public && home.slug !== usualSlug ? home.slug : null;
  const address = slug === null ? origin : `${origin}#${slug}`;
  const where =
    origin === null
      ? html`Add a server there, with the address that you came here by.`
      : html`Add a server there: <code>${address}</code>`;
  return html`<ol>
      <li>Get ${client}, the app that speaks to this server.</li>
      <li>${where}</li>
      <li>${registering(settings)}</li>
    </ol>
    ${button(origin, slug)}`;
}

/** What one agrees to by registering, as its Markdown is written; null if there is nothing. */
function terms({ tos_enabled, tos_text, tos_url }: SettingsRow): Html | null {
  const text = tos_text?.trim() ?? '';
  if (!tos_enabled || (text === '' && !tos_url)) return null;
  const whole = tos_url ? html`<p><a href="${tos_url}">${tos_url}</a></p>` : null;
  return html`<details>
    <summary>Terms of this server</summary>
    ${text === '' ? null : html`<p class="text">${text}</p>`} ${whole}
  </details>`;
}

/** Null without https, since clients always open the link over https. */
function button(origin: string | null, slug: string | null): Html | null {
  const url = origin === null ? null : new URL(origin);
  if (url?.protocol !== 'https:') return null;
  const link = `daccord://connect/${url.host}${slug === null ? '' : `/${slug}`}`;
  return html`<p><a class="button" href="${link}">Open in daccord</a></p>`;
}
