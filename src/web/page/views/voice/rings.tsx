// The calls that ring: who calls, and whether one takes it. Focus stays where somebody is writing.
import { useEffect } from 'preact/hooks';
import { mayBeLoud } from '../../../../client/notices.ts';
import type { Ringing } from '../../../../client/shelves.ts';
import { go, linkTo } from '../../store/address.ts';
import { accept, decline } from '../../store/calls.ts';
import { incoming } from '../../store/voice-shown.ts';
import { seen } from '../../store/live.ts';
import { channelName, nameOf } from '../../store/names.ts';
import { show } from '../../store/notices.ts';
import { ring } from '../../store/voice-tone.ts';
import rings from '../../styles/rings.css' with { type: 'text' };
import { say } from '../../words/say.ts';
import { Face } from '../face.tsx';
import { Icon } from '../icon.tsx';
import { wear } from '../wear.ts';

wear(rings);

/** Whether it may make a noise: otherwise it is shown alone. */
function isLoud({ channel_id, caller_id }: Ringing): boolean {
  const state = seen('presences', 'mutes', 'user', 'relations');
  return state !== null && mayBeLoud(state, channel_id, caller_id);
}

export function Rings() {
  const rings = incoming();
  const isHeard = rings.some(isLoud);
  useEffect(() => (isHeard ? ring('incoming') : undefined), [isHeard]);
  return (
    <div class="rings">
      {rings.map((one) => (
        <Ring key={one.channel_id} ring={one} />
      ))}
    </div>
  );
}

/** Tells of a call outside the page, where nobody looks at it and that is wanted. */
function useNotice(one: Ringing, text: string): void {
  const { channel_id } = one;
  const isWanted = isLoud(one);
  useEffect(() => {
    if (!isWanted) return;
    const options = { tag: `accord call ${channel_id}`, requireInteraction: true };
    const notice = show(text, options, () => go(linkTo.channel(channel_id)));
    return () => notice?.close();
  }, [isWanted]);
}

function Ring({ ring: one }: { ring: Ringing }) {
  const { channel_id, caller_id } = one;
  const channel = seen('conversations')?.channel(channel_id);
  const name = nameOf(caller_id);
  const isGroup = channel?.type === 'group_dm';
  const text = isGroup
    ? say('call_from_in', { name, channel: channelName(channel) })
    : say('call_from', { name });
  useNotice(one, text);
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
