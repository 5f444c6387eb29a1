// A small community that has something to say, for pictures.
import type { Resident } from '../support/resident.ts';
import type { Stage } from '../support/stage.ts';
import { landscape } from './landscape.ts';
import { answers, letters, posts, talk, type Said } from './talk.ts';

const names = {
  mara: 'Mara',
  jonas: 'Jonas',
  leyla: 'Leyla',
  theo: 'Theo',
  ida: 'Ida',
} as const;

export type Name = keyof typeof names;
export type People = Readonly<Record<Name, Resident>>;

export interface Community {
  readonly people: People;
  readonly space_id: string;
  readonly channel_id: string;
  /** The first message of a thread in the channel. */
  readonly thread_id: string;
  readonly forum_id: string;
  readonly voice_id: string;
  /** Where ida and leyla write to each other. */
  readonly conversation_id: string;
}

export async function settle(stage: Stage): Promise<Community> {
  const people = {} as Record<Name, Resident>;
  for (const [name, display_name] of Object.entries(names) as [Name, string][]) {
    people[name] = await stage.registers(name);
    await people[name].rest.call('PATCH /users/@me', { body: { display_name } });
  }
  const { mara, leyla, ida, ...others } = people;
  const { space, general } = await stage.meets(mara, leyla, ida, ...Object.values(others));
  const { id: space_id } = space;
  const { id: channel_id } = general;
  const make = (name: string, more: object = {}) =>
    mara.rest.call('POST /spaces/:space_id/channels', { space_id, body: { name, ...more } });
  await mara.rest.call('PATCH /spaces/:space_id', { space_id, body: { name: 'The allotment' } });
  const topic = 'Beds, seeds, and who waters when';
  await mara.rest.call('PATCH /channels/:channel_id', { channel_id, body: { topic } });
  const { id: parent_id } = await make('Harvest', { type: 'category' });
  const { id: recipes_id } = await make('recipes', { parent_id });
  const { id: forum_id } = await make('how to', { parent_id, type: 'forum' });
  const { id: voice_id } = await make('At the fire', { parent_id, type: 'voice' });
  const { id: conversation_id } = await leyla.rest.call('POST /users/@me/channels', {
    body: { recipients: [ida.id] },
  });
  await tell(people, channel_id, talk.slice(0, 3));
  await shows(stage, people.theo, channel_id, 'Yesterday evening, from the hut');
  const said = await tell(people, channel_id, talk.slice(3));
  const thread_id = said.at(0) ?? '';
  for (const { by, says } of answers) {
    const body = { content: says, thread_id };
    await people[by].rest.call('POST /channels/:channel_id/messages', { channel_id, body });
  }
  for (const { by, title, says } of posts) {
    const body = { title, content: says };
    await people[by].rest.call('POST /channels/:channel_id/messages', {
      channel_id: forum_id,
      body,
    });
  }
  await tell(people, conversation_id, letters);
  await mara.says({ id: recipes_id }, 'Pumpkin soup for Saturday?');
  return { people, space_id, channel_id, thread_id, forum_id, voice_id, conversation_id };
}

/** A message with a picture. */
async function shows({ server }: Stage, { rest }: Resident, channel_id: string, content: string) {
  const form = new FormData();
  form.set('payload_json', JSON.stringify({ content }));
  form.set('files', landscape(), 'evening.png');
  const address = `${server.origin}/api/v1/channels/${channel_id}/messages/upload`;
  const answer = await fetch(address, { method: 'POST', headers: rest.headers(), body: form });
  if (!answer.ok) throw new Error(`the picture was refused: ${await answer.text()}`);
}

/** Says all of it, and returns the ids of the messages. */
async function tell(people: People, channel_id: string, list: readonly Said[]): Promise<string[]> {
  const said: string[] = [];
  for (const { by, says, answers: back, likes } of list) {
    const reply_to = back === undefined ? undefined : said.at(-back);
    const body = { content: says, ...(reply_to !== undefined && { reply_to }) };
    const { id: message_id } = await people[by].rest.call('POST /channels/:channel_id/messages', {
      channel_id,
      body,
    });
    said.push(message_id);
    if (likes === undefined) continue;
    for (const name of ['ida', 'theo', 'mara'] as const) {
      const key = 'PUT /channels/:channel_id/messages/:message_id/reactions/:emoji/@me';
      await people[name].rest.call(key, { channel_id, message_id, emoji: likes });
    }
  }
  return said;
}
