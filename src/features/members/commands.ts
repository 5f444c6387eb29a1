// Members over the socket: asked for by clients, in chunks that fit into frames.
import { z } from 'zod';
import { has, spacePermissions } from '../../access/evaluate.ts';
import { readerOf } from '../../access/hearing.ts';
import { memberAccess, spaceAccess } from '../../access/load.ts';
import type { App } from '../../app.ts';
import { command } from '../../gateway/command.ts';
import { op } from '../../gateway/protocol.ts';
import { chunksOf, everyMember, membersNamed, type Chunk, type Members } from './chunks.ts';
import type { FullMember } from './queries.ts';

/** Whether the account may see who is in the space. */
function seesMembers(app: App, space_id: string, user_id: string): boolean {
  const space = spaceAccess(app, space_id);
  if (space === null) return false;
  const member = memberAccess(app, space_id, user_id);
  return has(spacePermissions(space, member, readerOf(app.db, user_id)), 'view_channel');
}

/** Answers that one session may wait for; further questions are not heard. */
const mostWaiting = 8;

export const requestMembers = command({
  op: op.request_members,
  name: 'REQUEST_MEMBERS',
  summary: 'Ask for members of a space; answered with `member.chunk`',
  data: z.object({
    space_id: z.string().max(20),
    query: z.string().max(64).default('').describe('the beginning of a username or nickname'),
    limit: z.number().int().min(0).default(0).describe('0 for all'),
  }),
  run({ app, session, data: { space_id, query, limit } }) {
    const sees = () => seesMembers(app, space_id, session.user_id);
    if (session.waiting >= mostWaiting || !sees()) return;
    const members =
      query === '' ? everyMember(app, space_id) : membersNamed(app, space_id, query.toLowerCase());
    const most = limit === 0 ? Number.POSITIVE_INFINITY : limit;
    session.queue(frames(chunksOf(app, space_id, first(members, most)), sees), false);
  },
});

function* first(members: Members, most: number): Generator<FullMember | null, void> {
  let left = most;
  for (const full of members) {
    yield full;
    if (full !== null) left -= 1;
    if (left === 0) return;
  }
}

/** Stops when who asked may see the members no more. */
function* frames(
  chunks: Iterable<Chunk | null>,
  sees: () => boolean,
): Generator<string | null, void> {
  for (const chunk of chunks) {
    if (!sees()) return;
    yield chunk?.frame ?? null;
  }
}
