// Makes the owner of a new space its first member, and finds renamed accounts by their new name.
import { addRole, rolesOf } from '../roles/queries.ts';
import { knownSpace } from '../spaces/actions.ts';
import { spaceCreated, spaceFounded } from '../spaces/events.ts';
import { spaceView } from '../spaces/view.ts';
import { findUser, isGone } from '../../people/users/queries.ts';
import { consequence } from '../../../consequence.ts';
import { userUpdated } from '../../people/users/events.ts';
import { refuseInMany } from './actions.ts';
import { memberForgotten, ownerSeated } from './events.ts';
import { renameEverywhere } from './names.ts';
import { insertMember, takeSanctions } from './queries.ts';

/** The owner also gets the Admin role; the server's own account joins no space. */
export const seatOwner = consequence(spaceFounded, (turn, { space_id, owner_id }) => {
  if (findUser(turn.tx, owner_id)?.system) return;
  refuseInMany(turn, owner_id);
  insertMember(turn.tx, { space_id, user_id: owner_id, joined_at: turn.now });
  const admin = rolesOf(turn.tx, space_id).at(-1);
  if (admin !== undefined) addRole(turn.tx, space_id, owner_id, admin.id);
  turn.tell(spaceCreated, { user_ids: [owner_id] }, spaceView(turn.tx, knownSpace(turn, space_id)));
  turn.tell(ownerSeated, { user_ids: [] }, { space_id, user_id: owner_id });
});

export const findByNewName = consequence(userUpdated, (turn, { id }) => {
  const row = findUser(turn.tx, id);
  // A deleted account leaves all spaces, and is found in none of them.
  if (row !== undefined && !isGone(row)) renameEverywhere(turn, id);
});

export const forgetSanctions = consequence(memberForgotten, ({ tx }, { space_id, user_id }) => {
  takeSanctions(tx, space_id, user_id);
});
