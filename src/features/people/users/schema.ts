// The wire shapes of accounts.
import { z } from 'zod';
import { bounded, clearable, DataUri, Id, limit, Long, name, text, Time } from '../../shapes.ts';
import { longerThan } from '../../../lib/text.ts';

export const PublicUser = z
  .object({
    id: Id,
    username: z.string(),
    display_name: z.string().nullable(),
    avatar: z.string().nullable(),
    banner: z.string().nullable(),
    accent_color: Long.nullable(),
    bio: z.string().nullable(),
    bot: z.boolean(),
    system: z.boolean(),
    public_flags: z.int(),
    created_at: Time,
  })
  .meta({ id: 'PublicUser', description: 'An account as others see it.' });
export type PublicUser = z.output<typeof PublicUser>;

const DmPolicy = z
  .enum(['everyone', 'spaces', 'friends'])
  .describe(
    'who may open a conversation with the account or add it to a group; `spaces`: who shares one, and friends',
  );

const ownFields = {
  is_admin: z.boolean(),
  mfa_enabled: z.boolean(),
  disabled: z.boolean(),
  flags: z.int(),
  dm_policy: DmPolicy,
};

export const User = PublicUser.extend(ownFields).meta({
  id: 'User',
  description: 'An account as its owner sees it.',
});
export type User = z.output<typeof User>;

/** One shape for both, since a list of both would leave generated clients to guess. */
export const KnownUser = PublicUser.extend(z.object(ownFields).partial().shape).meta({
  id: 'KnownUser',
  description: 'An account; to its owner with its private fields.',
});

export const GuestUser = z
  .object({
    id: z.string().meta({ pattern: '^guest:[0-9a-f]{16}$' }),
    username: z.string(),
    display_name: z.string(),
    avatar: z.null(),
    bot: z.literal(false),
    system: z.literal(false),
    is_guest: z.literal(true),
    created_at: Time,
  })
  .meta({ id: 'GuestUser', description: 'What a guest is told of itself: there is no account.' });
export type GuestUser = z.output<typeof GuestUser>;

const usernamePattern = /^[a-z0-9_]([a-z0-9_.]*[a-z0-9_])?$/;

/** Lower-case letters, digits, `_` and `.` (not at the ends); surrounding blanks are cut off. */
export const Username = bounded(96, longerThan(32))
  .transform((given) => given.trim())
  .pipe(
    z
      .string()
      .min(1)
      .max(32, { abort: true })
      .regex(usernamePattern, 'may have a to z, 0 to 9, _ and . only, and no dot at its ends'),
  )
  .meta({ minLength: 1, maxLength: 32, pattern: usernamePattern.source });

/** How deleted accounts are shown, and how their user names begin. */
export const deletedAccount = 'Deleted Account';

export const reservedName = 'is reserved; choose another name';

/** Names that others take for the server, for those who run it, or for everybody. */
const reserved = new Set([
  'accord',
  'admin',
  'administrator',
  'channel',
  'everyone',
  'here',
  'moderator',
  'support',
  'system',
]);

/** Tells whether nobody may take the name; accounts that have it keep it. */
export const isReserved = (username: string) => reserved.has(username);

/** The user name of a new account. */
export const NewUsername = Username.refine((name) => !isReserved(name), reservedName);

export const DisplayName = name(32, 0);

export const UserPatch = z
  .object({
    username: Username.nullable(),
    display_name: clearable(DisplayName),
    bio: clearable(text(2000)),
    accent_color: z.int().nullable(),
    avatar: DataUri.nullable().describe('a data URI; "" or null removes it'),
    banner: DataUri.nullable().describe('a data URI; "" or null removes it'),
    dm_policy: DmPolicy,
  })
  .partial()
  .meta({ id: 'UserPatch' });
export type UserPatch = z.output<typeof UserPatch>;

export const PeopleQuery = z.object({
  query: bounded(128)
    .transform((given) => given.trim())
    .refine((given) => given !== '', 'must not be blank')
    .meta({ minLength: 1 })
    .describe('the beginning of a username or display name, or a whole username'),
  limit: limit(25, 100),
});

/** An account elsewhere, with only the fields that clients read. */
export const Connection = z.object({ id: z.string(), type: z.string(), name: z.string() });
