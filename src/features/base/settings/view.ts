// Turns the row of settings into its wire shape.
import { timeOrNull } from '../../shapes.ts';
import type { SettingsRow } from './queries.ts';
import type { AdminSettings, PublicSettings } from './schema.ts';

/** Returns the settings that anyone may read, also before registration. */
export function publicSettings(row: SettingsRow, max_upload_per_day: number): PublicSettings {
  return {
    server_name: row.server_name,
    motd: row.motd ?? '',
    registration_policy: row.registration_policy,
    registration_approval: row.registration_approval,
    max_avatar_size: row.max_avatar_size,
    max_emoji_size: row.max_emoji_size,
    max_sound_size: row.max_sound_size,
    max_attachment_size: row.max_attachment_size,
    max_attachments_per_message: row.max_attachments_per_message,
    max_upload_per_day,
    tos_enabled: row.tos_enabled,
    tos_text: row.tos_text ?? '',
    tos_version: row.tos_version,
    tos_url: row.tos_url ?? '',
  };
}

/** Returns all settings. `max_upload_per_day`: as it is, whoever says it. */
export function adminSettings(row: SettingsRow, max_upload_per_day: number): AdminSettings {
  return {
    ...publicSettings(row, max_upload_per_day),
    max_spaces: row.max_spaces,
    max_members_per_space: row.max_members_per_space,
    public_listing: row.public_listing,
    members_may_invite: row.members_may_invite,
    login_days: row.login_days,
    updated_at: timeOrNull(row.updated_at),
  };
}
