// Writes audit log entries, in the turn of the action that they record.
import type { Turn } from '../../../app.ts';
import type { AnyChannel } from '../../../access/evaluate.ts';
import type { ClassScope } from '../../../events/audience.ts';
import { timeBeside } from '../../../lib/snowflake.ts';
import { auditsOf } from '../../feature.ts';
import { entryRecorded } from './events.ts';
import { insertEntries, type EntryRow } from './queries.ts';
import type { Changes, TargetType } from './schema.ts';
import { entryView } from './view.ts';

/** The actor and the space, as access rules grant them. */
interface By {
  actor: { readonly id: string };
  space: { readonly id: string };
}

export interface Deed {
  /** One of the action types that features declare. */
  action: string;
  target?: { type: TargetType; id: string | null };
  /** Without one, that of the header `X-Audit-Log-Reason`. */
  reason?: string | null;
  changes?: Changes;
  /** The channel of the entry: only its viewers may read the entry. */
  channel?: (ClassScope & { id: string }) | null;
}

/** Writes an entry and tells those who may read it. Callers skip actions that changed nothing. */
export function record(turn: Turn, by: By, deed: Deed): void {
  recordAll(turn, by, [deed]);
}

/** Writes an entry for each of the deeds of one action, in one statement, and tells each of them. */
export function recordAll(turn: Turn, { actor, space }: By, deeds: readonly Deed[]): void {
  const rows = deeds.map(({ action, target, reason, changes, channel }): EntryRow => {
    if (turn.app.strict && !auditsOf(turn.app).includes(action)) {
      throw new Error(`no feature declares "${action}"`);
    }
    const id = turn.id();
    return {
      id,
      space_id: space.id,
      user_id: actor.id,
      action_type: action,
      target_type: target?.type ?? null,
      target_id: target?.id ?? null,
      reason: reason ?? turn.reasonOf(actor.id),
      changes: changes ?? null,
      channel_id: channel?.id ?? null,
      made_at: timeBeside(id, turn.app.clock.now()),
    };
  });
  insertEntries(turn.tx, rows);
  for (const [index, row] of rows.entries()) {
    const channel = deeds[index]?.channel ?? null;
    const to = { space_id: space.id, permission: 'view_audit_log', channel } as const;
    turn.tell(entryRecorded, to, entryView(row));
  }
}

/** Writes an entry for an action in a channel; conversations have no audit log. */
export function recordIn(
  turn: Turn,
  { actor, channel }: Pick<By, 'actor'> & { channel: AnyChannel },
  deed: Omit<Deed, 'channel'>,
): void {
  if (channel.space_id === null) return;
  record(turn, { actor, space: { id: channel.space_id } }, { ...deed, channel });
}
