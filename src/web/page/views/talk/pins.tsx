// The pinned messages of a channel.
import { useEffect, useState } from 'preact/hooks';
import type { KnownMessage } from '../../../../client/reactions.ts';
import type { Channel } from '../../../../client/wire.ts';
import { rightsOn, togglePin } from '../../store/deeds.ts';
import { rest } from '../../store/session.ts';
import { say } from '../../words/say.ts';
import { reasonOf } from '../form.ts';
import { Dialog } from './dialog.tsx';
import { Found } from './found.tsx';

export interface PinsProps {
  channel: Channel;
}

export function Pins({ channel }: PinsProps) {
  const [list, setList] = useState<readonly KnownMessage[] | null>(null);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    rest.call('GET /channels/:channel_id/pins', { channel_id: channel.id }).then(
      (found) => setList(found),
      (error: unknown) => setProblem(reasonOf(error)),
    );
  }, [channel.id]);
  const unpin = async (message: KnownMessage) => {
    if (await togglePin(message)) setList((now) => now?.filter((one) => one !== message) ?? null);
  };
  const status = problem || (list === null ? say('loading') : list.length === 0 && say('no_pins'));
  return (
    <Dialog label={say('pins')} kind="pane" hasHead>
      <p role="status">{status}</p>
      <ul>
        {list?.map((message) => (
          <Found key={message.id} message={message}>
            {rightsOn(message, channel).pin && (
              <button type="button" class="link" onClick={() => void unpin(message)}>
                {say('unpin')}
              </button>
            )}
          </Found>
        ))}
      </ul>
    </Dialog>
  );
}
