// The page of an invite link: for browsers, and for previews where the link is pasted.
import { z } from 'zod';
import { anyone } from '../../../access/rules.ts';
import type { App } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { endpoint, type RequestFacts } from '../../../http/endpoint.ts';
import { looksLikeCode } from '../../../lib/code.ts';
import { html, type Html } from '../../../lib/html.ts';
import { pageResponse, previewResponse } from '../../../lib/page.ts';
import { cutToCodePoints } from '../../../lib/text.ts';
import { readSettings } from '../../base/settings/queries.ts';
import { noInvite } from '../invites/actions.ts';
import { memberCount } from '../invites/queries.ts';
import { foundPass, wayOf, type Pass, type Way } from './admission.ts';
import { countKnock, openDoor } from './door.ts';
import { doorKey } from './where.ts';

interface Shown {
  pass: Pass;
  /** Whether somebody without an account can register by it, and how. */
  way: Way;
  server_name: string;
  /** Members of the space; null for an invite to the server. */
  members: number | null;
  /** Where clients reach this server; null if unset and the request is not trusted. */
  origin: string | null;
}

/** Where to get the client. */
const clientPage = 'https://www.daccord.gg';

/** User agents of programs that preview links or index the web. */
const crawlers = new RegExp(
  'Googlebot|Bingbot|Slurp|DuckDuckBot|Baiduspider|YandexBot|facebookexternalhit|Twitterbot|' +
    'LinkedInBot|WhatsApp|TelegramBot|Discordbot|Slackbot|Applebot',
  'i',
);

/** What stands on the page: a space, or the server. */
function subjectOf({ pass, server_name, members }: Shown) {
  const space = pass.kind === 'space' ? pass.known.space : null;
  const people = members === 1 ? '1 member' : `${members} members`;
  const about = space?.description ?? null;
  return {
    name: space?.name ?? server_name,
    about,
    line: space === null ? 'An invite to make an account' : `${server_name} · ${people}`,
    icon: space?.icon?.startsWith('/') ? space.icon : null,
    description: about
      ? cutToCodePoints(about.replace(/\s+/g, ' '), 200)
      : space === null
        ? 'An invite to make an account.'
        : people,
  };
}

function previewOf(shown: Shown) {
  const { pass, server_name, origin } = shown;
  const { name, description, icon } = subjectOf(shown);
  return {
    title: `Join ${name}`,
    site_name: server_name,
    description,
    url: origin === null ? null : `${origin}/invite/${pass.code}`,
    image: icon === null || origin === null ? null : origin + icon,
  };
}

function invitePage(shown: Shown): Response {
  const { name, about, line, icon } = subjectOf(shown);
  return pageResponse({
    ...previewOf(shown),
    has_form: shown.way === 'door',
    body: html`${icon === null ? null : html`<img src="${baseOf(shown) + icon}" alt="" />`}
      <h1>${name}</h1>
      ${about ? html`<p class="lead">${about}</p>` : null}
      <p class="quiet">${line}</p>
      ${openHere(shown, '../app')} ${steps(shown)} ${registration(shown)}
      <p class="quiet">Invite code: <code>${shown.pass.code}</code></p>
      <p class="quiet">No client yet? <a href="${clientPage}">Get daccord</a></p>`,
  });
}

/** The path of the server, if it does not stand at the root of its host. */
const baseOf = ({ origin }: Shown) =>
  origin === null ? '' : new URL(origin).pathname.replace(/\/$/, '');

/** The button that leads to the web client, which registers by the invite as well. */
const openHere = ({ pass: { code } }: Shown, client: string): Html =>
  html`<p><a class="button" href="${client}#/invite/${code}">Open in the browser</a></p>`;

/** The button, and what to do where it cannot work: clients always open such links over https. */
function steps(shown: Shown): Html {
  const { pass, origin } = shown;
  const { code } = pass;
  const isOfSpace = pass.kind === 'space';
  if (origin === null) {
    const then = isOfSpace
      ? html`accept the invite <code>${code}</code>`
      : html`make an account there`;
    return html`<p>In your client, add this server by its address and ${then}.</p>`;
  }
  const { host, protocol } = new URL(origin);
  // Nothing is to be accepted of an invite to the server.
  const target = isOfSpace ? `invite/${code}@${host}` : `connect/${host}`;
  const named = isOfSpace ? `#${pass.known.space.slug}?invite=${code}` : '';
  const address = `${protocol}//${host}${baseOf(shown)}${named}`;
  const note =
    protocol === 'https:'
      ? 'Or add this server in your client'
      : 'The button needs a server with https. Without, add this server in your client';
  return html`<p><a class="button" href="daccord://${target}">Open in daccord</a></p>
    <p class="quiet">${note}: <code>${address}</code></p>`;
}

