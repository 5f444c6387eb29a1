// Where one is in voice, and the buttons for what one sends and hears.
import { useEffect, useState } from 'preact/hooks';
import { linkTo } from '../../store/address.ts';
import { hangUp, isCalling } from '../../store/calls.ts';
import { seen } from '../../store/live.ts';
import { channelName } from '../../store/names.ts';
import { playSound, setCamera, setDeaf, setMuted, setScreen } from '../../store/voice.ts';
import { allowed, isSilenced, own, stay } from '../../store/voice-shown.ts';
import { ring } from '../../store/voice-tone.ts';
import { say } from '../../words/say.ts';
import { IconButton, type Drawing } from '../icon.tsx';
import { DevicesDialog } from './devices.tsx';

/** Phones share no screen. */
const canShare = 'getDisplayMedia' in navigator.mediaDevices;

interface Switched {
  of: Drawing;
  label: string;
  isOn: boolean;
  disabled?: boolean;
  change(isOn: boolean): void;
}

function Switch({ of, label, isOn, disabled = false, change }: Switched) {
  return (
    <IconButton
      of={of}
      label={label}
      class="drawn switch"
      aria-pressed={isOn}
      disabled={disabled}
      onClick={() => change(!isOn)}
    />
  );
}

export function Bar() {
  const [isChoosing, setChoosing] = useState(false);
  const here = stay.value;
  const channel = seen('channels', 'conversations')?.channel(here?.channel_id ?? '');
  const isRinging = here?.phase === 'inside' && isCalling(here.channel_id);
  useEffect(() => (isRinging ? ring('outgoing') : undefined), [isRinging]);
  if (here === null) return null;
  const name = channel === undefined ? '' : channelName(channel);
  return (
    <section class="voice-bar" aria-label={`${say('voice_inside')}: ${name}`}>
      <p>
        <span class="phase" role="status">
          {say(isRinging ? 'call_ringing' : `voice_${here.phase}`)}
        </span>
        <a href={linkTo.channel(here.channel_id)}>{name}</a>
      </p>
      {isSilenced.value && (
        <button type="button" class="primary" onClick={() => void playSound()}>
          {say('voice_hear')}
        </button>
      )}
      <Buttons choose={() => setChoosing(true)} />
      {isChoosing && <DevicesDialog close={() => setChoosing(false)} />}
    </section>
  );
}

function Buttons({ choose }: { choose: () => void }) {
  const { isMuted, isDeaf, hasCamera, hasScreen } = own.value;
  const { voice, pictures } = allowed.value;
  const isOutside = stay.value?.phase !== 'inside';
  return (
    <div class="buttons">
      <Switch
        of={isMuted || !voice ? 'muted' : 'microphone'}
        label={say(voice ? 'voice_mute' : 'voice_may_not_speak')}
        isOn={isMuted}
        disabled={!voice}
        change={(isOn) => void setMuted(isOn)}
      />
      <Switch
        of={isDeaf ? 'deaf' : 'hear'}
        label={say('voice_deafen')}
        isOn={isDeaf}
        change={setDeaf}
      />
      {pictures && (
        <Switch
          of="camera"
          label={say('voice_camera')}
          isOn={hasCamera}
          disabled={isOutside}
          change={(isOn) => void setCamera(isOn)}
        />
      )}
      {pictures && canShare && (
        <Switch
          of="screen"
          label={say('voice_screen')}
          isOn={hasScreen}
          disabled={isOutside}
          change={(isOn) => void setScreen(isOn)}
        />
      )}
      <IconButton of="settings" label={say('voice_devices')} onClick={choose} />
      <IconButton
        of="hang"
        label={say('voice_leave')}
        class="drawn hang"
        onClick={() => void hangUp()}
      />
    </div>
  );
}
