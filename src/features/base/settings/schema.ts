// The wire shapes of the server's settings.
import { z } from 'zod';
import { Long } from '../../shapes.ts';

/** No text is ever null: the Godot client reads these before login, into typed strings. */
export const PublicSettings = z
  .object({
    server_name: z.string(),
    motd: z.string().describe('the message of the day; "" for none'),
    registration_policy: z.enum(['open', 'invite_only', 'closed']),
    max_avatar_size: Long.describe('bytes; banners and icons too'),
    max_emoji_size: Long.describe('bytes'),
    max_sound_size: Long.describe('bytes'),
    max_attachment_size: Long.describe('bytes, each file'),
    max_attachments_per_message: z.number().int(),
    max_upload_per_day: Long.describe(
      'bytes that an account and its bots may upload in 24 hours, deleted or not; 0 for any number',
    ),
    tos_enabled: z.boolean().describe('whether clients ask for consent to the terms'),
    tos_text: z.string().describe('the terms as Markdown; "" for none'),
    tos_version: z.number().int(),
    tos_url: z.string().describe('where the terms stand; "" for nowhere'),
  })
  .meta({ id: 'PublicSettings' });
export type PublicSettings = z.output<typeof PublicSettings>;
