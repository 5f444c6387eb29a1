// Mistakes that must not compile, each beside what is right. The type checker reads this file; nothing runs it.
import { z } from 'zod';
import type { SpacePlace } from '../../src/access/place.ts';
import {
  account,
  anyone,
  channel,
  ifNamed,
  space,
  spaceChannel,
  type ChannelGrant,
  type Rule,
} from '../../src/access/rules.ts';
import type { App, Turn } from '../../src/app.ts';
import type { Db } from '../../src/db/open.ts';
import { event, signal } from '../../src/events/event.ts';
import { insertUser } from '../../src/features/people/users/queries.ts';
import { command } from '../../src/gateway/command.ts';
import { endpoint } from '../../src/http/endpoint.ts';
import { consequence } from '../../src/consequence.ts';

const Note = z.object({ id: z.string(), text: z.string() });
const NewNote = z.object({ text: z.string() });
const note = { id: '1', text: 'x' };
const at = { method: 'GET', summary: '', returns: Note } as const;
const get = { ...at, path: '/x', access: account } as const;
const post = { ...get, method: 'POST' } as const;

// Endpoints --------------------------------------------------------------------------------------

export const right = [
  endpoint({
    ...at,
    path: '/x',
    access: account,
    run: ({ actor }) => ({ id: actor.id, text: '' }),
  }),
  endpoint({
    ...post,
    path: '/channels/:channel_id/x',
    access: spaceChannel('send_messages'),
    body: NewNote,
    run({ turn, actor, channel: found, space: home, can, body, params }) {
      const text = [actor.id, found.id, home.id, can('view_channel'), body.text, params.channel_id];
      return { id: turn.id(), text: text.join() };
    },
  }),
  endpoint({
    ...post,
    path: '/x',
    access: anyone,
    body: NewNote,
    prepare: async ({ body }) => ({ hash: body.text }),
    run: ({ prepared }) => ({ id: '1', text: prepared.hash }),
  }),
];

// @ts-expect-error nobody says who may
endpoint({ ...at, path: '/x', run: () => note });
// @ts-expect-error the rule reads :channel_id, which the path lacks
endpoint({ ...at, path: '/x/:id', access: channel('view_channel'), run: () => note });
// @ts-expect-error a rule of a space does not read a channel's path
endpoint({ ...at, path: '/channels/:channel_id', access: space('view_channel'), run: () => note });
// @ts-expect-error there is no such permission
endpoint({ ...at, path: '/c/:channel_id', access: channel('send_mesages'), run: () => note });
// @ts-expect-error anyone may be nobody: there is no actor
endpoint({ ...at, path: '/x', access: anyone, run: ({ actor }) => ({ ...note, id: actor.id }) });
// @ts-expect-error an account alone is in no channel
endpoint({ ...get, run: ({ channel: found }) => ({ ...note, id: found.id }) });
// @ts-expect-error what is answered is there when it returns
endpoint({ ...get, run: async () => note });
// @ts-expect-error a turn is over when it returns
endpoint({ ...post, run: async () => note });
// @ts-expect-error the answer lacks its text
endpoint({ ...get, run: () => ({ id: '1' }) });
// @ts-expect-error the id is no number
endpoint({ ...get, run: () => ({ id: 1, text: '' }) });
// @ts-expect-error what is read has no turn to write in
endpoint({ ...get, run: ({ turn }) => ({ ...note, id: turn.id() }) });
// @ts-expect-error the path names no such parameter
endpoint({ ...get, path: '/x/:id', run: ({ params }) => ({ ...note, id: params.di }) });
// @ts-expect-error without a schema there is no body
endpoint({ ...post, run: ({ body }) => ({ ...note, text: body.text }) });
// @ts-expect-error the body has no such field
endpoint({ ...post, body: NewNote, run: ({ body }) => ({ ...note, text: body.txt }) });
// @ts-expect-error nothing was prepared
endpoint({ ...post, run: ({ prepared }) => ({ ...note, text: prepared.text }) });
// @ts-expect-error a page has its items and a cursor
endpoint({ ...get, form: 'page', returns: z.array(Note), run: () => [note] });
// @ts-expect-error there is no such problem
endpoint({ ...get, errors: ['teapot'], run: () => note });
// @ts-expect-error there is no such method
endpoint({ ...get, method: 'FETCH', run: () => note });