/** How somebody without an account gets one; null where everybody can make one. */
function registration({ way, pass }: Shown): Html | null {
  switch (way) {
    case 'open':
      return null;
    case 'closed':
      return html`<p>This server takes no new accounts at the moment.</p>`;
    case 'useless':
      return html`<p>
        This invite is for people who have an account here. For a new account you need an invite
        from an admin of this server.
      </p>`;
    case 'used':
      return html`<p>${pressed.used}</p>`;
    case 'proxied':
      return html`<p>
        New here? This server cannot tell your device from others, since it does not know the proxy
        before it, so it cannot open registration for you. Ask an admin of this server.
      </p>`;
    case 'door':
      return html`<form method="post" action="${pass.code}/door">
          <p>New here? This server takes new accounts by invite.</p>
          <button class="button">Let this device register</button>
        </form>
        <p class="quiet">
          It opens registration for your network address for 10 minutes, for one account.
        </p>`;
  }
}

const pressed: Record<Way, string> = {
  open: 'Registration is open here: make an account in your client.',
  closed: 'This server takes no new accounts at the moment.',
  useless: 'This invite is for people who have an account here.',
  used: 'This invite was used for as many accounts as it can be.',
  proxied: 'This server cannot tell your device from others. Ask an admin of it.',
  door: 'Registration is open for this device for 10 minutes. Make your account in your client now, from the same network.',
};

/** The answer to the button. */
function doorPage(shown: Shown): Response {
  return pageResponse({
    ...previewOf(shown),
    body: html`<h1>${shown.way === 'door' ? 'Come in' : subjectOf(shown).name}</h1>
      <p>${pressed[shown.way]}</p>
      ${openHere(shown, '../../app')} ${steps(shown)}`,
  });
}

/** What the page of an invite shows; throws 404 for codes that lead nowhere. */
function shownOf(app: App, code: string, request: RequestFacts): Shown {
  const pass = looksLikeCode(code) ? foundPass(app, code) : null;
  if (pass === null) throw noInvite();
  return {
    pass,
    way: wayOf(app, pass, doorKey(app, request)),
    server_name: readSettings(app.db).server_name,
    members: pass.kind === 'space' ? memberCount(app.db, pass.known.space.id) : null,
    origin: app.address.originFor(request.header('host'), request.address()),
  };
}

export const getInvitePage = endpoint({
  method: 'GET',
  at: 'root',
  path: '/invite/:code',
  summary: 'The page of an invite, for browsers and for previews of links',
  access: anyone,
  returns: z.string(),
  form: 'raw',
  content_type: 'text/html',
  errors: ['not_found'],
  run({ app, params, request }) {
    const shown = shownOf(app, params.code, request);
    const isCrawler = crawlers.test(request.header('user-agent') ?? '');
    return isCrawler ? previewResponse(previewOf(shown)) : invitePage(shown);
  },
});

export const openDoorRoute = endpoint({
  method: 'POST',
  at: 'root',
  path: '/invite/:code/door',
  summary:
    'Open registration for 10 minutes to the address that this comes from: the button of the page',
  hint: 'For one registration, which then uses the invite. For clients that cannot send an invite as they register.',
  access: anyone,
  returns: z.string(),
  form: 'raw',
  content_type: 'text/html',
  errors: ['not_found', 'forbidden', 'rate_limited'],
  prepare: async ({ app, request }) => countKnock(app, request.address()),
  run({ turn, app, params, request }) {
    if (request.header('sec-fetch-site') === 'cross-site') {
      throw new ApiError('forbidden', 'Open the page of the invite first.');
    }
    const { code } = params;
    const shown = shownOf(app, code, request);
    const key = doorKey(app, request);
    if (shown.way === 'door' && key !== null) turn.onCommit(() => openDoor(app, key, code));
    return doorPage(shown);
  },
});
