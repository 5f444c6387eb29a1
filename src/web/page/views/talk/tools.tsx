// The buttons on the message that is pointed at or has the focus.
import type { KnownMessage } from '../../../../client/reactions.ts';
import type { Channel } from '../../../../client/wire.ts';
import { answering } from '../../store/answering.ts';
import { rightsOn } from '../../store/deeds.ts';
import { nameOf } from '../../store/names.ts';
import { say } from '../../words/say.ts';
import { IconButton } from '../icon.tsx';
import { openMenu, openPicker, placeOf } from './acts.tsx';

export function Tools({ message, channel }: { message: KnownMessage; channel: Channel }) {
  const may = rightsOn(message, channel);
  const name = nameOf(message.author_id, channel.space_id);
  return (
    <div class="tools">
      {may.react && (
        <IconButton
          of="emoji"
          label={say('react')}
          class="drawn extra"
          onClick={(event) => openPicker(message, placeOf(event))}
        />
      )}
      {may.answer && (
        <IconButton
          of="answer"
          label={say('answering', { name })}
          class="drawn extra"
          onClick={() => (answering.value = message)}
        />
      )}
      <IconButton
        of="more"
        label={say('message_menu')}
        aria-haspopup="dialog"
        onClick={(event) => openMenu(message, channel, placeOf(event))}
      />
    </div>
  );
}