// Rules ------------------------------------------------------------------------------------------

declare const ownNote: Rule<'note_id', { note: typeof note }>;
endpoint({ ...at, path: '/notes/:note_id', access: ownNote, run: ({ note: found }) => found });
// @ts-expect-error a rule grants what it says and no more
endpoint({ ...at, path: '/notes/:note_id', access: ownNote, run: ({ actor }) => actor });
// @ts-expect-error there is no such permission
space('manage_everything');

// Places -----------------------------------------------------------------------------------------

export function inPlace({ channel: found, home: where }: ChannelGrant, at: SpacePlace) {
  // @ts-expect-error a conversation stands in no space: where it is has to be asked first
  if (where.space.public) return null;
  // @ts-expect-error a conversation has no class
  if (found.class_id === 1) return null;
  if (where.kind === 'conversation') return where.conversation.people;
  return [where.space.id, at.home.space.id, at.channel.class_id];
}
endpoint({
  ...get,
  path: '/channels/:channel_id/x',
  access: channel('view_channel'),
  // @ts-expect-error a channel of any home grants no space
  run: ({ space: found }) => ({ ...note, id: found.id }),
});

// Events -----------------------------------------------------------------------------------------

const told = { summary: '', intent: null, audience: 'space', data: Note } as const;
const noted = event('note', { summary: '', intent: 'messages', audience: 'channel', data: Note });
const joined = event('join', { summary: '', intent: null, audience: 'space', data: Note });
const managed = event('manage', {
  summary: '',
  intent: null,
  audience: 'permission',
  data: Note,
});
const passed = signal('passed', Note);
// @ts-expect-error everyone is no audience: it has to be said
event('note', { summary: '', intent: 'messages', data: Note });
// @ts-expect-error there is no such audience
event('note', { summary: '', intent: 'messages', audience: 'everyone', data: Note });
// @ts-expect-error no intent has to be said, too
event('note', { summary: '', audience: 'channel', data: Note });
// @ts-expect-error there is no such intent
event('note', { summary: '', intent: 'mesages', audience: 'channel', data: Note });
// @ts-expect-error what moves is a space, a user or a channel
event('note', { summary: '', intent: null, audience: 'space', data: Note, moves: () => 'all' });
// @ts-expect-error a channel moves by itself, not in a space
event('note', { ...told, moves: () => ({ channel_id: '1', space_id: '1' }) });

// Turns ------------------------------------------------------------------------------------------

declare const app: App;
declare const db: Db;
const home = { channel: { class_id: 1 } };
const managers = { space_id: '1', permission: 'manage_channels' } as const;

