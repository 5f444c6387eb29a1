// State plus events equals refetch, step by step through what the random histories leave out.
import type { Person } from '../support/person.ts';
import { steps } from '../support/steps.ts';
import { deny, everyoneOf } from '../support/world.ts';

const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

steps('a space is founded, joined, changed and deleted', async function* ({ anna, bob, cleo }) {
  const { space, general } = await bob.founds('Second');
  yield;
  await anna.joins(space);
  yield;
  await bob.says(general, 'hello');
  await bob.does('PATCH', `/spaces/${space.id}`, { name: 'Other', icon: pixel, public: false });
  yield;
  await bob.does('PATCH', `/spaces/${space.id}`, { system_channel_id: general.id, public: true });
  await cleo.joins(space);
  yield;
  await bob.does('DELETE', `/channels/${general.id}`);
  yield;
  await anna.does('DELETE', `/spaces/${space.id}/members/@me`);
  yield;
  await bob.does('DELETE', `/spaces/${space.id}`);
});

steps('channels are made, nested, moved, hidden and deleted', async function* (here) {
  const { anna, bob, cleo, space, general } = here;
  const path = `/spaces/${space.id}/channels`;
  const category = await anna.does('POST', path, { name: 'group', type: 'category' });
  const parent_id = category.id;
  const child = await anna.does('POST', path, { name: 'child', topic: 'x', parent_id });
  const forum = await anna.does('POST', path, { name: 'forum', type: 'forum', parent_id });
  await anna.does('POST', path, { name: 'talk', type: 'voice', user_limit: 3 });
  yield;
  await anna.does('PATCH', path, [
    { id: general.id, position: 7 },
    { id: child.id, position: 2 },
  ]);
  await anna.does('PATCH', `/channels/${child.id}`, { nsfw: true, rate_limit: 5, topic: null });
  yield;
  const post = await cleo.says(forum, 'a post', { title: 'Title' });
  await bob.says(forum, 'an answer', { thread_id: post.id });
  yield;
  await deny(here, forum, 'view_channel');
  const seen = { type: 'member', allow: ['view_channel'], deny: [] };
  await anna.does('PUT', `/channels/${forum.id}/permissions/${cleo.id}`, seen);
  yield;
  await anna.does('DELETE', `/channels/${category.id}`);
  yield;
  await anna.does('DELETE', `/channels/${forum.id}/permissions/${cleo.id}`);
  yield;
  await anna.does('DELETE', `/channels/${forum.id}/permissions/${(await everyoneOf(here)).id}`);
  await anna.does('DELETE', `/channels/${general.id}`);
});

steps('roles are made, changed, put in order, given and deleted', async function* (here) {
  const { anna, cleo, space, general } = here;
  const path = `/spaces/${space.id}/roles`;
  const upper = await anna.does('POST', path, { name: 'upper', hoist: true, color: 255 });
  const lower = await anna.does('POST', path, { name: 'lower', permissions: ['manage_roles'] });
  const second = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'second' });
  for (const { id } of [upper, lower]) {
    await anna.does('PUT', `/spaces/${space.id}/members/${cleo.id}/roles/${id}`);
  }
  yield;
  await cleo.does('POST', path, { name: 'made by cleo' });
  await anna.does('PATCH', `${path}/${upper.id}`, { icon: 'star', mentionable: true });
  await anna.does('PATCH', path, [{ id: upper.id, position: 1 }]);
  yield;
  // One role opens one channel and closes the other; a second rule keeps it open.
  const [everyone] = await anna.does('GET', path);
  const rules = [
    [general.id, everyone.id, [], ['view_channel']],
    [general.id, upper.id, ['view_channel'], []],
    [second.id, lower.id, ['view_channel'], []],
    [second.id, upper.id, [], ['view_channel', 'send_messages']],
  ] as const;
  for (const [channel_id, id, allow, deny] of rules) {
    const body = { type: 'role', allow, deny };
    await anna.does('PUT', `/channels/${channel_id}/permissions/${id}`, body);
  }
  yield;
  await anna.does('DELETE', `${path}/${upper.id}`);
  yield;
  await anna.does('PATCH', `${path}/${everyone.id}`, { permissions: [] });
  yield;
  await anna.does('DELETE', `${path}/${lower.id}`);
});

