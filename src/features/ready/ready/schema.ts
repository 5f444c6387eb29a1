// The wire shape of READY.
import { z } from 'zod';
import { Channel } from '../../spaces/channels/schema.ts';
import { Member } from '../../spaces/members/schema.ts';
import { Presence } from '../../live/presence/schema.ts';
import { Role } from '../../spaces/roles/schema.ts';
import { Space } from '../../spaces/spaces/schema.ts';
import { Relationship } from '../../people/relationships/schema.ts';
import { PublicUser, User } from '../../people/users/schema.ts';
import { CallRinging } from '../../live/calls/schema.ts';
import { VoiceState } from '../../live/voice/schema.ts';
import { NewLogin } from '../../doors/auth/schema.ts';
import { Unread } from '../../talk/read-states/schema.ts';
import { Id } from '../../shapes.ts';

/** The Godot client needs every list, even those that no feature fills yet. */
export const ReadyData = z
  .object({
    session_id: Id,
    user_id: z.string().describe('the id of the account, or what a guest is called'),
    user: User.nullable().describe('null for a guest'),
    spaces: z.array(Space),
    unread: z
      .array(Unread)
      .describe('a channel that is missing counts as read; what does not fit follows READY'),
    mutes: z
      .array(z.object({ channel_id: Id }))
      .describe('muted by themselves or by their category'),
    channels: z.array(Channel),
    roles: z.array(Role),
    members: z.array(Member),
    users: z.array(PublicUser),
    presences: z.array(Presence),
    voice_states: z.array(VoiceState),
    rings: z
      .array(CallRinging)
      .describe('the calls that ring in conversations, for a minute at most; none after a restart'),
    dm_channels: z.array(Channel),
    relationships: z.array(Relationship),
    is_guest: z.boolean(),
    api_version: z.literal('v1'),
    server_version: z.string(),
    motd: z.string().nullable(),
    new_login: NewLogin.optional().describe(
      'another login of the account, from an address that it had not logged in from for 30 days; told until another login than the new one reads `GET /auth/sessions`',
    ),
  })
  .meta({ id: 'Ready' });
