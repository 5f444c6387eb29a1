// Founds, changes and deletes spaces.
import type { Turn } from '../../../app.ts';
import type { SpaceAccess } from '../../../access/evaluate.ts';
import type { SpaceGrant } from '../../../access/rules.ts';
import type { Db } from '../../../db/open.ts';
import { ApiError, noSuch } from '../../../errors.ts';
import { nobody } from '../../../events/event.ts';
import { record } from '../audit-log/actions.ts';
import { differences } from '../../../lib/differences.ts';
import { removeImage, swapImages, type ImageChange } from '../../base/files/images.ts';
import { readSettings } from '../../base/settings/queries.ts';
import { spaceDeleted, spaceFounded, spaceRestyled, spaceUpdated } from './events.ts';
import {
  countSpaces,
  findSpace,
  hideSpace,
  insertSpace,
  updateSpace,
  type SpaceRow,
} from './queries.ts';
import type { NewSpace, SpacePatch } from './schema.ts';
import { freeSlug, slugFrom } from './slug.ts';
import { spaceView } from './view.ts';

/** Returns the space; throws 404 if there is none. */
export function knownSpace({ tx }: { tx: Db }, id: string): SpaceRow {
  const row = findSpace(tx, id);
  if (row === undefined) throw noSuch('space');
  return row;
}

/** Refuses another space if the server has `max_spaces`; 0 means no limit. */
export function refuseTooMany(turn: Turn): void {
  const { max_spaces } = readSettings(turn.tx);
  if (max_spaces > 0 && countSpaces(turn.tx) >= max_spaces) {
    throw new ApiError('forbidden', `This server has at most ${max_spaces} spaces.`);
  }
}

type Founding = Pick<NewSpace, 'name' | 'slug' | 'public' | 'allow_guest_access'> & {
  description?: string | null;
  /** Given if an icon is already stored under this id. */
  id?: string;
  icon?: string | null;
};

/** Makes a space; consequences add its roles, channel and owner's membership in the same turn. */
export function foundSpace(turn: Turn, owner_id: string, wish: Founding): SpaceRow {
  const id = wish.id ?? turn.id();
  insertSpace(turn.tx, {
    id,
    name: wish.name,
    slug: freeSlug(turn.tx, wish.slug ?? slugFrom(wish.name, id)),
    description: wish.description ?? null,
    icon: wish.icon ?? null,
    owner_id,
    public: wish.public,
    allow_guest_access: wish.allow_guest_access,
    created_at: turn.now,
  });
  turn.tell(spaceFounded, nobody, { space_id: id, owner_id });
  return knownSpace(turn, id);
}

/** The fields in which a space names one of its channels. */
const namedChannels = ['afk_channel_id', 'system_channel_id', 'rules_channel_id'] as const;

/** The fields of a space that access checks read. */
const reaching: ReadonlySet<string> = new Set([
  'owner_id',
  'public',
  'allow_guest_access',
  'system_channel_id',
]);

type Change = Omit<SpacePatch, 'icon' | 'banner' | 'owner_id'> & {
  icon?: ImageChange;
  banner?: ImageChange;
};

/** Changes a space; tells it only if something changed. Images are already stored. */
export function changeSpace(
  turn: Turn,
  by: Pick<SpaceGrant, 'actor' | 'space'>,
  change: Change,
): SpaceRow {
  const { space } = by;
  const { icon, banner, ...patch } = change;
  const before = knownSpace(turn, space.id);
  for (const key of namedChannels) {
    const id = patch[key];
    if (id && !space.channels.has(id)) {
      throw new ApiError('invalid_request', `${key} must be a channel of this space.`);
    }
  }
  const slug = patch.slug === undefined ? {} : { slug: freeSlug(turn.tx, patch.slug, before.slug) };
  const images = swapImages(turn.tx, before, { icon, banner });
  updateSpace(turn.tx, space.id, { ...patch, ...slug, ...images });
  const after = knownSpace(turn, space.id);
  const changes = differences(spaceView(turn.tx, before), spaceView(turn.tx, after));
  if (changes !== null) {
    const told = Object.keys(changes).some((field) => reaching.has(field))
      ? spaceUpdated
      : spaceRestyled;
    turn.tell(told, { space_id: space.id }, spaceView(turn.tx, after));
    record(turn, by, { action: 'space_update', target: { type: 'space', id: space.id }, changes });
  }
  return after;
}

/** Clears the fields of a space that name a deleted channel. */
export function forgetChannel(turn: Turn, space_id: string, channel_id: string): void {
  const row = findSpace(turn.tx, space_id);
  const named = namedChannels.filter((key) => row?.[key] === channel_id);
  if (named.length === 0) return;
  updateSpace(turn.tx, space_id, Object.fromEntries(named.map((key) => [key, null])));
  turn.tell(spaceUpdated, { space_id }, spaceView(turn.tx, knownSpace(turn, space_id)));
}

/** Hides a space at once; its rows are cleared in later turns. */
export function deleteSpace(turn: Turn, space: SpaceAccess): void {
  const { icon, banner } = knownSpace(turn, space.id);
  for (const image of [icon, banner]) removeImage(turn.tx, image);
  turn.tell(spaceDeleted, { space_id: space.id }, { id: space.id });
  hideSpace(turn.tx, space.id, turn.now);
}
