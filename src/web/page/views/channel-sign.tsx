// The sign before the name of a channel of a space: what kind it is of.
import type { Channel } from '../../../client/wire.ts';
import { Icon, type Drawing } from './icon.tsx';

const drawings: Readonly<Partial<Record<Channel['type'], Drawing>>> = {
  voice: 'voice',
  forum: 'forum',
  announcement: 'bell',
};

export function ChannelSign({ type }: Pick<Channel, 'type'>) {
  const drawing = drawings[type];
  return (
    <span class="sign" aria-hidden="true">
      {drawing === undefined ? '#' : <Icon of={drawing} />}
    </span>
  );
}
