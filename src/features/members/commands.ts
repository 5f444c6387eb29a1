// Members over the socket: asked for by clients, in chunks that fit into frames.
import { z } from 'zod';
import { has, spacePermissions } from '../../access/evaluate.ts';
import { readerOf } from '../../access/hearing.ts';
import { memberAccess, spaceAccess } from '../../access/load.ts';
import type { App } from '../../app.ts';
import { eventFrame, fitsFrame } from '../../events/event.ts';
import { command } from '../../gateway/command.ts';
import { op } from '../../gateway/protocol.ts';
import { memberChunk } from './events.ts';
import { membersOf, type FullMember } from './queries.ts';
import { memberWithUser } from './view.ts';

const chunkSize = 100;

/** Whether the account may see who is in the space. */
function seesMembers(app: App, space_id: string, user_id: string): boolean {
  const space = spaceAccess(app, space_id);
  if (space === null) return false;
  const member = memberAccess(app, space_id, user_id);
  return has(spacePermissions(space, member, readerOf(app.db, user_id)), 'view_channel');
}

/** Frames of `member.chunk`; split further where members with long texts would not fit. */
export function chunkFrames(
  space_id: string,
  members: readonly FullMember[],
  index: number,
  count: number,
): string[] {
  const views = members.map(memberWithUser);
  const chunk = { space_id, members: views, chunk_index: index, chunk_count: count, not_found: [] };
  const frame = eventFrame(memberChunk.type, null, memberChunk.pick(chunk));
  if (members.length <= 1 || fitsFrame(frame)) return [frame];
  const middle = Math.ceil(members.length / 2);
  const head = chunkFrames(space_id, members.slice(0, middle), index, count + 1);
  const grown = count + head.length;
  return [...head, ...chunkFrames(space_id, members.slice(middle), index + head.length, grown)];
}

interface Wanted {
  /** Whether a member belongs into the chunks. */
  fits(member: FullMember): boolean;
  /** The most members; 0 for all. */
  limit: number;
  /** Stops when who asked may see the members no more. */
  still(): boolean;
}

/** Members of a space page by page, each page read when it is sent. `chunk_count` is known at the last. */
export function* memberFrames(app: App, space_id: string, wanted: Wanted): Generator<string, void> {
  let after = '';
  let index = 0;
  let left = wanted.limit === 0 ? Number.POSITIVE_INFINITY : wanted.limit;
  let waiting: FullMember[] = [];
  for (;;) {
    if (!wanted.still()) return;
    const page = membersOf(app.db, space_id, after, chunkSize);
    for (const member of page) {
      if (left > 0 && wanted.fits(member)) {
        waiting.push(member);
        left -= 1;
      }
    }
    const isLast = page.length < chunkSize || left === 0;
    if (waiting.length >= chunkSize || (isLast && (waiting.length > 0 || index === 0))) {
      const count = isLast ? index + 1 : index + 2;
      for (const frame of chunkFrames(space_id, waiting, index, count)) {
        index += 1;
        yield frame;
      }
      waiting = [];
    }
    if (isLast) return;
    after = page.at(-1)?.member.user_id ?? after;
  }
}

export const requestMembers = command({
  op: op.request_members,
  name: 'REQUEST_MEMBERS',
  summary: 'Ask for members of a space; answered with `member.chunk`',
  data: z.object({
    space_id: z.string().max(20),
    query: z.string().max(64).default('').describe('the beginning of a username or nickname'),
    limit: z.number().int().min(0).default(0).describe('0 for all'),
  }),
  run({ app, session, data }) {
    const { space_id, limit } = data;
    const wanted = data.query.toLowerCase();
    const still = () => seesMembers(app, space_id, session.user_id);
    if (!still()) return;
    const fits = ({ member, user }: FullMember) =>
      wanted === '' ||
      user.username.startsWith(wanted) ||
      (member.nickname ?? '').toLowerCase().startsWith(wanted);
    session.queue(memberFrames(app, space_id, { fits, limit, still }));
  },
});
