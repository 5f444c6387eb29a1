// No leak: whatever happens, each session hears exactly what its user may, as an oracle of our own says.
import { expect, test } from 'bun:test';
import { Guest } from '../support/guest.ts';
import { readAllPrivately, readPrivately } from '../support/trial/conversations.ts';
import { Eavesdropper } from '../support/trial/eavesdropper.ts';
import { liveThrough, patience_ms } from '../support/trial/history.ts';
import {
  able,
  held,
  heldByGuests,
  heldByStrangers,
  type ModelChannel,
  type ModelSpace,
} from '../support/trial/oracle.ts';
import { search } from '../support/search.ts';
import { refusePrivateFields } from '../support/trial/heard.ts';
import { entryKey, readable } from '../support/trial/recorded.ts';
import { Trial, type Individual } from '../support/trial/trial.ts';

/** What somebody, or nobody in particular, reads over REST. */
async function read(trial: Trial, space: ModelSpace, who: Individual | null): Promise<void> {
  const isStranger = who === null || (!who.isAdmin && !space.members.has(who.id));
  const may = (channel: ModelChannel) =>
    isStranger ? heldByStrangers(space, channel) : held(space, who, channel);
  const call = (path: string) =>
    who === null ? trial.server.call('GET', path) : who.person.call('GET', path);
  const refusal = who === null && !space.isPublic ? 401 : 403;
  const channels = [...space.channels.values()];
  const entered = space.isPublic || (who !== null && held(space, who).has('view_channel'));
  const list = await call(`/spaces/${space.id}/channels`);
  const name = who?.person.name ?? 'nobody';
  expect({
    name,
    status: list.status,
    ids: list.data?.map((one: any) => one.id).toSorted(),
  }).toEqual({
    name,
    status: entered ? 200 : refusal,
    ids: entered
      ? channels
          .filter((one) => may(one).has('view_channel'))
          .map(({ id }) => id)
          .toSorted()
      : undefined,
  });
  for (const channel of channels.slice(0, 3)) {
    const reads = may(channel).has('view_channel') && may(channel).has('read_history');
    const page = await call(`/channels/${channel.id}/messages?limit=100`);
    const feed = channel.messages.filter(({ thread_id }) => thread_id === null).toReversed();
    expect({ name, status: page.status, ids: page.data?.map((one: any) => one.id) }).toEqual({
      name,
      status: reads ? 200 : refusal,
      ids: reads ? feed.slice(0, 100).map(({ id }) => id) : undefined,
    });
    refusePrivateFields(page.body, who?.id ?? null);
  }
  await readLog(trial, space, who);
}

/** Of what was done somebody reads who may, and of channels only those that one may view. */
async function readLog(trial: Trial, space: ModelSpace, who: Individual | null): Promise<void> {
  const path = `/spaces/${space.id}/audit-log?limit=100`;
  const name = who?.person.name ?? 'nobody';
  const log =
    who === null ? await trial.server.call('GET', path) : await who.person.call('GET', path);
  if (who === null || !able(space, who).has('view_audit_log')) {
    expect({ name, status: log.status }).toEqual({ name, status: who === null ? 401 : 403 });
    return;
  }
  const fresh = log.data.filter(({ id }: any) => BigInt(id) > BigInt(space.before_id));
  expect({ name, entries: fresh.map(entryKey) }).toEqual({
    name,
    entries: readable(space, who).slice(0, 100),
  });
}

/** What a guest reads of a public space. */
async function readAsGuest(trial: Trial, space: ModelSpace): Promise<void> {
  if (!space.isPublic) {
    const { status } = await trial.server.call('POST', '/auth/guest', { space_id: space.id });
    expect(status).toBe(404);
    return;
  }
  const guest = await Guest.enter(trial.server, space);
  const channels = [...space.channels.values()];
  const ids = (await guest.reads(`/spaces/${space.id}/channels`)).map(({ id }: any) => id);
  const shown = channels.filter((one) => heldByGuests(space, one).has('view_channel'));
  expect(ids.toSorted()).toEqual(shown.map(({ id }) => id).toSorted());
  for (const channel of channels) {
    const may = heldByGuests(space, channel);
    const reads = may.has('view_channel') && may.has('read_history');
    const { status, body } = await guest.call('GET', `/channels/${channel.id}/messages`);
    expect({ channel: channel.id, status }).toEqual({
      channel: channel.id,
      status: reads ? 200 : 403,
    });
    refusePrivateFields(body, null);
  }
}

const numRuns = 12;
/** In fewer histories not everything happens; `.ci/run` looks longer. */
const enough = 40;

/** What happens dozens of times in so many histories. */
const heardOften = [
  'audit_log.create',
  'a guest heard',
  'channel.create',
  'channel.create in private',
  'channel.delete in private',
  'channel.update in private',
  'message.create in private',
  'message.delete in private',
  'message.update in private',
  'channel.delete',
  'channel.update',
  'member.join',
  'member.leave',
  'member.update',
  'message.create',
  'message.delete',
  'message.update',
  'presence.update',
  'relationship.add',
  'role.create',
  'role.update',
  'space.create',
  'space.delete',
  'RESUME',
  'RESUME refused',
];

test(
  'each session hears and reads exactly what its user may',
  async () => {
    const heard = new Map<string, number>();
    await liveThrough({
      numRuns,
      most: 60,
      async begin() {
        const trial = await Trial.begin(heard);
        trial.onStep = (home, who) =>
          home.kind === 'space' ? read(trial, home, who) : readPrivately(trial, home, who);
        const [open] = trial.spaces;
        if (open) trial.eavesdropper = new Eavesdropper(trial, open);
        return trial;
      },
      async end(trial) {
        for (const space of trial.spaces) {
          for (const who of [...trial.people, null]) await read(trial, space, who);
          await readAsGuest(trial, space);
        }
        await readAllPrivately(trial);
      },
    });
    // A trial in which little happens proves little.
    const unheard = heardOften.filter((what) => !heard.has(what));
    expect(search(numRuns).numRuns >= enough ? unheard : []).toEqual([]);
  },
  patience_ms(numRuns),
);
