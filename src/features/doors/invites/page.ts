// The page of an invite link: for browsers, and for previews where the link is pasted.
import { z } from 'zod';
import { anyone } from '../../../access/rules.ts';
import { endpoint } from '../../../http/endpoint.ts';
import { ApiError } from '../../../errors.ts';
import { html, type Html } from '../../../lib/html.ts';
import { pageResponse, previewResponse } from '../../../lib/page.ts';
import { cutToCodePoints } from '../../../lib/text.ts';
import type { SpaceRow } from '../../spaces/spaces/queries.ts';
import { readSettings } from '../../base/settings/queries.ts';
import { knownInvite } from './actions.ts';
import { looksLikeCode } from './code.ts';
import { memberCount } from './queries.ts';

interface Shown {
  code: string;
  space: SpaceRow;
  server_name: string;
  members: number;
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

function invitePage(shown: Shown, agent: string): Response {
  const { code, space, server_name, members, origin } = shown;
  const people = members === 1 ? '1 member' : `${members} members`;
  const icon = space.icon?.startsWith('/') ? space.icon : null;
  const base = origin === null ? '' : new URL(origin).pathname.replace(/\/$/, '');
  const preview = {
    title: `Join ${space.name}`,
    site_name: server_name,
    description: space.description
      ? cutToCodePoints(space.description.replace(/\s+/g, ' '), 200)
      : people,
    url: origin === null ? null : `${origin}/invite/${code}`,
    image: icon === null || origin === null ? null : origin + icon,
  };
  if (crawlers.test(agent)) return previewResponse(preview);
  return pageResponse({
    ...preview,
    body: html`${icon === null ? null : html`<img src="${base + icon}" alt="" />`}
      <h1>${space.name}</h1>
      ${space.description ? html`<p class="lead">${space.description}</p>` : null}
      <p class="quiet">${server_name} · ${people}</p>
      ${steps(shown)}
      <p class="quiet">Invite code: <code>${code}</code></p>
      <p class="quiet">No client yet? <a href="${clientPage}">Get daccord</a></p>`,
  });
}

/** The button, and what to do where it cannot work: clients always open such links over https. */
function steps({ code, space, origin }: Shown): Html {
  if (origin === null) {
    return html`<p>
      In your client, add this server by its address and accept the invite <code>${code}</code>.
    </p>`;
  }
  const { host, protocol, pathname } = new URL(origin);
  const address = `${protocol}//${host}${pathname.replace(/\/$/, '')}#${space.slug}?invite=${code}`;
  const note =
    protocol === 'https:'
      ? 'Or add this server in your client'
      : 'The button needs a server with https. Without, add this server in your client';
  return html`<p><a class="button" href="daccord://invite/${code}@${host}">Open in daccord</a></p>
    <p class="quiet">${note}: <code>${address}</code></p>`;
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
    const { code } = params;
    if (!looksLikeCode(code)) throw new ApiError('not_found', 'There is no such invite.');
    const { space } = knownInvite(app, code);
    const shown = {
      code,
      space,
      server_name: readSettings(app.db).server_name,
      members: memberCount(app.db, space.id),
      origin: app.address.originFor(request.header('host'), request.address()),
    };
    return invitePage(shown, request.header('user-agent') ?? '');
  },
});
