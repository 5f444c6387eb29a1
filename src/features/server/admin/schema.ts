// The wire shapes of administration.
import { z } from 'zod';
import { Password } from '../../doors/auth/schema.ts';
import { DisplayName, PublicUser, User, Username } from '../../people/users/schema.ts';
import { Space, SpacePatch } from '../../spaces/spaces/schema.ts';
import { bounded, clearable, GivenId, Id, limit, Long, Time } from '../../shapes.ts';

const Part = bounded(128);

export const FindQuery = z.object({
  after: GivenId.optional(),
  limit: limit(50, 1000),
  search: Part.optional().describe('a part of the name; case and marks do not count'),
  query: Part.optional().describe('the same as `search`'),
});
export type FindQuery = z.output<typeof FindQuery>;

export const ListedUser = PublicUser.pick({
  id: true,
  username: true,
  display_name: true,
  avatar: true,
  bot: true,
  system: true,
  created_at: true,
})
  .extend({
    is_admin: z.boolean(),
    disabled: z.boolean(),
    space_count: z.int().describe('of spaces that the account is in'),
  })
  .meta({ id: 'ListedUser', description: 'An account as instance admins see it in the list.' });
export type ListedUser = z.output<typeof ListedUser>;

export const UserDetails = User.extend({
  force_password_reset: z.boolean().describe('whether it has to set a new password first'),
  space_count: z.int(),
  owner_id: Id.nullable().describe('whose bot it is; null for people'),
}).meta({ id: 'UserDetails', description: 'An account as instance admins see it.' });

export const AdminUserPatch = z
  .object({
    is_admin: z.boolean().nullable(),
    disabled: z.boolean().nullable(),
    force_password_reset: z.boolean().nullable(),
    username: Username.nullable(),
    display_name: clearable(DisplayName),
  })
  .partial()
  .meta({ id: 'AdminUserPatch' });
export type AdminUserPatch = z.output<typeof AdminUserPatch>;

export const PasswordReset = z.object({ new_password: Password }).meta({ id: 'PasswordReset' });

export const PasswordWasReset = z
  .object({ message: z.string(), force_password_reset: z.literal(true) })
  .meta({ id: 'PasswordWasReset' });

export const ListedSpace = Space.pick({
  id: true,
  name: true,
  slug: true,
  description: true,
  icon: true,
  owner_id: true,
  public: true,
  allow_guest_access: true,
  created_at: true,
})
  .extend({ member_count: z.int() })
  .meta({ id: 'ListedSpace', description: 'A space as instance admins see it in the list.' });
export type ListedSpace = z.output<typeof ListedSpace>;

const { name, description, public: open, allow_guest_access } = SpacePatch.shape;

export const AdminSpacePatch = z
  .object({
    name: name.nullable(),
    description,
    owner_id: GivenId.nullish().describe('who owns it from now on, and joins it first if need be'),
    public: open.nullable(),
    allow_guest_access: allow_guest_access.nullable(),
  })
  .meta({ id: 'AdminSpacePatch' });
export type AdminSpacePatch = z.output<typeof AdminSpacePatch>;

export const Stats = z
  .object({
    accounts: z.int().describe('of people, without disabled ones'),
    accounts_active_7d: z.int().describe('of people who signed in or came by in 7 days'),
    spaces: z.int(),
    channels: z.int().describe('in spaces'),
    messages: z.int().describe('in spaces'),
    messages_24h: z.int().describe('in spaces'),
    attachments: z.int(),
    storage_bytes: Long.describe('of attachments'),
    database_bytes: Long.describe('without the log beside the database'),
    log: z
      .object({
        events: z.int(),
        bytes: Long.describe('as counted once a minute'),
        oldest_at: Time.nullable().describe('null: there is no event'),
      })
      .describe('the events that RESUME replays'),
    sessions: z.object({
      live: z.int().describe('with a socket'),
      held: z.int().describe('that lost their socket a moment ago'),
    }),
    voice: z.object({ states: z.int().describe('of people in voice') }),
    requests_per_minute: z.int().describe('in the last 60 seconds'),
    uptime_s: z.int(),
    version: z.string(),
  })
  .meta({ id: 'Stats', description: 'Kinds of rows are counted up to 1,000,000.' });
export type Stats = z.output<typeof Stats>;

const storageCursor = /^([0-9]{1,19})(?:\.([0-9]{1,16}))?$/;

export const StorageQuery = z.object({
  by: z.enum(['account', 'space']).default('account'),
  limit: limit(50, 1000),
  after: bounded(40, 'is no cursor')
    .regex(storageCursor, 'is no cursor')
    .optional()
    .describe('`cursor.after` of the page before, or the id of its last entry'),
});

/** Returns the cursor behind an entry: with its size, which may be another by then. */
export const storageAfter = ({ id, bytes }: { id: string; bytes: number }) => `${id}.${bytes}`;

/** Returns the id that a cursor names, and the size that it had; null if the cursor does not say it. */
export function storageFrom(after: string): { id: string; bytes: number | null } {
  const [, id = '', bytes] = storageCursor.exec(after) ?? [];
  return { id, bytes: bytes === undefined ? null : Number(bytes) };
}

export const StorageEntry = z
  .object({
    id: Id,
    name: z.string().describe('"" if the account or space is deleted, and its files are not yet'),
    bytes: Long,
    files: z.int(),
  })
  .meta({
    id: 'StorageEntry',
    description: 'How much the attachments of an account or space take.',
  });
