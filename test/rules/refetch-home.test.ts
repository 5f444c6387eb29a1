// State plus events equals refetch for what is one's own: what is unread, what is muted; and for who is in voice.
import { expect } from 'bun:test';
import { State } from '../../src/client/state.ts';
import { voiceWithoutCalls } from '../support/fake-livekit.ts';
import { steps, type Followed } from '../support/steps.ts';
import { deny, empower, everyoneOf, rolesOf, voiceChannel } from '../support/world.ts';

/** What each of them counts as unread is what READY counts. */
async function sameUnread({ followers }: Followed): Promise<void> {
  for (const follower of followers) {
    await follower.follow();
    const ears = await follower.person.listens();
    const fresh = new State(ears.ready as never);
    ears.close();
    const told = { name: follower.person.name, unread: Object.fromEntries(fresh.unread) };
    expect({
      name: follower.person.name,
      unread: Object.fromEntries(follower.replica.unread),
    }).toEqual(told);
  }
}

steps('messages are written, name people, and are read on some device', async function* (here) {
  const { anna, bob, cleo, space, general } = here;
  const ack = (who: typeof anna, message: any) =>
    who.does('POST', `/channels/${message.channel_id}/ack`, { message_id: message.id });
  await sameUnread(here);
  const first = await anna.says(general, 'hello');
  await sameUnread(here);
  const second = await anna.says(general, `hello <@${bob.id}>`);
  await anna.says(general, 'hello @everyone');
  await sameUnread(here);
  yield;
  await ack(bob, first);
  await sameUnread(here);
  await bob.says(general, 'an answer, though not all was read');
  await sameUnread(here);
  await ack(bob, second);
  await ack(cleo, first);
  await sameUnread(here);
  yield;
  const thread = await cleo.says(general, 'in the thread', { thread_id: first.id });
  await cleo.does('POST', `/channels/${general.id}/ack`, { message_id: thread.id });
  await sameUnread(here);
  const role = (await rolesOf(anna, space)).find(({ name }) => name === 'Moderator');
  await anna.does('PATCH', `/spaces/${space.id}/roles/${role?.id}`, { mentionable: true });
  const last = await anna.says(general, `to <@&${role?.id}>`);
  await sameUnread(here);
  yield;
  await ack(bob, last);
  await ack(cleo, last);
  await ack(anna, last);
  await sameUnread(here);
  const other = await anna.does('POST', `/spaces/${space.id}/channels`, { name: 'other' });
  await bob.says(other, 'the first here');
  await sameUnread(here);
  yield;
  await anna.does('DELETE', `/channels/${other.id}`);
  await sameUnread(here);
});

steps('what is unread is edited and deleted', async function* (here) {
  const { anna, bob, cleo, general } = here;
  const path = `/channels/${general.id}`;
  const [one, two] = [
    await anna.says(general, `one for <@${bob.id}>`),
    await anna.says(general, `two for <@${bob.id}>`),
  ];
  const three = await cleo.says(general, 'three');
  await sameUnread(here);
  yield;
  await anna.does('PATCH', `${path}/messages/${one.id}`, { content: 'one for nobody' });
  await sameUnread(here);
  await anna.does('DELETE', `${path}/messages/${two.id}`);
  await sameUnread(here);
  await bob.says(general, 'an answer');
  await anna.does('DELETE', `${path}/messages/${three.id}`);
  await sameUnread(here);
  yield;
  await anna.does('POST', `${path}/ack`, { message_id: three.id });
  await anna.does('DELETE', `${path}/messages/${one.id}`);
  await sameUnread(here);
});

steps('people write to each other, and read it', async function* (here) {
  const { anna, bob } = here;
  const dm = await anna.does('POST', '/users/@me/channels', { recipients: [bob.id] });
  const first = await anna.says(dm, 'just for you');
  await sameUnread(here);
  yield;
  await bob.says(dm, 'thanks');
  await anna.says(dm, 'and more');
  await sameUnread(here);
  await bob.does('POST', `/channels/${dm.id}/ack`, { message_id: first.id });
  await sameUnread(here);
});

steps('channels and categories are muted, moved and heard again', async function* (here) {
  const { anna, bob, space, general } = here;
  const path = `/spaces/${space.id}/channels`;
  const category = await anna.does('POST', path, { name: 'group', type: 'category' });
  const [one, two] = [
    await anna.does('POST', path, { name: 'one', parent_id: category.id }),
    await anna.does('POST', path, { name: 'two' }),
  ];
  await bob.does('PUT', `/channels/${general.id}/mute`);
  yield;
  await bob.does('PUT', `/channels/${category.id}/mute`);
  yield;
  await anna.does('PATCH', `/channels/${two.id}`, { parent_id: category.id });
  yield;
  await anna.does('PATCH', `/channels/${one.id}`, { parent_id: null });
  await bob.does('DELETE', `/channels/${general.id}/mute`);
  yield;
  await anna.does('DELETE', `/channels/${two.id}`);
  yield;
  await bob.does('DELETE', `/channels/${category.id}/mute`);
});