export async function turns(turn: Turn): Promise<void> {
  turn.tell(noted, home, note);
  turn.tell(joined, { space_id: '1' }, note);
  turn.tell(noted, { channel: { people: ['1', '2'] } }, note);
  turn.tell(managed, { space_id: '1', permission: 'ban_members' }, note);
  turn.tell(managed, { space_id: '1', permission: 'manage_channels', channel: null }, note);
  turn.tell(managed, { space_id: '1', permission: 'manage_channels', ...home }, note);
  await app.write(({ id }) => id());
  app.send(noted, home, note);
  // @ts-expect-error an event is told to somebody
  turn.tell(noted, note);
  // @ts-expect-error who views a channel is not who is in a space
  turn.tell(noted, { space_id: '1' }, note);
  // @ts-expect-error without a class nobody would hear it
  turn.tell(noted, { channel: { class_id: null } }, note);
  // @ts-expect-error a channel that says not where it is heard
  turn.tell(noted, { channel: {} }, note);
  // @ts-expect-error a channel is heard by a class or by people, not by both
  turn.tell(noted, { channel: { class_id: 1, people: ['1'] } }, note);
  // @ts-expect-error without a class everybody with the permission would hear of the channel
  turn.tell(managed, { ...managers, channel: { class_id: null } }, note);
  // @ts-expect-error whether it is about a channel has to be said
  turn.tell(managed, managers, note);
  // @ts-expect-error no permission of a space is held in a conversation
  turn.tell(managed, { ...managers, channel: { people: ['1'] } }, note);
  // @ts-expect-error this is not what the event tells
  turn.tell(noted, home, { id: '1' });
  // @ts-expect-error nobody else hears a signal than consequences
  turn.tell(passed, home, note);
  // @ts-expect-error a turn is over when it returns
  await app.write(async () => 1);
  // @ts-expect-error a promise by another way
  await app.write(({ app: same }) => same.write(() => 1));
  // @ts-expect-error rows are written in a turn and nowhere else
  insertUser(db, { id: '1', username: 'anna', created_at: 0 });
}

export const follows = consequence(noted, (turn, data, to) => {
  turn.tell(noted, to, { ...data, text: '' });
  // @ts-expect-error the audience is that of the event
  return to.space_id;
});

// Commands ---------------------------------------------------------------------------------------

const said = { op: 12, name: 'NOTE', summary: '', before_identify: 'ignored' } as const;
const saidThere = { ...said, data: z.object({ channel_id: z.string(), at: z.number() }) } as const;
const saidSomewhere = { ...said, data: z.object({ channel_id: z.string().nullish() }) } as const;
const noteSaid = { ...said, data: NewNote, access: account } as const;
declare const byNumber: Rule<'at', { n: number }>;
const connects = channel('connect');

command({ ...noteSaid, run: ({ actor, session, data }) => void [actor, session.id, data.text] });
command({
  ...saidThere,
  access: spaceChannel('connect'),
  run: ({ channel: found, again }) => void [found.class_id, again()?.space.id],
});
command({
  ...saidSomewhere,
  access: ifNamed(connects),
  run: ({ actor, named }) => void [actor.id, named?.channel.id],
});
// @ts-expect-error nobody says who may
command({ ...said, data: NewNote, run: () => {} });
// @ts-expect-error the rule reads a channel_id, which the data lack
command({ ...said, data: NewNote, access: connects, run: () => {} });
// @ts-expect-error the rule reads a channel_id, which may be missing
command({ ...saidSomewhere, access: connects, run: () => {} });
// @ts-expect-error the rule reads a space_id, not a channel's
command({ ...saidThere, access: space('view_channel'), run: () => {} });
// @ts-expect-error no number names anything
command({ ...saidThere, access: byNumber, run: () => {} });
// @ts-expect-error an account alone is in no channel
command({ ...saidThere, access: account, run: ({ channel: found }) => void found.id });
// @ts-expect-error anyone may be a guest: there is no actor
command({ ...noteSaid, access: anyone, run: ({ actor }) => void actor.id });
// @ts-expect-error whoever names no channel is in none
command({ ...saidSomewhere, access: ifNamed(connects), run: ({ named }) => void named.channel });
// @ts-expect-error who is asked again may be refused
command({ ...saidThere, access: connects, run: ({ again }) => void again().channel.id });
// @ts-expect-error when it may come has to be said
command({ op: 12, name: 'NOTE', summary: '', data: NewNote, access: account, run: () => {} });
// @ts-expect-error IDENTIFY has no such field
command({ ...noteSaid, before_identify: 'note', run: () => {} });
// @ts-expect-error the data have no such field
command({ ...noteSaid, run: ({ data }) => void data.txt });
// @ts-expect-error a command says how its data look
command({ ...said, access: account, run: () => {} });
