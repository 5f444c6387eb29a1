// Turns ban rows into what clients see.
import { publicUser } from '../../people/users/view.ts';
import { time } from '../../shapes.ts';
import type { FullBan } from './queries.ts';
import type { Ban } from './schema.ts';

export function banView({ ban, user }: FullBan): Ban {
  const { user_id, space_id, reason, banned_by, created_at } = ban;
  return {
    user_id,
    space_id,
    reason,
    banned_by,
    created_at: time(created_at),
    user: publicUser(user),
  };
}
