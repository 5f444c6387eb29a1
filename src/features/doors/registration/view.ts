// Turns rows of registrations and of invites to the server into what admins see.
import { time, timeOrNull } from '../../shapes.ts';
import type { PendingRow } from '../signing-in/pending.ts';
import type { ServerInviteRow } from './queries.ts';
import type { ServerInvite, WaitingRegistration } from './schema.ts';

export function registrationView(row: PendingRow): WaitingRegistration {
  const { id, username, display_name, reason, address, invite_code } = row;
  const created_at = time(row.created_at);
  const nothing = { avatar: null, banner: null, accent_color: null, bio: null };
  const person = { bot: false, system: false, public_flags: 0, created_at };
  return {
    user: { id, username, display_name, ...nothing, ...person },
    reason,
    address,
    ...(invite_code === null ? {} : { invite_code }),
    created_at,
  };
}

export function serverInviteView(row: ServerInviteRow): ServerInvite {
  return {
    code: row.code,
    space_id: row.space_id,
    channel_id: null,
    inviter_id: row.created_by,
    max_uses: row.max_uses,
    uses: row.uses,
    max_age: row.max_age,
    temporary: false,
    note: row.note,
    skip_approval: row.skip_approval,
    created_at: time(row.created_at),
    expires_at: timeOrNull(row.expires_at),
  };
}
