// Turns rows of relationships into their wire shape.
import type { App } from '../../../app.ts';
import { time } from '../../shapes.ts';
import { findUsers, type UserRow } from '../users/queries.ts';
import type { OwnRelation } from './queries.ts';
import { kind, type Relationship } from './schema.ts';
import { shownTo } from './shown.ts';

/** Returns one side as its owner sees it; `user` is the other account. */
export function relationView(app: App, { type, since }: OwnRelation, user: UserRow): Relationship {
  const { id, username, display_name, avatar } = user;
  return {
    id,
    user: {
      id,
      username,
      // Clients of old take a text only.
      display_name: display_name ?? username,
      avatar,
      ...(type === kind.friend && shownTo(app, id)),
    },
    type,
    since: time(since),
  };
}

/** Returns rows of one account (at most 1,000) as it sees them. */
export function relationViews(app: App, rows: readonly OwnRelation[]): Relationship[] {
  const others = findUsers(
    app.db,
    rows.map(({ target_id }) => target_id),
  );
  const byId = new Map(others.map((user) => [user.id, user]));
  return rows.flatMap((row) => {
    const user = byId.get(row.target_id);
    return user === undefined ? [] : [relationView(app, row, user)];
  });
}
