// What happens to the audit log: entries are written, in the turn of what they tell of.
import { isDeepStrictEqual } from 'node:util';
import type { Turn } from '../../../app.ts';
import type { AnyChannel } from '../../../access/evaluate.ts';
import type { ClassScope } from '../../../events/audience.ts';
import { auditsOf } from '../../feature.ts';
import { entryRecorded } from './events.ts';
import { insertEntry, type EntryRow } from './queries.ts';
import type { Changes, TargetType } from './schema.ts';
import { entryView } from './view.ts';

/** Who does something, and in which space; the grants of access rules say it. */
interface By {
  actor: { readonly id: string };
  space: { readonly id: string };
}

export interface Deed {
  /** One of the kinds that features declare. */
  action: string;
  target?: { type: TargetType; id: string | null };
  reason?: string | null;
  changes?: Changes;
  /** The channel that it tells of: only who may view that reads the entry. */
  channel?: (ClassScope & { id: string }) | null;
}

/** Keeps what was done, and tells those who may read the audit log. Called when something is different. */
export function record(turn: Turn, { actor, space }: By, deed: Deed): void {
  const { action, target, reason, changes, channel } = deed;
  if (turn.app.strict && !auditsOf(turn.app).includes(action)) {
    throw new Error(`no feature declares "${action}"`);
  }
  const row: EntryRow = {
    id: turn.id(),
    space_id: space.id,
    user_id: actor.id,
    action_type: action,
    target_type: target?.type ?? null,
    target_id: target?.id ?? null,
    reason: reason ?? null,
    changes: changes ?? null,
    channel_id: channel?.id ?? null,
  };
  insertEntry(turn.tx, row);
  const to = {
    space_id: space.id,
    permission: 'view_audit_log',
    channel: channel ?? null,
  } as const;
  turn.tell(entryRecorded, to, entryView(row));
}

/** Keeps what was done in a channel; of conversations nothing is kept. */
export function recordIn(
  turn: Turn,
  { actor, channel }: Pick<By, 'actor'> & { channel: AnyChannel },
  deed: Omit<Deed, 'channel'>,
): void {
  if (channel.space_id === null) return;
  record(turn, { actor, space: { id: channel.space_id } }, { ...deed, channel });
}

/** What differs between two looks at the same thing, as `{ old, new }` by field; null for nothing. */
export function differences<T extends object>(
  before: T,
  after: T,
  but: readonly (keyof T)[] = [],
): Changes | null {
  const was = new Map<string, unknown>(Object.entries(before));
  const changed = Object.entries(after).filter(
    ([field, value]) =>
      !but.includes(field as keyof T) && !isDeepStrictEqual(was.get(field), value),
  );
  if (changed.length === 0) return null;
  return Object.fromEntries(
    changed.map(([field, value]) => [field, { old: was.get(field) ?? null, new: value ?? null }]),
  );
}
