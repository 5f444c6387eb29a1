// Calls endpoints of a place with any body, and says what is wrong with how it was refused or taken.
import { instanceAdmin } from '../../src/access/rules.ts';
import { indexAll } from '../../src/features/talk/search/indexing.ts';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { nameOf, type Field, type Operation } from './fields.ts';
import type { Person, Reply } from './person.ts';
import { anywhere, dot, noKey, pathOf, place, type Place } from './place.ts';
import type { TestServer } from './server.ts';
import { Traces } from './traces.ts';
import { goodOf } from './values.ts';

/** Tells of what has to be there, by the name of the field that names it. */
export type Known = (name: string) => unknown;

/** What stands behind the names of fields that name something, in a place; guests come into an open space. */
async function knownIn({ anna, ids }: Place): Promise<Known> {
  const { role_id, message_id, user_id, channel_id, space_id } = ids;
  const category = { name: 'Kitchen', type: 'category' };
  const parent = await anna.does('POST', `/spaces/${space_id}/channels`, category);
  const [open] = await anna.does('GET', '/spaces/public');
  const known: Record<string, unknown> = {
    image: dot,
    icon: dot,
    avatar: dot,
    banner: dot,
    exchange_key: noKey,
    signing_key: noKey,
    id: role_id,
    role_ids: role_id,
    roles: role_id,
    messages: message_id,
    message_id,
    thread_id: message_id,
    reply_to: message_id,
    around: message_id,
    channel_id,
    user_id,
    recipient_id: user_id,
    recipients: user_id,
    owner_id: anna.id,
    author_id: user_id,
    space_id: open.id,
    parent_id: parent.id,
    afk_channel_id: channel_id,
    system_channel_id: channel_id,
    rules_channel_id: channel_id,
  };
  return (name) => known[name];
}

/** What a body needs that the document cannot say. */
const needed: Record<string, (known: Known) => object> = {
  'POST /auth/change-password': () => ({ old_password: 'x', current_password: 'x' }),
  // So that whoever calls can call again.
  'POST /auth/sessions/revoke-all': () => ({ keep_current: true }),
  // So that the text may be empty.
  'POST /channels/:channel_id/messages': () => ({ embeds: [{ title: 'soup' }] }),
  // So that either may be missing.
  'POST /users/@me/channels': (known) => ({
    recipient_id: known('recipient_id'),
    recipients: [known('recipients')],
  }),
};

/** Tells whether a body needs some field, which one is not said. */
export const needsSome = (name: string) => name in needed;

/** A body that the endpoint takes, as small as can be. */
export function goodBody({ name, body }: Operation, known: Known): unknown {
  if (body === null) return undefined;
  const good = goodOf(body, '', known);
  return body.type === 'object' ? { ...Object(good), ...needed[name]?.(known) } : good;
}

/** Another name of a field: who sends both says one thing twice. */
const aliases = ['current_password', 'nick', 'timed_out_until'];

/** What a body of all fields says of some, since the least would leave no room for what others do. */
const roomy: Record<string, object> = {
  'PATCH /admin/settings': {
    max_avatar_size: 2_097_152,
    max_emoji_size: 262_144,
    max_attachment_size: 26_214_400,
  },
};

/** One that holds all of its fields. */
export function fullBody(operation: Operation, known: Known): unknown {
  const { body } = operation;
  if (body?.type !== 'object') return goodBody(operation, known);
  const fields = Object.entries(body.properties);
  const all = fields
    .filter(([key]) => !aliases.includes(key))
    .map(([key, said]) => [key, goodOf(said, key, known)]);
  const { name } = operation;
  return { ...Object.fromEntries(all), ...needed[name]?.(known), ...roomy[name] };
}

export interface Called {
  here: Place;
  known: Known;
  /** Who may call the endpoint: the owner of the place, or who administers the server. */
  caller(endpoint: Endpoint): Person;
}

type Server = TestServer & { admin: Person };

/** A place whose endpoints can be called. */
export async function calledPlace(server: Server): Promise<Called> {
  const here = await place(server);
  const caller = ({ access }: Endpoint) => (access === instanceAdmin ? server.admin : here.anna);
  return { here, known: await knownIn(here), caller };
}

/** One whose owner listens, on a server that has come to rest. */
export async function watchedPlace(server: Server): Promise<Called & { traces: Traces }> {
  const called = await calledPlace(server);
  // The server learns its address from who administers it, once.
  await server.admin.does('GET', '/users/@me');
  const ears = await called.here.anna.listens();
  await indexAll(server.app);
  return { ...called, traces: await Traces.of(server, [ears]) };
}

/** Sends text as the endpoint takes it: as JSON, or as the part of a form with a file beside it. */
export function send(
  person: Person,
  { method, path, upload, at }: Pick<Endpoint, 'method' | 'path' | 'upload' | 'at'>,
  text: string | undefined,
): Promise<Reply> {
  const address = `${at === 'root' ? '/' : ''}${path}`;
  if (upload === undefined || text === undefined) return person.call(method, address, text);
  const form = new FormData();
  form.append(upload.json_part, text);
  form.append(upload.file_parts[0]?.replace('[i]', '[0]') ?? '', new File(['peas'], 'recipe.txt'));
  return person.call(method, address, form);
}

/** The endpoint with the ids of the place in its path, and what its query needs. */
export function inPlace(endpoint: Endpoint, { ids }: Place): Endpoint {
  const path = pathOf({ ...endpoint, at: 'api' }, { ...anywhere, ...ids });
  return { ...endpoint, path };
}

/** What is wrong with a refusal; nothing when it has one of these statuses, in an envelope that names the field. */
export function complaints(
  { status, body }: Reply,
  expected: readonly number[],
  field?: Pick<Field, 'path'>,
): string[] {
  const { code, message, details = {} } = body?.error ?? {};
  if (status === 200 && expected.includes(200)) return [];
  if (!expected.includes(status)) return [`${status} ${message ?? ''}, not ${expected.join('/')}`];
  if (typeof code !== 'string' || typeof message !== 'string') return ['no envelope'];
  if (field === undefined) return [];
  const named = Object.keys(details).map((key) =>
    nameOf({ path: key.split('.').map((part) => (/^\d+$/.test(part) ? '[]' : part)) }),
  );
  return named.includes(nameOf(field) || 'body') ? [] : [`names ${named.join(', ')}: ${message}`];
}
