// Conversations with something in them, and all who have no business there.
import { indexAll } from '../../src/features/talk/search/indexing.ts';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { Guest } from './guest.ts';
import type { Person, Reply } from './person.ts';
import { pathOf, place } from './place.ts';
import { send } from './refusals.ts';
import type { TestServer } from './server.ts';

/** A word that stands in everything that is private here, and nowhere else. */
export const secret = 'xylophone';

/** Whoever sends requests, by the header that they carry. */
export interface Asking {
  readonly authorization: string;
}

/** Somebody without a token. */
export const nobody: Asking = { authorization: '' };

export const opens = (person: Person, other: Person): Promise<any> =>
  person.does('POST', '/users/@me/channels', { recipient_id: other.id });
export const gathers = (person: Person, ...others: Person[]): Promise<any> =>
  person.does('POST', '/users/@me/channels', { recipients: others.map(({ id }) => id) });

/** Sends a file with a text; answers the message. */
export async function sendsFile(person: Person, channel_id: string, content: string): Promise<any> {
  const form = new FormData();
  form.set('payload_json', JSON.stringify({ content }));
  form.set('files[0]', new File([secret], `${secret}.txt`, { type: 'text/plain' }));
  return (await person.call('POST', `/channels/${channel_id}/messages/upload`, form)).data;
}

/** Fills a channel: a message with a file, a reaction, a pin and an answer; returns what paths name. */
export async function fill(
  channel: { id: string },
  writer: Person,
  reader: Person,
): Promise<Record<string, string>> {
  const message = await sendsFile(writer, channel.id, `${secret} @${reader.name}`);
  const path = `/channels/${channel.id}`;
  const emoji = '%F0%9F%8D%B2';
  await reader.does('PUT', `${path}/messages/${message.id}/reactions/${emoji}/@me`);
  await writer.does('PUT', `${path}/pins/${message.id}`);
  await reader.says(channel, `${secret} aside`, { thread_id: message.id });
  const [attachment = ''] = new URL(message.attachments[0].url).pathname.split('/').slice(-2);
  return {
    channel_id: channel.id,
    group_id: channel.id,
    message_id: message.id,
    user_id: reader.id,
    emoji,
    // Ids can be guessed; the secrets in addresses cannot.
    attachment: attachment.split('.')[0] ?? '',
    filename: `${secret}.txt`,
    picture: '0'.repeat(32),
  };
}

/**
 * Anna writes with bob, and in a group with bob and cleo; both are in a space of olga's. Emil was
 * taken out of the group. The den is a closed space of dora's, whom nobody here knows.
 */
export async function conversing(server: TestServer & { admin: Person }) {
  const { ids: elsewhere } = await place(server);
  const [anna, bob, cleo, emil] = [
    await server.person('anna'),
    await server.person('bob'),
    await server.person('cleo'),
    await server.person('emil'),
  ];
  const [olga, dora, fred] = [
    await server.person('olga'),
    await server.person('dora'),
    await server.person('fred'),
  ];
  const { space, general } = await olga.founds('Yard', { allow_guest_access: true });
  for (const person of [anna, bob, cleo, emil]) await person.joins(space);
  const { general: hidden } = await dora.founds('Den', { public: false });
  const dm = await opens(anna, bob);
  const group = await gathers(anna, bob, cleo, emil);
  await anna.does('PATCH', `/channels/${group.id}`, { name: secret });
  const ids = (known: Record<string, string>): Record<string, string> => ({
    ...elsewhere,
    space_id: space.id,
    ...known,
  });
  const places = {
    dm: ids(await fill(dm, anna, bob)),
    group: ids(await fill(group, anna, bob)),
    hidden: ids(await fill(hidden, dora, dora)),
    nothing: ids({ channel_id: '1', group_id: '1', message_id: '1' }),
  };
  await anna.does('DELETE', `/channels/${group.id}/recipients/${emil.id}`);
  const guest = await Guest.enter(server, space);
  const outsiders: Record<string, Asking> = {
    'a stranger': fred,
    'an instance admin': server.admin,
    'the owner of their space': olga,
    'somebody who was taken out': emil,
    'a guest of their space': guest,
    nobody: nobody,
  };
  // Another conversation, and a space that anna owns.
  const theirs = ids(await fill(await opens(cleo, emil), cleo, emil));
  const { space: nook } = await anna.founds('Nook');
  // From an admin's first request the server knows its address.
  await server.admin.does('GET', '/users/@me');
  await indexAll(server.app);
  const takers = [anna, bob, cleo];
  const people = [...takers, emil, olga, dora, fred, server.admin];
  return {
    anna,
    bob,
    cleo,
    emil,
    olga,
    fred,
    dora,
    people,
    takers,
    space,
    general,
    nook,
    dm,
    group,
    hidden,
    theirs,
    places,
    outsiders,
    guest,
  };
}

/** Calls an endpoint with these ids, and with a body: as JSON, or in a form where it takes one. */
export function asks(
  server: TestServer,
  who: Asking,
  endpoint: Endpoint,
  ids: Record<string, string>,
  body: unknown,
): Promise<Reply> {
  const { authorization } = who;
  const caller = {
    call: (method: string, path: string, sent?: unknown) =>
      server.call(method, path, sent, { authorization }),
  } as Person;
  const text = body === undefined ? undefined : JSON.stringify(body);
  return send(caller, { ...endpoint, at: 'api', path: pathOf(endpoint, ids) }, text);
}