steps(
  'what was muted and written while a channel was hidden is known when it shows again',
  async function* (here) {
    const { anna, bob, cleo, space, general } = here;
    const path = `/spaces/${space.id}/channels`;
    const category = await anna.does('POST', path, { name: 'group', type: 'category' });
    const inside = await anna.does('POST', path, { name: 'inside', parent_id: category.id });
    await bob.does('PUT', `/channels/${general.id}/mute`);
    await bob.does('PUT', `/channels/${category.id}/mute`);
    await anna.says(general, 'before');
    yield;
    const first = await anna.says(general, `for <@${bob.id}>`);
    await deny(here, general, 'view_channel');
    await anna.says(general, `secretly for <@${bob.id}>`);
    await anna.says(general, `and for <@${cleo.id}>`);
    yield;
    // A category that is hidden mutes nothing: nobody could tell why.
    await deny(here, category, 'view_channel');
    await anna.says(inside, 'in the category');
    yield;
    const shown = async (channel: any) =>
      anna.does('DELETE', `/channels/${channel.id}/permissions/${(await everyoneOf(here)).id}`);
    await shown(general);
    await sameUnread(here);
    await shown(category);
    yield;
    // Of what is new, not all was heard here: it stays unread when that is deleted.
    const heard = await cleo.says(general, 'heard');
    await anna.does('DELETE', `/channels/${general.id}/messages/${heard.id}`);
    yield;
    await bob.does('POST', `/channels/${general.id}/ack`, { message_id: first.id });
    yield;
    await bob.does('DELETE', `/spaces/${space.id}/members/@me`);
    await anna.says(general, 'while he was away');
    yield;
    await bob.joins(space);
    await anna.says(general, 'after he came back');
  },
);

steps(
  'a channel shows again to many at once, and many channels to somebody',
  async function* (here) {
    const { anna, bob, space } = here;
    const path = `/spaces/${space.id}/channels`;
    const category = await anna.does('POST', path, { name: 'group', type: 'category' });
    await deny(here, category, 'view_channel');
    const channels: any[] = [];
    for (let n = 0; n < 40; n += 1) {
      const channel = await anna.does('POST', path, { name: `c${n}`, parent_id: category.id });
      await deny(here, channel, 'view_channel');
      await anna.says(channel, `<@${bob.id}>`);
      channels.push(channel);
    }
    yield;
    const role = await anna.does('POST', `/spaces/${space.id}/roles`, { name: 'guide' });
    for (const { id } of [category, ...channels]) {
      const rule = { type: 'role', allow: ['view_channel'], deny: [] };
      await anna.does('PUT', `/channels/${id}/permissions/${role.id}`, rule);
    }
    yield;
    await anna.does('PUT', `/spaces/${space.id}/members/${bob.id}/roles/${role.id}`);
    const first = here.followers.find(({ person }) => person === bob);
    while ([...(first?.replica.unread.values() ?? [])].length < channels.length)
      await first?.follow();
    await sameUnread(here);
  },
);

steps('a group is muted, left and joined again, and a closed window opens', async function* (here) {
  const { anna, bob, cleo } = here;
  const group = await anna.does('POST', '/users/@me/channels', { recipients: [bob.id, cleo.id] });
  await bob.does('PUT', `/channels/${group.id}/mute`);
  yield;
  await bob.does('DELETE', `/channels/${group.id}`);
  yield;
  await anna.does('PUT', `/channels/${group.id}/recipients/${bob.id}`);
  yield;
  const pair = await anna.does('POST', '/users/@me/channels', { recipients: [bob.id] });
  await bob.does('PUT', `/channels/${pair.id}/mute`);
  await anna.says(pair, 'one');
  await anna.says(pair, 'two');
  yield;
  await bob.does('DELETE', `/channels/${pair.id}`);
  yield;
  await bob.does('POST', '/users/@me/channels', { recipients: [anna.id] });
  await sameUnread(here);
  yield;
  await bob.does('DELETE', `/channels/${pair.id}`);
  yield;
  await anna.says(pair, 'three');
  await sameUnread(here);
});

steps(
  'people come into voice, are muted, move and leave',
  async function* (here) {
    const { anna, bob, cleo, space } = here;
    const [hall, attic] = [await voiceChannel(here), await voiceChannel(here, { name: 'attic' })];
    const joins = (who: typeof anna, channel: any, flags = {}) =>
      who.does('POST', `/channels/${channel.id}/voice/join`, flags);
    await joins(bob, hall);
    await joins(cleo, hall, { self_mute: true });
    yield;
    await anna.does('PATCH', `/spaces/${space.id}/members/${bob.id}`, { mute: true });
    await joins(cleo, attic);
    yield;
    await empower({ ...here, owner: anna }, bob, 'move_members');
    await bob.does('DELETE', `/channels/${hall.id}/voice/leave`);
    yield;
    await anna.does('DELETE', `/channels/${attic.id}`);
    yield;
    await joins(cleo, hall);
    await anna.does('DELETE', `/spaces/${space.id}/members/${cleo.id}`);
  },
  voiceWithoutCalls,
);
