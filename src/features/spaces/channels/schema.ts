// The wire shapes of channels and their overwrites.
import { z } from 'zod';
import { PublicUser } from '../../people/users/schema.ts';
import { clearable, GivenId, Id, name, Permission, text, Time, whole } from '../../shapes.ts';

export const Overwrite = z
  .object({
    id: Id.describe("a role's or a user's id"),
    type: z.enum(['role', 'member']),
    allow: z.array(Permission),
    deny: z.array(Permission),
  })
  .meta({ id: 'Overwrite' });
export type Overwrite = z.output<typeof Overwrite>;

export const spaceChannelTypes = ['text', 'announcement', 'voice', 'category', 'forum'] as const;

export const Channel = z
  .object({
    id: Id,
    type: z.enum([...spaceChannelTypes, 'dm', 'group_dm']),
    space_id: Id.nullable(),
    name: z.string().describe('empty in conversations, but for groups that have one'),
    topic: z.string().nullable(),
    position: z.int(),
    parent_id: Id.nullable(),
    nsfw: z.boolean(),
    rate_limit: z.int().describe('slow mode, seconds'),
    bitrate: z.int().nullable(),
    user_limit: z.int().nullable(),
    owner_id: Id.nullable(),
    last_message_id: Id.nullable(),
    permission_overwrites: z.array(Overwrite),
    archived: z.boolean(),
    auto_archive_after: z.null(),
    allow_anonymous_read: z.boolean(),
    created_at: Time,
    recipients: z
      .array(PublicUser)
      .optional()
      .describe('conversations only: their people without the reader'),
  })
  .meta({ id: 'Channel' });
export type Channel = z.output<typeof Channel>;

/** Returns a channel without what is allowed or denied to single accounts. */
export function withoutPeople(channel: Channel): Channel {
  const ofRoles = channel.permission_overwrites.filter(({ type }) => type === 'role');
  return { ...channel, permission_overwrites: ofRoles };
}

const fields = {
  name: name(100),
  topic: clearable(text(1024)),
  parent_id: GivenId.nullable(),
  nsfw: z.boolean(),
  allow_anonymous_read: z.boolean(),
  bitrate: whole(0, 384_000).nullable(),
  user_limit: whole(0, 99).nullable(),
  rate_limit: whole(0, 21_600),
  position: whole(0, 1_000_000),
};

const Names = z
  .array(Permission)
  .max(100)
  .transform((names) => [...new Set(names)]);

const OverwriteType = z
  .enum(['role', 'member', 'user'])
  .transform((type) => (type === 'user' ? 'member' : type))
  .meta({ description: '`user` is another word for `member`.' });

export const NewOverwrite = z
  .object({ type: OverwriteType, allow: Names, deny: Names })
  .meta({ id: 'NewOverwrite' });
export type NewOverwrite = z.output<typeof NewOverwrite>;

/** An overwrite of a channel that is made or changed. */
export const GivenOverwrite = z
  .object({ id: GivenId, type: OverwriteType, allow: Names.default([]), deny: Names.default([]) })
  .meta({ id: 'GivenOverwrite' });
export type GivenOverwrite = z.output<typeof GivenOverwrite>;

/** The maximum number of overwrites of a channel. */
export const maxOverwrites = 250;

/** The last one named for a role or a member counts. */
const GivenOverwrites = z
  .array(GivenOverwrite)
  .max(maxOverwrites)
  .transform((list) => [...new Map(list.map((one) => [one.id, one])).values()])
  .optional();

export const NewChannel = z
  .object(fields)
  .partial()
  .required({ name: true })
  .extend({
    type: z.enum(spaceChannelTypes).default('text'),
    permission_overwrites: GivenOverwrites.describe(
      'needs `manage_roles`; without it a channel in a category begins with those of the category',
    ),
  })
  .meta({ id: 'NewChannel' });
export type NewChannel = z.output<typeof NewChannel>;

export const ChannelPatch = z
  .object({
    ...fields,
    type: z.enum(spaceChannelTypes),
    archived: z.boolean(),
    permission_overwrites: GivenOverwrites.describe(
      'all that the channel has from now on; what changes needs `manage_roles`',
    ),
    owner_id: GivenId.describe('of a group: 400 unless it is the owner of now'),
  })
  .partial()
  .meta({ id: 'ChannelPatch' });
/** `owner_id` is looked at before, for groups. */
export type ChannelPatch = Omit<z.output<typeof ChannelPatch>, 'owner_id'>;
