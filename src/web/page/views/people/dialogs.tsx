// The dialogs about people and places: one of them is open at a time.
import { MeMenu } from './me-menu.tsx';
import { opened } from './opened.ts';
import { PersonCard } from './person-card.tsx';
import { ChannelMenu, SpaceMenu } from './place-menu.tsx';
import { TalkDialog } from './talk-dialog.tsx';

export function Dialogs() {
  const one = opened.value;
  switch (one?.of) {
    case 'person':
      return <PersonCard key={one.id} id={one.id} channel_id={one.channel_id} />;
    case 'channel':
      return <ChannelMenu key={one.id} id={one.id} at={one.at} />;
    case 'space':
      return <SpaceMenu key={one.id} id={one.id} at={one.at} />;
    case 'me':
      return <MeMenu at={one.at} />;
    case 'talk':
      return <TalkDialog key={one.group_id} group_id={one.group_id} />;
    case undefined:
      return null;
  }
}
