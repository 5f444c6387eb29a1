// Tells who has muted a category that channels come into it, or leave it: a slice in each turn.
import { channelPermissions, has, type ChannelAccess } from '../../../access/evaluate.ts';
import { adminsAmong } from '../../../access/hearing.ts';
import { channelOf, memberAccess, spaceAccess } from '../../../access/load.ts';
import type { Turn } from '../../../app.ts';
import { mutesCame, mutesWent } from './events.ts';
import { findMute, mutersOfOne } from './queries.ts';

/** So many are told; others learn it by READY. */
const maxTold = 1_000;
/** So many in one turn. */
const slice = 100;

interface Rehomed {
  readonly ids: readonly string[];
  readonly from: string | null;
  readonly to: string | null;
}

interface Slice {
  readonly channel_id: string;
  readonly user_ids: readonly string[];
}

/** Tells them: the first slice in this turn, the others in later ones, which a stop may take away. */
export function rehome(turn: Turn, { ids, from, to }: Rehomed): void {
  const { app, tx } = turn;
  const muters = mutersOfOne(tx, from, to, maxTold);
  const [first, ...later] = ids.flatMap((id) => slicesOf(id, muters));
  if (first === undefined) return;
  tellSlice(turn, first);
  if (later.length > 0) turn.afterwards(() => void tellLater(later));

  async function tellLater(slices: readonly Slice[]): Promise<void> {
    try {
      for (const one of slices) await app.write((then) => tellSlice(then, one));
    } catch (error) {
      app.log.warn({ err: error }, 'some were not told what a category mutes; READY tells them');
    }
  }
}

function slicesOf(channel_id: string, muters: readonly string[]): Slice[] {
  return Array.from({ length: Math.ceil(muters.length / slice) }, (_, n) => ({
    channel_id,
    user_ids: muters.slice(n * slice, (n + 1) * slice),
  }));
}

function tellSlice(turn: Turn, { channel_id, user_ids }: Slice): void {
  const { app, tx } = turn;
  const channel = channelOf(app, channel_id);
  if (channel === null || channel.space_id === null) return;
  const { parent_id } = channel;
  const isMutedIn = (id: string, muted_id: string) => findMute(tx, id, muted_id) !== null;
  // What is muted by itself stays so.
  const concerned = viewersAmong(turn, channel, user_ids).filter(
    (id) => !isMutedIn(id, channel_id),
  );
  const { came = [], went = [] } = Object.groupBy(concerned, (id) =>
    parent_id !== null && isMutedIn(id, parent_id) ? 'came' : 'went',
  );
  if (came.length > 0) turn.tell(mutesCame, { user_ids: came }, { channel_id });
  if (went.length > 0) turn.tell(mutesWent, { user_ids: went }, { channel_id });
}

/** Returns those who may view a channel of a space. */
function viewersAmong(
  { app, tx }: Turn,
  channel: ChannelAccess,
  user_ids: readonly string[],
): string[] {
  const space = spaceAccess(app, channel.space_id);
  if (space === null) return [];
  const admins = adminsAmong(tx, user_ids);
  return user_ids.filter((id) => {
    const member = memberAccess(app, space.id, id);
    const reader = { id, is_admin: admins.has(id) };
    return has(channelPermissions(space, channel, member, reader), 'view_channel');
  });
}
