// Turns rows of spaces into their wire shape.
import type { Db } from '../../../db/open.ts';
import { maxMembers } from '../../base/settings/queries.ts';
import { time } from '../../shapes.ts';
import type { SpaceRow } from './queries.ts';
import type { Space } from './schema.ts';

export function spaceView(db: Db, row: SpaceRow): Space {
  return {
    id: row.id,
    name: row.name,
    slug: row.slug,
    description: row.description,
    icon: row.icon,
    banner: row.banner,
    splash: null,
    owner_id: row.owner_id,
    verification_level: row.verification_level,
    default_notifications: row.default_notifications,
    explicit_content_filter: row.explicit_content_filter,
    vanity_url_code: null,
    preferred_locale: row.preferred_locale,
    afk_channel_id: row.afk_channel_id,
    afk_timeout: row.afk_timeout,
    system_channel_id: row.system_channel_id,
    rules_channel_id: row.rules_channel_id,
    nsfw_level: row.nsfw_level,
    premium_tier: 'none',
    premium_subscription_count: 0,
    public: row.public,
    allow_guest_access: row.allow_guest_access,
    max_members: maxMembers(db),
    created_at: time(row.created_at),
  };
}
