// A block between two people changes what they may do in their conversation.
import { consequence } from '../../../consequence.ts';
import { nobody } from '../../../events/event.ts';
import { blocksChanged } from '../../people/relationships/events.ts';
import { blockChanged } from './events.ts';
import { conversationOf } from './queries.ts';

export const obeyBlocks = consequence(blocksChanged, (turn, { user_id, target_id }) => {
  const id = conversationOf(turn.tx, user_id, target_id);
  if (id !== null) turn.tell(blockChanged, nobody, { id });
});
