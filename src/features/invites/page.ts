// The page that an invite link opens in a browser, and shows of itself where it is pasted.
import { z } from 'zod';
import { anyone } from '../../access/rules.ts';
import { endpoint } from '../../http/endpoint.ts';
import { ApiError } from '../../errors.ts';
import { cutToCodePoints } from '../../lib/text.ts';
import type { SpaceRow } from '../spaces/queries.ts';
import { readSettings } from '../settings/queries.ts';
import { knownInvite } from './actions.ts';
import { looksLikeCode } from './code.ts';
import { memberCount } from './queries.ts';

const style = `
body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; background: #1e1f22; color: #f2f3f5 }
main { max-width: 28rem; margin: 10vh auto; padding: 2rem; background: #2b2d31; border-radius: 1rem }
h1 { margin: 0 0 .5rem; font-size: 1.5rem; overflow-wrap: anywhere }
p { overflow-wrap: anywhere }
img { width: 4rem; height: 4rem; border-radius: 1rem }
a { display: inline-block; padding: .6rem 1.2rem; background: #4752c4; color: #fff; border-radius: .5rem; text-decoration: none }
code { background: #1e1f22; padding: .1rem .4rem; border-radius: .3rem }
small { color: #b5bac1 }
`;

const styleHash = new Bun.CryptoHasher('sha256').update(style).digest('base64');

const headers = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  // It names the server by the request's own address, and says how many members there are.
  'Cache-Control': 'no-store',
};

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}

function meta(key: 'name' | 'property', name: string, content: string): string {
  return `<meta ${key}="${name}" content="${escaped(content)}">`;
}

interface Shown {
  code: string;
  space: SpaceRow;
  server_name: string;
  members: number;
  /** Where clients reach this server; null when nobody has said and the request cannot be believed. */
  origin: string | null;
}

function tags({ code, space, server_name, members, origin }: Shown): string {
  const title = `Join ${space.name}`;
  const people = members === 1 ? '1 member' : `${members} members`;
  const description = space.description
    ? cutToCodePoints(space.description.replace(/\s+/g, ' '), 200)
    : people;
  const image = space.icon?.startsWith('/') && origin !== null ? origin + space.icon : null;
  return [
    meta('name', 'description', description),
    meta('name', 'robots', 'noindex'),
    meta('property', 'og:type', 'website'),
    meta('property', 'og:site_name', server_name),
    meta('property', 'og:title', title),
    meta('property', 'og:description', description),
    ...(origin === null ? [] : [meta('property', 'og:url', `${origin}/invite/${code}`)]),
    ...(image === null ? [] : [meta('property', 'og:image', image)]),
    meta('name', 'twitter:card', 'summary'),
    meta('name', 'twitter:title', title),
    meta('name', 'twitter:description', description),
    ...(image === null ? [] : [meta('name', 'twitter:image', image)]),
  ].join('\n');
}

/** The button, and what to do where it cannot work: clients take its address for one of https. */
function steps({ code, space, origin }: Shown): string {
  if (origin === null) {
    return `<p>In your client, add this server by its address and accept the invite <code>${code}</code>.</p>`;
  }
  const { host, protocol, pathname } = new URL(origin);
  const address = `${protocol}//${host}${pathname.replace(/\/$/, '')}#${space.slug}?invite=${code}`;
  const note =
    protocol === 'https:'
      ? 'Or add this server in your client'
      : 'The button needs a server with https. Without, add this server in your client';
  return `<p><a href="daccord://invite/${code}@${escaped(host)}">Open in daccord</a></p>
<p><small>${note}: <code>${escaped(address)}</code></small></p>`;
}

function html(shown: Shown): string {
  const { code, space, server_name, members } = shown;
  const base = shown.origin === null ? '' : new URL(shown.origin).pathname.replace(/\/$/, '');
  const icon = space.icon?.startsWith('/')
    ? `<img src="${escaped(base + space.icon)}" alt="">\n`
    : '';
  const description = space.description ? `<p>${escaped(space.description)}</p>\n` : '';
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Join ${escaped(space.name)}</title>
${tags(shown)}
<style>${style}</style>
</head>
<body>
<main>
${icon}<h1>${escaped(space.name)}</h1>
${description}<p><small>${escaped(server_name)} · ${members} ${members === 1 ? 'member' : 'members'}</small></p>
${steps(shown)}
<p><small>Invite code: <code>${code}</code></small></p>
</main>
</body>
</html>
`;
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
    const page = html({
      code,
      space,
      server_name: readSettings(app.db).server_name,
      members: memberCount(app.db, space.id),
      origin: app.address.originFor(request.header('host')),
    });
    return new Response(page, { headers });
  },
});
