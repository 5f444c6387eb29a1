// The button that shows spaces and channels, where a narrow screen has no room for them.
import { say } from '../words/say.ts';
import { drawer } from './drawer.ts';
import { IconButton } from './icon.tsx';

export function NavButton() {
  return (
    <IconButton
      of="menu"
      label={say('channels')}
      class="drawn narrow"
      aria-expanded={drawer.value === 'nav'}
      onClick={() => (drawer.value = 'nav')}
    />
  );
}
