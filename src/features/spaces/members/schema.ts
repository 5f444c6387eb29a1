// The wire shapes of memberships.
import { z } from 'zod';
import { readTime } from '../../../lib/written-time.ts';
import { PublicUser } from '../../people/users/schema.ts';
import {
  agreeing,
  bounded,
  clearable,
  DataUri,
  GivenId,
  Id,
  limit,
  name,
  QueryFlag,
  Time,
} from '../../shapes.ts';

export const Member = z
  .object({
    user_id: Id,
    space_id: Id,
    nickname: z.string().nullable(),
    avatar: z.string().nullable(),
    roles: z.array(Id).describe('without @everyone'),
    joined_at: Time,
    premium_since: z.null(),
    deaf: z.boolean(),
    mute: z.boolean(),
    pending: z.boolean(),
    timed_out_until: Time.nullable(),
    permissions: z.null(),
    user: PublicUser.optional(),
  })
  .meta({ id: 'Member' });
export type Member = z.output<typeof Member>;

const Nickname = clearable(name(32, 0));

/** RFC 3339, also with a space, to Unix milliseconds; "" and null end a timeout and become null. */
const Until = bounded(40, 'is not an RFC 3339 time')
  .nullable()
  .transform((given, context) => {
    if (given === null || given === '') return null;
    const at_ms = readTime(given);
    if (at_ms !== null) return at_ms;
    context.addIssue('is not an RFC 3339 time');
    return z.NEVER;
  })
  .meta({ format: 'date-time' });

const MemberFields = z
  .object({
    nickname: Nickname,
    nick: Nickname.meta({ deprecated: true, description: 'the same as `nickname`' }),
    avatar: DataUri.nullable().describe('a data URI; "" or null removes it'),
    roles: z.array(GivenId).max(250),
    mute: z.boolean(),
    deaf: z.boolean(),
    communication_disabled_until: Until,
    timed_out_until: Until.meta({
      deprecated: true,
      description: 'the same as `communication_disabled_until`',
    }),
  })
  .partial();

const untilNames = ['communication_disabled_until', 'timed_out_until'] as const;

export const MemberPatch = MemberFields.superRefine(agreeing('nickname', 'nick'))
  .superRefine((patch, context) => {
    if (untilNames.some((key) => patch[key] === undefined)) return;
    // A wrong shape: whichever of the two won, the other would be ignored.
    const message = `is one thing with two names: send one of ${untilNames.join(' and ')}`;
    context.addIssue({
      code: 'unrecognized_keys',
      keys: [untilNames[1]],
      path: [untilNames[1]],
      message,
    });
  })
  .meta({ id: 'MemberPatch' });
export type MemberPatch = z.output<typeof MemberPatch>;

/** Other fields are ignored: members cannot change their own roles or timeouts. */
export const OwnMemberPatch = MemberFields.pick({ nickname: true, nick: true, avatar: true })
  .superRefine(agreeing('nickname', 'nick'))
  .meta({
    id: 'OwnMemberPatch',
  });
export type OwnMemberPatch = z.output<typeof OwnMemberPatch>;

export const MembersQuery = z.object({
  limit: limit(50, 1000),
  after: GivenId.optional(),
  with_user: QueryFlag.optional(),
});

export const MemberSearch = z.object({
  query: bounded(128),
  limit: limit(25, 100),
  with_user: QueryFlag.optional(),
});
