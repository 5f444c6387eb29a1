// A closed space with one of everything in it, and how to call any endpoint there.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { insertRegistration } from '../../src/features/doors/registration/queries.ts';
import { NewServerInvite } from '../../src/features/doors/registration/schema.ts';
import { inviteToServer } from '../../src/features/doors/registration/server-invites.ts';
import { shownPreviews } from '../../src/features/talk/messages/preview-pictures.ts';
import { hashToken } from '../../src/access/tokens.ts';
import { issueToken } from '../../src/features/doors/auth/actions.ts';
import { loginId } from '../../src/features/doors/auth/login-view.ts';
import { updateMessage } from '../../src/features/talk/messages/queries.ts';
import { previewPictures } from '../../src/features/talk/previews/pictures.ts';
import { existing, type Endpoint } from '../../src/http/endpoint.ts';
import { password, withPassword } from './deleting.ts';
import type { Person, Reply } from './person.ts';
import { sampleOf } from './sample.ts';
import type { TestServer } from './server.ts';
import { world } from './world.ts';

export interface Place {
  /** Owns the space. */
  anna: Person;
  /** A member of it. */
  bob: Person;
  ids: Record<string, string>;
}

let places = 0;

/** What stands behind the names in the paths, in a space that is closed to strangers. */
export async function place(server: TestServer): Promise<Place> {
  places += 1;
  const { owner: anna, space, general } = await world(server, `anna_${places}`);
  await withPassword(server, anna);
  const bob = await server.person(`bob_${places}`);
  const dora = await server.person(`dora_${places}`);
  await bob.joins(space);
  await anna.does('PUT', `/spaces/${space.id}/bans/${dora.id}`, {});
  await anna.does('PUT', `/users/@me/relationships/${bob.id}`, { type: 1 });
  await anna.does('PATCH', `/spaces/${space.id}`, { public: false });
  const role = await anna.does('POST', `/spaces/${space.id}/roles`, { name: 'Cook' });
  const emoji = await anna.does('POST', `/spaces/${space.id}/emojis`, { name: 'pot', image: dot });
  const invite = await anna.does('POST', `/channels/${general.id}/invites`, {});
  const { application } = await anna.does('POST', '/applications', {
    name: `Spoon ${places}`,
  });
  const message = await sendsFile(anna, general.id);
  const [attachment = '', filename = ''] = new URL(message.attachments[0].url).pathname
    .split('/')
    .slice(-2);
  const group = await anna.does('POST', '/users/@me/channels', {
    recipients: [bob.id, dora.id, (await server.person(`emil_${places}`)).id],
  });
  const token = await server.turn((turn) => issueToken(turn, anna.id));
  const ids = {
    login_id: loginId(hashToken(token)),
    space_id: space.id,
    group_id: group.id,
    channel_id: general.id,
    message_id: message.id,
    user_id: bob.id,
    banned_id: dora.id,
    role_id: role.id,
    overwrite_id: role.id,
    emoji: '%F0%9F%8D%B2',
    emoji_id: emoji.id,
    code: invite.code,
    application_id: application.id,
    ...(await strangers(server, space.id)),
    attachment,
    filename,
    picture: await showsPicture(server, message.id),
  };
  return { anna, bob, ids };
}

/** Somebody who waits for approval, and an invite to the server. */
async function strangers(server: TestServer, space_id: string) {
  const id = await server.turn((turn) => {
    const waiting = turn.id();
    insertRegistration(turn.tx, {
      id: waiting,
      username: `waiting_${waiting}`,
      display_name: 'Fritz',
      password_hash: 'none',
      reason: '',
      address: '127.0.0.1',
      invite_code: null,
      created_at: turn.now,
    });
    return waiting;
  });
  const wish = NewServerInvite.parse({ max_uses: 0, space_id });
  const invite = await server.turn((turn) => inviteToServer(turn, { id }, wish));
  return { registration_id: id, registration_code: invite.code };
}

/** One red dot as a PNG. */
export const dot =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

