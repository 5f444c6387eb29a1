// Where voice is shown in the rest of the client; what is shown there is loaded when there is something.
import { useEffect } from 'preact/hooks';
import type { Channel } from '../../../../client/wire.ts';
import { nameOf } from '../../store/names.ts';
import {
  askForVoice,
  hasVoice,
  incoming,
  insidersOf,
  note,
  speakers,
  stay,
} from '../../store/voice-shown.ts';
import { say } from '../../words/say.ts';
import { Face } from '../face.tsx';
import { IconButton } from '../icon.tsx';
import { later } from '../later.tsx';
import { Flags } from './flags.tsx';

const LateBar = later(async () => (await import('./bar.tsx')).Bar, 'quietly');
const LateRings = later(async () => (await import('./rings.tsx')).Rings, 'quietly');
const LateStage = later(async () => (await import('./stage.tsx')).Stage, 'quietly');

/** Where one is in voice, with the buttons for it, whatever channel is open. */
export function VoiceBar() {
  return (
    <>
      {stay.value !== null && <LateBar />}
      <p class="voice-note" role="status">
        {note.value !== null && <span>{note.value}</span>}
      </p>
    </>
  );
}

/** The calls that ring. */
export function VoiceRings() {
  return incoming().length > 0 ? <LateRings /> : null;
}

/** Who is in the voice of the channel that is open. */
export function VoiceStage({ channel }: { channel: Channel }) {
  const { id, type, space_id } = channel;
  const isShown = type === 'voice' || (space_id === null && insidersOf(id).length > 0);
  return isShown ? <LateStage channel={channel} /> : null;
}

const call = async (id: string) => (await import('../../store/calls.ts')).call(id);

/** Calls the people of a conversation. */
export function CallButton({ channel: { id, space_id } }: { channel: Channel }) {
  useEffect(() => {
    if (space_id === null) askForVoice();
  }, [space_id]);
  const isInside = stay.value?.channel_id === id;
  if (space_id !== null || hasVoice.value !== true || isInside) return null;
  const label = say(insidersOf(id).length > 0 ? 'call_join' : 'call_start');
  return <IconButton of="call" label={label} onClick={() => void call(id)} />;
}

/** Who is in a voice channel, below its name. */
export function Insiders({ channel: { id, type, space_id } }: { channel: Channel }) {
  const inside = type === 'voice' ? insidersOf(id) : [];
  if (inside.length === 0) return null;
  return (
    <ul class="insiders">
      {inside.map(({ user_id, self_mute, mute, self_deaf, deaf }) => (
        <li key={user_id} class={speakers.value.has(user_id) ? 'speaks' : ''}>
          <Face id={user_id} space_id={space_id} />
          <span class="name">{nameOf(user_id, space_id)}</span>
          <Flags isMuted={self_mute || mute} isDeaf={self_deaf || deaf} />
        </li>
      ))}
    </ul>
  );
}
