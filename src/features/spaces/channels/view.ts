// Turns rows of channels into their wire shapes.
import type { SpaceAccess } from '../../../access/evaluate.ts';
import { accountOf, viewablePlaces, type Viewer } from '../../../access/place.ts';
import { namesOf, permissionSet } from '../../../access/permissions.ts';
import type { App } from '../../../app.ts';
import type { Db } from '../../../db/open.ts';
import { time } from '../../shapes.ts';
import {
  channelsOf,
  findChannel,
  overwritesIn,
  overwritesOf,
  type ChannelRow,
  type OverwriteRow,
} from './queries.ts';
import { withoutPeople, type Channel, type Overwrite } from './schema.ts';

export function overwriteView(row: OverwriteRow): Overwrite {
  return {
    id: row.id,
    type: row.type,
    allow: namesOf(permissionSet(row.allow)),
    deny: namesOf(permissionSet(row.deny)),
  };
}

export function channelView(row: ChannelRow, overwrites: readonly OverwriteRow[]): Channel {
  return {
    id: row.id,
    type: row.type,
    space_id: row.space_id,
    name: row.name,
    topic: row.topic,
    position: row.position,
    parent_id: row.parent_id,
    nsfw: row.nsfw,
    rate_limit: row.rate_limit,
    bitrate: row.bitrate,
    user_limit: row.user_limit,
    owner_id: row.owner_id,
    last_message_id: row.last_message_id,
    permission_overwrites: overwrites.map(overwriteView),
    archived: row.archived,
    auto_archive_after: null,
    allow_anonymous_read: row.allow_anonymous_read,
    created_at: time(row.created_at),
  };
}

/** Returns all channels of a space by position; callers filter by what a reader may view. */
export function channelViews(db: Db, space_id: string): Channel[] {
  const rules = overwritesIn(db, space_id);
  return channelsOf(db, space_id).map((row) => channelView(row, rules.get(row.id) ?? []));
}

/**
 * Returns the channels of a space that the viewer may view, by position. What is allowed or denied to
 * single accounts, some of which have left, is nothing for strangers, visitors and guests.
 */
export function viewable(app: App, space: SpaceAccess, viewer: Viewer): Channel[] {
  const places = viewablePlaces(app, viewer, space);
  const ids = new Set(places.map(({ channel }) => channel.id));
  const channels = channelViews(app.db, space.id).filter(({ id }) => ids.has(id));
  return accountOf(viewer) === null ? channels.map(withoutPeople) : channels;
}

/** Returns a channel as it is now; null if there is none. */
export function channelNow(db: Db, id: string): Channel | null {
  const row = findChannel(db, id);
  return row === undefined ? null : channelView(row, overwritesOf(db, id));
}
