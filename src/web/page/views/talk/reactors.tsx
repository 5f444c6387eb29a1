// Who has reacted to a message, and with what.
import { useEffect, useState } from 'preact/hooks';
import { emojiText, type KnownMessage } from '../../../../client/reactions.ts';
import { nameOf } from '../../store/names.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { reasonOf } from '../form.ts';
import { Dialog } from './dialog.tsx';
import { EmojiSign } from './emoji.tsx';

export interface ReactorsProps {
  message: KnownMessage;
}

export function Reactors({ message }: ReactorsProps) {
  return (
    <Dialog label={say('who_reacted')} kind="pane" hasHead>
      {message.reactions?.map((one) => (
        <People key={emojiText(one)} message={message} emoji={emojiText(one)} count={one.count} />
      ))}
    </Dialog>
  );
}

interface PeopleProps extends ReactorsProps {
  emoji: string;
  count: number;
}

function People({ message, emoji, count }: PeopleProps) {
  const { channel_id, id: message_id, space_id } = message;
  const [ids, setIds] = useState<readonly string[]>([]);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    const key = 'GET /channels/:channel_id/messages/:message_id/reactions/:emoji';
    rest.call(key, { channel_id, message_id, emoji }).then(
      (found) => setIds(found.map((one) => (typeof one === 'string' ? one : one.id))),
      (error: unknown) => setProblem(reasonOf(error)),
    );
  }, [emoji]);
  const more = count - ids.length;
  return (
    <section>
      <h3>
        <EmojiSign emoji={emoji} /> {count}
      </h3>
      <p>{ids.map((id) => nameOf(id, space_id)).join(', ')}</p>
      {ids.length > 0 && more > 0 && <p class="small">{say('and_more', { count: more })}</p>}
      {problem !== '' && <p class="problem">{problem}</p>}
    </section>
  );
}
