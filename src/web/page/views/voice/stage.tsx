// Who is in the voice of a channel: faces, cameras and screens, and the button to join them.
import { useEffect, useRef } from 'preact/hooks';
import { canInChannel } from '../../../../client/permissions.ts';
import type { Channel, VoiceState } from '../../../../client/wire.ts';
import { seen } from '../../store/live.ts';
import { channelName, nameOf } from '../../store/names.ts';
import { join } from '../../store/voice.ts';
import {
  askForVoice,
  hasVoice,
  insidersOf,
  pictures,
  speakers,
  stay,
} from '../../store/voice-shown.ts';
import type { Picture } from '../../store/voice-room.ts';
import { say } from '../../words/say.ts';
import { Face } from '../face.tsx';
import { Icon, IconButton } from '../icon.tsx';
import { Flags } from './flags.tsx';
import { VolumeButton } from './volume.tsx';

export function Stage({ channel }: { channel: Channel }) {
  const { id, space_id } = channel;
  const people = insidersOf(id);
  const isInside = stay.value?.channel_id === id;
  const own_id = seen('user')?.user?.id;
  const shown = isInside ? pictures.value : [];
  const cameras = new Map(shown.filter((one) => !one.isScreen).map((one) => [one.user_id, one]));
  return (
    <section class="stage" aria-label={say('voice_in', { channel: channelName(channel) })}>
      {/* It stands first, so that it does not move away from under a finger when others come. */}
      {!isInside && <Join channel={channel} />}
      {people.length === 0 && <p class="quiet">{say('voice_nobody')}</p>}
      <ul class="tiles">
        {shown
          .filter(({ isScreen }) => isScreen)
          .map((one) => (
            <li key={one.id} class="tile screen">
              <PictureView picture={one} name={nameOf(one.user_id, space_id)} />
            </li>
          ))}
        {people.map((one) => (
          <Tile
            key={one.user_id}
            person={one}
            camera={cameras.get(one.user_id)}
            isHeard={isInside && one.user_id !== own_id}
          />
        ))}
      </ul>
    </section>
  );
}

interface Shown {
  person: VoiceState;
  camera: Picture | undefined;
  /** Whether one hears them here, and may say how loud. */
  isHeard: boolean;
}

function Tile({ person, camera, isHeard }: Shown) {
  const { user_id, space_id, self_mute, mute, self_deaf, deaf } = person;
  const name = nameOf(user_id, space_id);
  const isSpeaking = speakers.value.has(user_id);
  return (
    <li class={isSpeaking ? 'tile speaks' : 'tile'}>
      {camera === undefined ? (
        <Face id={user_id} space_id={space_id} />
      ) : (
        <PictureView picture={camera} name={name} />
      )}
      <p>
        <span class="name">{name}</span>
        {isSpeaking && (
          <span class="flag" role="img" aria-label={say('voice_speaks')}>
            <Icon of="voice" />
          </span>
        )}
        <Flags isMuted={self_mute || mute} isDeaf={self_deaf || deaf} />
      </p>
      {isHeard && <VolumeButton user_id={user_id} name={name} />}
    </li>
  );
}

function PictureView({ picture, name }: { picture: Picture; name: string }) {
  const element = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (element.current !== null) return picture.show(element.current);
  }, [picture.id]);
  const label = say(picture.isScreen ? 'voice_screen_of' : 'voice_camera_of', { name });
  return (
    <>
      <video
        ref={element}
        class={picture.isOwn && !picture.isScreen ? 'mirrored' : ''}
        aria-label={label}
        autoplay
        playsInline
        muted
      />
      <IconButton
        of="larger"
        label={say('voice_larger', { picture: label })}
        class="drawn larger"
        onClick={() => void element.current?.requestFullscreen().catch(() => undefined)}
      />
    </>
  );
}

function Join({ channel }: { channel: Channel }) {
  useEffect(askForVoice, []);
  const state = seen('user', 'members', 'roles', 'channels', 'conversations', 'relations');
  const mayJoin = state !== null && canInChannel(state, channel)('connect');
  if (hasVoice.value === false) return <p class="quiet">{say('voice_none')}</p>;
  if (!mayJoin) return <p class="quiet">{say('voice_may_not')}</p>;
  const isCall = channel.space_id === null;
  return (
    <button type="button" class="primary" onClick={() => void join(channel.id)}>
      {say(isCall ? 'call_join' : 'voice_join')}
    </button>
  );
}
