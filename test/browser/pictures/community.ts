// A small community that has something to say, for pictures.
import type { Resident } from '../support/resident.ts';
import type { Stage } from '../support/stage.ts';

const names = {
  mara: 'Mara',
  jonas: 'Jonas',
  leyla: 'Leyla',
  theo: 'Theo',
  ida: 'Ida',
} as const;

type Name = keyof typeof names;
export type People = Readonly<Record<Name, Resident>>;

/** Who says what in the channel of the pictures; `answers` counts back from here. */
const talk: readonly { by: Name; says: string; answers?: number; likes?: string }[] = [
  { by: 'mara', says: 'Good morning! The beds behind the shed are free now. Who wants one?' },
  { by: 'jonas', says: 'I do. **Tomatoes**, as every year.' },
  { by: 'leyla', says: 'And beans for me, please. I bring the poles.', likes: '🌱' },
  { by: 'theo', says: 'Does somebody have the watering plan?', answers: 1 },
  {
    by: 'mara',
    says: 'Here it is:\n```\nMon  Jonas   Thu  Ida\nTue  Leyla   Fri  Theo\nWed  Mara    Sat  whoever is there\n```',
    answers: 1,
    likes: '👍',
  },
  { by: 'ida', says: '> whoever is there\nThat will be me again, then.' },
  {
    by: 'jonas',
    says: 'I come along. Shall we build the *little* greenhouse at last?',
    answers: 1,
  },
  { by: 'leyla', says: 'Yes! Plans: https://example.org/greenhouse', likes: '🎉' },
];

export interface Community {
  readonly people: People;
  readonly space_id: string;
  readonly channel_id: string;
}

export async function settle(stage: Stage): Promise<Community> {
  const people = Object.fromEntries(
    await Promise.all(
      Object.keys(names).map(async (name) => [name, await stage.registers(name)] as const),
    ),
  ) as unknown as People;
  for (const [name, display_name] of Object.entries(names)) {
    await people[name as Name].rest.call('PATCH /users/@me', { body: { display_name } });
  }
  const { mara, ...others } = people;
  const { space, general } = await stage.meets(mara, ...Object.values(others));
  const { id: space_id } = space;
  const { id: channel_id } = general;
  const make = (name: string, more: object = {}) =>
    mara.rest.call('POST /spaces/:space_id/channels', { space_id, body: { name, ...more } });
  await mara.rest.call('PATCH /spaces/:space_id', { space_id, body: { name: 'The allotment' } });
  const topic = 'Beds, seeds, and who waters when';
  await mara.rest.call('PATCH /channels/:channel_id', { channel_id, body: { topic } });
  const { id: parent_id } = await make('Harvest', { type: 'category' });
  await make('recipes', { parent_id });
  await make('how to', { parent_id, type: 'forum' });
  await make('At the fire', { parent_id, type: 'voice' });
  await say(people, channel_id);
  return { people, space_id, channel_id };
}

async function say(people: People, channel_id: string): Promise<void> {
  const said: string[] = [];
  for (const { by, says, answers, likes } of talk) {
    const reply_to = answers === undefined ? undefined : said.at(-answers);
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
}
