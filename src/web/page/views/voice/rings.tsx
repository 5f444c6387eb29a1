// The calls that ring: who calls, and whether one takes it. Focus stays where somebody is writing.
import { useEffect } from 'preact/hooks';
import type { Ringing } from '../../../../client/shelves.ts';
import { accept, decline } from '../../store/calls.ts';
import { incoming } from '../../store/voice-shown.ts';
import { seen } from '../../store/live.ts';
import { channelName, nameOf } from '../../store/names.ts';
import { ring } from '../../store/voice-tone.ts';
import { say } from '../../words/say.ts';
import { Face } from '../face.tsx';
import { Icon } from '../icon.tsx';

export function Rings() {
  const rings = incoming();
  const state = seen('presences', 'mutes', 'user');
  const isQuiet = state?.presences.get(state.user?.id ?? '')?.status === 'dnd';
  const isHeard = !isQuiet && rings.some(({ channel_id }) => !state?.mutes.has(channel_id));
  useEffect(() => (isHeard ? ring('incoming') : undefined), [isHeard]);
  return (
    <div class="rings">
      {rings.map((one) => (
        <Ring key={one.channel_id} ring={one} />
      ))}
    </div>
  );
}

/** Tells of a call outside the page, where nobody looks at it and that is allowed. */
function useNotice(text: string): void {
  useEffect(() => {
    const isAway = document.visibilityState === 'hidden';
    if (!isAway || !('Notification' in globalThis) || Notification.permission !== 'granted') return;
    const notice = new Notification(text, { tag: 'accord-call', requireInteraction: true });
    notice.onclick = () => focus();
    return () => notice.close();
  }, []);
}

function Ring({ ring: { channel_id, caller_id } }: { ring: Ringing }) {
  const channel = seen('conversations')?.channel(channel_id);
  const name = nameOf(caller_id);
  const isGroup = channel?.type === 'group_dm';
  const text = isGroup
    ? say('call_from_in', { name, channel: channelName(channel) })
    : say('call_from', { name });
  useNotice(text);
  return (
    <section class="ring" aria-label={text}>
      <Face id={caller_id} />
      <p role="alert">{text}</p>
      <div class="buttons">
        <button type="button" class="accept" onClick={() => void accept(channel_id)}>
          <Icon of="call" /> {say('call_accept')}
        </button>
        <button type="button" class="decline" onClick={() => void decline(channel_id)}>
          <Icon of="hang" /> {say('call_decline')}
        </button>
      </div>
    </section>
  );
}
