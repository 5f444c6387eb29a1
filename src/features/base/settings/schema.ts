// The wire shapes of the server's settings.
import { z } from 'zod';
import { fitsWithin, longerThan, unitsOfText } from '../../../lib/text.ts';
import { isWebAddress } from '../../../lib/web-address.ts';
import { bounded, clearable, Long, name, text, Time, whole } from '../../shapes.ts';

const RegistrationPolicy = z.enum(['open', 'invite_only', 'closed']);

/** No text is ever null: the Godot client reads these before login, into typed strings. */
export const PublicSettings = z
  .object({
    server_name: z.string(),
    motd: z.string().describe('the message of the day; "" for none'),
    registration_policy: RegistrationPolicy,
    registration_approval: z.boolean().describe('whether new accounts wait for an admin'),
    max_avatar_size: Long.describe('bytes; banners and icons too'),
    max_emoji_size: Long.describe('bytes'),
    max_sound_size: Long.describe('bytes'),
    max_attachment_size: Long.describe('bytes, each file'),
    max_attachments_per_message: z.int(),
    max_upload_per_day: Long.describe(
      'bytes that an account and its bots may upload in 24 hours, deleted or not; 0 for any number',
    ),
    tos_enabled: z.boolean().describe('whether clients ask for consent to the terms'),
    tos_text: z.string().describe('the terms as Markdown; "" for none'),
    tos_version: z.int(),
    tos_url: z.string().describe('where the terms stand; "" for nowhere'),
  })
  .meta({ id: 'PublicSettings' });
export type PublicSettings = z.output<typeof PublicSettings>;

/** Here, too, no text is ever null, and no number. */
export const AdminSettings = PublicSettings.extend({
  max_spaces: Long.describe('of the whole server; 0 for any number'),
  max_members_per_space: Long.describe('0 for as many as the server can take'),
  public_listing: z.boolean().describe('whether a directory of servers may list this one'),
  members_may_invite: z
    .boolean()
    .describe('whether an invite to a space lets one register where that needs an invite'),
  login_days: z.int().describe('so many days logins are remembered with whole addresses'),
  updated_at: Time.nullable().describe('when a setting was changed last; null: never'),
}).meta({ id: 'AdminSettings' });
export type AdminSettings = z.output<typeof AdminSettings>;

const mebibyte = 1024 * 1024;
/** A whole number that may need more than 32 bits. */
const long = (least: number, max: number) => whole(least, max).meta({ format: 'int64' });

const longestAddress = 2048;

const WebAddress = bounded(unitsOfText(longestAddress), longerThan(longestAddress))
  .refine((given) => fitsWithin(given, longestAddress), longerThan(longestAddress))
  .refine((given) => given === '' || isWebAddress(given), 'is no http or https address')
  .meta({ minLength: 0, maxLength: longestAddress, pattern: '^([Hh][Tt][Tt][Pp][Ss]?://.+)?$' });

/** Images are decoded in memory; attachments go to disk as they come, and their list into one frame. */
export const SettingsPatch = z
  .object({
    server_name: name(64).nullable(),
    motd: clearable(text(1000)),
    registration_policy: RegistrationPolicy.nullable(),
    registration_approval: z.boolean().nullable(),
    members_may_invite: z.boolean().nullable(),
    max_avatar_size: whole(1, 32 * mebibyte).nullable(),
    max_emoji_size: whole(1, 32 * mebibyte).nullable(),
    max_sound_size: whole(1, 64 * mebibyte).nullable(),
    max_attachment_size: long(1, 4096 * mebibyte).nullable(),
    max_attachments_per_message: whole(1, 25).nullable(),
    max_upload_per_day: long(0, 2 ** 50)
      .nullable()
      .describe('bytes, 0 for any number; null: what the environment of the server says'),
    max_spaces: whole(0, 1_000_000_000).nullable(),
    max_members_per_space: whole(0, 1_000_000_000).nullable(),
    public_listing: z.boolean().nullable(),
    login_days: whole(1, 365).nullable(),
    tos_enabled: z.boolean().nullable(),
    tos_text: clearable(text(20_000)).describe('Markdown; "" or null removes it'),
    tos_version: whole(1, 1_000_000_000)
      .nullable()
      .describe('left out: one more whenever `tos_text` changes'),
    tos_url: clearable(WebAddress),
  })
  .partial()
  .meta({ id: 'SettingsPatch' });
export type SettingsPatch = z.output<typeof SettingsPatch>;
