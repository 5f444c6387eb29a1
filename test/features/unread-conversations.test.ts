// Unread conversations, written as rows: every message of others counts there, for who takes part.
import { expect, test } from 'bun:test';
import type { Turn } from '../../src/app.ts';
import { conversation_people } from '../../src/db/schema/conversations.ts';
import { channels } from '../../src/db/schema/spaces.ts';
import type { ConversationAccess } from '../../src/access/evaluate.ts';
import { setLastMessage } from '../../src/features/spaces/channels/queries.ts';
import { blankRow } from '../../src/features/talk/messages/actions.ts';
import { insertMessage } from '../../src/features/talk/messages/queries.ts';
import { moveTo } from '../../src/features/talk/read-states/queries.ts';
import { mentionsBeyond } from '../../src/features/talk/read-states/unread.ts';
import type { Person } from '../support/person.ts';
import { startTest, type TestServer } from '../support/server.ts';
import { quietly } from '../support/world.ts';

function converse(server: TestServer, people: readonly Person[]): Promise<ConversationAccess> {
  return server.turn((turn: Turn) => {
    const id = turn.id();
    const row = { id, type: 'group_dm' as const, created_at: turn.now };
    turn.tx.orm.insert(channels).values(row).run();
    for (const { id: user_id } of people) {
      const person = { channel_id: id, user_id, joined_at: turn.now };
      turn.tx.orm.insert(conversation_people).values(person).run();
    }
    return {
      ...row,
      space_id: null,
      owner_id: null,
      archived: false,
      rate_limit: 0,
      user_limit: null,
      people: people.map(({ id: user_id }) => user_id),
      blocked: false,
    };
  });
}

function writes(server: TestServer, author: Person, channel: ConversationAccess): Promise<string> {
  return server.turn((turn: Turn) => {
    const row = blankRow(turn, channel, author.id, { content: 'hi' });
    insertMessage(turn.tx, row);
    setLastMessage(turn.tx, channel.id, row.id);
    return row.id;
  });
}

const unread = (person: Person) => person.does('GET', '/users/@me/read-states');

test('a conversation is unread for its people, and all that others have written mentions them', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  const cleo = await server.person('cleo');
  const talk = await converse(server, [anna, bob]);
  expect(await unread(bob)).toEqual([]);
  const first = await writes(server, anna, talk);
  const last_message_id = await writes(server, anna, talk);
  const entry = { channel_id: talk.id, last_message_id, mention_count: 2 };
  expect(await unread(bob)).toEqual([entry]);
  expect((await bob.listens(quietly)).ready['unread']).toEqual([entry]);
  expect(await unread(anna)).toEqual([]);
  // Those who do not take part hear nothing of it, instance admins included.
  expect(await unread(cleo)).toEqual([]);
  expect(await unread(server.admin)).toEqual([]);

  await server.turn(({ tx }: Turn) =>
    moveTo(tx, { user_id: bob.id, channel_id: talk.id, thread_id: '' }, first),
  );
  expect(await unread(bob)).toEqual([{ ...entry, last_read_message_id: first, mention_count: 1 }]);
  const at = { channel_id: talk.id, thread_id: '' };
  const reader = { id: bob.id, is_admin: false };
  expect(mentionsBeyond(server.app, reader, at, first)).toBe(1);
  expect(mentionsBeyond(server.app, reader, at, last_message_id)).toBe(0);
  expect(mentionsBeyond(server.app, { id: cleo.id, is_admin: false }, at, first)).toBe(0);

  await server.turn(({ tx, now }: Turn) => {
    tx.sqlite.run('UPDATE conversation_people SET left_at = ? WHERE user_id = ?', [now, bob.id]);
    tx.sqlite.run('INSERT INTO channel_mutes VALUES (?, ?, 0), (?, ?, 0)', [
      anna.id,
      talk.id,
      bob.id,
      talk.id,
    ]);
  });
  expect(await unread(bob)).toEqual([]);
  expect(await bob.does('GET', '/users/@me/mutes')).toEqual([]);
  expect(await anna.does('GET', '/users/@me/mutes')).toMatchObject([{ channel_id: talk.id }]);
  expect((await anna.listens(quietly)).ready['mutes']).toEqual([{ channel_id: talk.id }]);
});

test('who came later reads nothing of what was said before', async () => {
  await using server = await startTest();
  const anna = await server.person('anna');
  const bob = await server.person('bob');
  const talk = await converse(server, [anna]);
  await writes(server, anna, talk);
  await Bun.sleep(5);
  await server.turn(({ tx, now }: Turn) => {
    const person = { channel_id: talk.id, user_id: bob.id, joined_at: now };
    tx.orm.insert(conversation_people).values(person).run();
  });
  expect(await unread(bob)).toEqual([]);
  await writes(server, anna, talk);
  expect(await unread(bob)).toMatchObject([{ mention_count: 1 }]);
});