/** Gives a message a preview with a picture, which nobody has to fetch; answers its secret. */
async function showsPicture({ app }: TestServer, message_id: string): Promise<string> {
  const previews = [{ title: 'soup', image: { url: 'https://example.org/soup.png' } }];
  await app.write(({ tx }) => updateMessage(tx, message_id, { previews }));
  const path = join(app.files.temporaryFolder, randomUUID());
  const bytes = await Bun.write(path, Buffer.from(dot.replace(/.*,/, ''), 'base64'));
  const picture = async () => ({ path, type: 'image/png', bytes });
  Object.assign(app.state(previewPictures), { picture });
  const [shown] = shownPreviews(app, message_id, previews);
  return shown?.image?.url.split('/').at(-1) ?? '';
}

async function sendsFile(person: Person, channel_id: string): Promise<any> {
  const form = new FormData();
  form.append('payload_json', JSON.stringify({ content: 'soup' }));
  form.append('files[0]', new File(['peas'], 'recipe.txt'));
  const url = `${person.server.origin}/api/v1/channels/${channel_id}/messages/upload`;
  const headers = { authorization: person.authorization };
  const answer: any = await (await fetch(url, { method: 'POST', headers, body: form })).json();
  return answer.data;
}

/** Whether the endpoint is about conversations alone. */
export const isOfConversation = ({ access }: Endpoint) => access.says.startsWith('conversation:');

/** The path of an endpoint with those ids in it. */
export function pathOf(endpoint: Endpoint, ids: Record<string, string>): string {
  const { query } = endpoint;
  const others = {
    ...(endpoint.path.includes('/bans/') && { user_id: 'banned_id' }),
    ...(isOfConversation(endpoint) && { channel_id: 'group_id' }),
  };
  const path = endpoint.path.replace(/:([a-z_]+)/g, (_, name: string) => {
    const id = ids[new Map(Object.entries(others)).get(name) ?? name];
    if (id === undefined) throw new Error(`${endpoint.path}: what is :${name}?`);
    return id;
  });
  const asks = query && !query.safeParse({}).success ? `?${asked(query)}` : '';
  return `${endpoint.at === 'root' ? '/' : ''}${path}${asks}`;
}

function asked(query: z.ZodType): string {
  const sample = z.record(z.string(), z.unknown()).parse(sampleOf(query));
  const named = Object.entries(sample).map(([name, value]) => `${name}=${String(value)}`);
  return named.join('&');
}

/** The smallest body that an endpoint takes. */
export function bodyOf({ method, path, body, upload }: Endpoint): unknown {
  if (body === undefined || upload !== undefined) return undefined;
  return samples[`${method} ${path}`] ?? sampleOf(body);
}

/** A public key of 32 bytes, in padded base64. */
export const noKey = Buffer.alloc(32).toString('base64');

/** Where the smallest body would be refused for what it is. */
const samples: Record<string, unknown> = {
  'POST /spaces/:space_id/emojis': { name: 'pan', image: dot },
  'PUT /users/@me/encryption': { exchange_key: noKey, signing_key: noKey },
  // Nobody who may be given the space.
  'POST /spaces/:space_id/transfer': { owner_id: '1', password },
  'POST /auth/change-password': { old_password: 'wrong horse', new_password: 'battery staple' },
};

/** Names of paths whose rule asks for an account and nothing else. */
export const anywhere: Record<string, string> = { owner_id: '1', file: '1.png' };

/** What was called by whom, and what came of it. */
export interface Called {
  endpoint: Endpoint;
  reply: Reply;
}

const order = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** Calls each of the endpoints in a place of its owner, a new one after each removal. */
export async function callAll(
  server: TestServer,
  endpoints: readonly Endpoint[],
  caller: (endpoint: Endpoint, place: Place) => Person,
): Promise<Called[]> {
  const depth = ({ path }: Endpoint) => path.split('/').length;
  const rank = ({ method }: Endpoint) => order.indexOf(method);
  const called: Called[] = [];
  let here = await place(server);
  const known = existing(endpoints, server.app.config);
  for (const endpoint of known.toSorted((a, b) => rank(a) - rank(b) || depth(b) - depth(a))) {
    const path = pathOf(endpoint, { ...anywhere, ...here.ids });
    const reply = await caller(endpoint, here).call(endpoint.method, path, bodyOf(endpoint));
    called.push({ endpoint, reply });
    const takesAway = endpoint.method === 'DELETE' || path.includes('/registrations/');
    if (takesAway && reply.status === 200) here = await place(server);
  }
  return called;
}
