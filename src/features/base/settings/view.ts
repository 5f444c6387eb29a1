// Turns the row of settings into its wire shape.
import type { SettingsRow } from './queries.ts';
import type { PublicSettings } from './schema.ts';

/** Returns the settings that anyone may read, also before registration. */
export function publicSettings(row: SettingsRow, max_upload_per_day: number): PublicSettings {
  return {
    server_name: row.server_name,
    motd: row.motd ?? '',
    registration_policy: row.registration_policy,
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
