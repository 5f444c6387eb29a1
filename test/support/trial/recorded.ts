// What the audit log keeps of a trial: one entry for each deed, and who may read it.
import type { Told } from './heard.ts';
import { able, held, type ModelChannel, type ModelSpace, type Somebody } from './oracle.ts';
import type { Trial } from './trial.ts';

/** An entry of the audit log of a space. */
export interface ModelEntry {
  /** As `entryKey` spells it. */
  key: string;
  /** The channel that it tells of; when it is gone, as it was at last. */
  channel: ModelChannel | null;
}

/** An entry in one word, as it comes over the wire. */
export const entryKey = ({ space_id, user_id, action_type, target_id = '' }: any): string =>
  [space_id, user_id, action_type, target_id].join(' ');

interface Where {
  trial: Trial;
  space: ModelSpace;
  /** Who did it. */
  who: Somebody;
}

/** Notes what was done; told to who may read the log and, of a channel, may view that. */
export function recorded(
  { trial, space, who }: Where,
  action: string,
  target_id: string,
  channel?: ModelChannel,
): Told {
  const entry = { space_id: space.id, user_id: who.id, action_type: action, target_id };
  const key = entryKey(entry);
  space.entries.push({ key, channel: channel ?? null });
  const { to, late } = holders(trial, space, 'view_audit_log', channel);
  return { key: `audit_log.create ${key}`, intent: 'moderation', to, late };
}

/** The members who hold a permission, and view the channel: free ones, and those under timeout. */
export function holders(
  trial: Trial,
  space: ModelSpace,
  permission: string,
  channel?: ModelChannel,
): Required<Pick<Told, 'to' | 'late'>> {
  const among = channel ? trial.viewers(space, channel) : new Set(space.members.keys());
  const having = (by: typeof able) =>
    trial.people.filter((one) => among.has(one.id) && by(space, one).has(permission));
  const to = new Set(having(able).map(({ id }) => id));
  const all = new Set(having(held).map(({ id }) => id));
  return { to, late: all.difference(to) };
}

/** The entries that somebody may read, the newest first. */
export function readable(space: ModelSpace, who: Somebody): string[] {
  const seen = space.entries.filter(
    ({ channel }) => channel === null || held(space, who, channel).has('view_channel'),
  );
  return seen.map(({ key }) => key).toReversed();
}