steps('messages are answered, edited, pinned, reacted to and deleted', async function* (here) {
  const { anna, bob, cleo, general, clock, server } = here;
  const path = `/channels/${general.id}`;
  const first = await anna.says(general, 'first @bob');
  const reply = await bob.says(general, 'in the thread', { thread_id: first.id });
  const last = await cleo.says(general, 'also', { thread_id: first.id, reply_to: reply.id });
  const answer = await cleo.says(general, 'an answer', { reply_to: first.id });
  yield;
  for (const [who, emoji] of [
    [anna, 'one'],
    [bob, 'one'],
    [cleo, 'two'],
  ] as const) {
    await who.does('PUT', `${path}/messages/${answer.id}/reactions/${emoji}/@me`);
  }
  await cleo.does('PATCH', `${path}/messages/${answer.id}`, { content: 'edited' });
  yield;
  await bob.does('DELETE', `${path}/messages/${answer.id}/reactions/one/@me`);
  await bob.does('PUT', `${path}/pins/${answer.id}`);
  yield;
  await bob.does('DELETE', `${path}/messages/${answer.id}/reactions/two`);
  await bob.does('DELETE', `${path}/messages/${last.id}`);
  yield;
  await bob.does('DELETE', `${path}/messages/${answer.id}/reactions`);
  await anna.says(general, 'again in the thread', { thread_id: first.id });
  const [one, two] = [await cleo.says(general, 'one'), await cleo.says(general, 'two')];
  yield;
  await anna.says(general, 'the newest, for a moment');
  yield;
  const [newest] = await anna.does('GET', `${path}/messages?limit=1`);
  await anna.does('DELETE', `${path}/messages/${newest.id}`);
  yield;
  const messages = [one.id, two.id, reply.id];
  await bob.does('POST', `${path}/messages/bulk-delete`, { messages });
  yield;
  await anna.does('DELETE', `${path}/messages/${first.id}`);
  const left = server.app.db.sqlite.query('SELECT id FROM clearings LIMIT 1');
  while (left.get() !== null) {
    await clock.pass(1_000);
    await Bun.sleep(1);
  }
});

steps('people change how they look, are moderated, go and come back', async function* (here) {
  const { anna, bob, cleo, space, general, clock } = here;
  const member = (who: Person) => `/spaces/${space.id}/members/${who.id}`;
  await cleo.does('PATCH', '/users/@me', { display_name: 'C', bio: 'about', avatar: pixel });
  await bob.does('PATCH', '/users/@me', { username: 'robert', accent_color: 7, banner: pixel });
  yield;
  await cleo.does('PATCH', `/spaces/${space.id}/members/@me`, { nickname: 'see' });
  await bob.does('PATCH', member(cleo), { nickname: 'sea', mute: true });
  const until = new Date(clock.now() + 60_000).toISOString();
  await anna.does('PATCH', member(bob), { timed_out_until: until, deaf: true });
  yield;
  await anna.does('PATCH', member(bob), { timed_out_until: null, roles: [] });
  await cleo.says(general, 'before the kick');
  yield;
  await anna.does('DELETE', member(cleo));
  yield;
  await cleo.joins(space);
  await cleo.says(general, 'back');
  yield;
  await anna.does('PUT', `/spaces/${space.id}/bans/${cleo.id}`, { delete_message_seconds: 600 });
  yield;
  await anna.does('DELETE', `/spaces/${space.id}/bans/${cleo.id}`);
  await cleo.joins(space);
  await cleo.says(general, 'once more');
  yield;
  await cleo.does('DELETE', `/spaces/${space.id}/members/@me?delete_data=true`);
});
