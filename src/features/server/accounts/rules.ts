// The access rule of what nobody but the owner of a space does, whatever else they may do.
import { rule, spaceOwner } from '../../../access/rules.ts';
import { ApiError } from '../../../errors.ts';

/** The owner of the space alone. */
export const ownerAlone = rule(['space_id'], 'space: owner', true, (asked) => {
  const granted = spaceOwner.grant(asked);
  if (granted.actor.id !== granted.space.owner_id) {
    throw new ApiError('forbidden', 'Only the owner of the space may do this.');
  }
  return granted;
});
