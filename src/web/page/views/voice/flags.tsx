// The signs of somebody in voice.
import { say } from '../../words/say.ts';
import { Icon } from '../icon.tsx';

/** That somebody is muted, or hears nobody. */
export function Flags({ isMuted, isDeaf }: { isMuted: boolean; isDeaf: boolean }) {
  if (!isMuted && !isDeaf) return null;
  return (
    <span class="flag" role="img" aria-label={say(isDeaf ? 'voice_is_deaf' : 'voice_is_muted')}>
      <Icon of={isDeaf ? 'deaf' : 'muted'} />
    </span>
  );
}
