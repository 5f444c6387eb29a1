// What instance admins do to spaces.
import { knownSpace as accessTo, type SpaceGrant } from '../../../access/rules.ts';
import type { Actor } from '../../../access/tokens.ts';
import type { Turn } from '../../../app.ts';
import { ApiError } from '../../../errors.ts';
import { differences } from '../../../lib/differences.ts';
import { recordAct } from '../../base/admin-log/actions.ts';
import { join } from '../../spaces/members/actions.ts';
import { handOver } from '../../spaces/members/owner.ts';
import { isBanned } from '../../spaces/members/queries.ts';
import { changeSpace, knownSpace } from '../../spaces/spaces/actions.ts';
import type { Space } from '../../spaces/spaces/schema.ts';
import { spaceView } from '../../spaces/spaces/view.ts';
import { knownAccount } from './actions.ts';
import type { AdminSpacePatch } from './schema.ts';

type By = Pick<SpaceGrant, 'actor' | 'space'>;

const wrong = (message: string) => new ApiError('invalid_request', `owner_id: ${message}`);

/** Gives a space to another account, which joins it first if it is no member. */
function handOverBy(turn: Turn, by: By, owner_id: string): void {
  const { id } = by.space;
  const { bot, system, disabled } = knownAccount(turn, owner_id);
  if (bot || system) throw wrong('a space belongs to a person.');
  if (disabled) throw wrong('that account is disabled.');
  if (isBanned(turn.tx, id, owner_id)) throw wrong('that account is banned from the space.');
  join(turn, id, owner_id);
  handOver(turn, by.space, owner_id, by.actor);
}

/** Changes any space; its members hear it, and both logs tell who did it. */
export function changeSpaceBy(
  turn: Turn,
  actor: Actor,
  space_id: string,
  { owner_id, name, public: open, allow_guest_access, description }: AdminSpacePatch,
): Space {
  const by = { actor, space: accessTo(turn.app, space_id) };
  const before = spaceView(turn.tx, knownSpace(turn, space_id));
  changeSpace(turn, by, {
    ...(typeof name === 'string' ? { name } : {}),
    ...(description === undefined ? {} : { description }),
    ...(typeof open === 'boolean' ? { public: open } : {}),
    ...(typeof allow_guest_access === 'boolean' ? { allow_guest_access } : {}),
  });
  if (owner_id && owner_id !== before.owner_id) handOverBy(turn, by, owner_id);
  const after = spaceView(turn.tx, knownSpace(turn, space_id));
  const changes = differences(before, after);
  const target = { type: 'space', id: space_id } as const;
  if (changes !== null) recordAct(turn, actor, { action: 'space_update', target, changes });
  return after;
}
