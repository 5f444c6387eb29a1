// The command that asks for members of a space over the socket.
import { z } from 'zod';
import { spaceMember } from '../../../access/rules.ts';
import { command } from '../../../gateway/command.ts';
import { op } from '../../../gateway/protocol.ts';
import { chunksOf, everyMember, membersNamed, type Chunk, type Members } from './chunks.ts';
import { bounded } from '../../shapes.ts';
import type { MemberPicture } from './pictures.ts';

/** The maximum number of queued replies of a session; further commands are ignored. */
const maxWaiting = 8;

export const requestMembers = command({
  op: op.request_members,
  name: 'REQUEST_MEMBERS',
  summary: 'Ask for members of a space; answered with `member.chunk`',
  before_identify: 'ignored',
  data: z.object({
    space_id: bounded(20),
    query: bounded(64).default('').describe('the beginning of a username or nickname'),
    limit: z.int().min(0).default(0).describe('0 for all'),
  }),
  access: spaceMember,
  run({ app, session, data: { query, limit }, space: { id }, again }) {
    if (session.waiting >= maxWaiting) return;
    const members = query === '' ? everyMember(app, id) : membersNamed(app, id, query);
    const max = limit === 0 ? Number.POSITIVE_INFINITY : limit;
    session.queue(
      frames(chunksOf(app, id, first(members, max)), () => again() !== null),
      false,
    );
  },
});

function* first(members: Members, max: number): Generator<MemberPicture | null, void> {
  let left = max;
  for (const member of members) {
    yield member;
    if (member !== null) left -= 1;
    if (left === 0) return;
  }
}

/** Lets others run first, then yields frames of chunks while the account may see the members. */
function* frames(
  chunks: Iterable<Chunk | null>,
  sees: () => boolean,
): Generator<string | null, void> {
  yield null;
  for (const chunk of chunks) {
    if (!sees()) return;
    yield chunk?.frame ?? null;
  }
}
