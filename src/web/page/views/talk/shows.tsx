// Opens the dialogs of the talk, each loaded with its first use.
import type { ConfirmProps } from './confirm.tsx';
import type { MenuProps } from './menu.tsx';
import { show } from './overlay.ts';
import type { PickerProps } from './picker.tsx';
import type { PinsProps } from './pins.tsx';
import type { ReactorsProps } from './reactors.tsx';
import type { SearchProps } from './search.tsx';
import type { ViewerProps } from './viewer.tsx';

export const showMenu = (given: MenuProps) =>
  show(async () => {
    const { Menu } = await import('./menu.tsx');
    return <Menu {...given} />;
  });

export const showPicker = (given: PickerProps) =>
  show(async () => {
    const { Picker } = await import('./picker.tsx');
    return <Picker {...given} />;
  });

export const showPins = (given: PinsProps) =>
  show(async () => {
    const { Pins } = await import('./pins.tsx');
    return <Pins {...given} />;
  });

export const showReactors = (given: ReactorsProps) =>
  show(async () => {
    const { Reactors } = await import('./reactors.tsx');
    return <Reactors {...given} />;
  });

export const showSearch = (given: SearchProps) =>
  show(async () => {
    const { Search } = await import('./search.tsx');
    return <Search {...given} />;
  });

export const showViewer = (given: ViewerProps) =>
  show(async () => {
    const { Viewer } = await import('./viewer.tsx');
    return <Viewer {...given} />;
  });

export const showConfirm = (given: ConfirmProps) =>
  show(async () => {
    const { Confirm } = await import('./confirm.tsx');
    return <Confirm {...given} />;
  });
