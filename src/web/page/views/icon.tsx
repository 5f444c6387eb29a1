// The drawings of the client, as paths on a grid of 24: fonts differ, these do not.
import type { ButtonHTMLAttributes } from 'preact';

const paths = {
  answer: 'M9 6 3 12l6 6M4 12h10a6 6 0 0 1 6 6',
  attach:
    'M19 11l-8 8a5 5 0 0 1-7-7l9-9a3.300 3.300 0 0 1 5 5l-9 9a1.700 1.700 0 0 1-2.500-2.500l8-8',
  bell: 'M6 17V11a6 6 0 0 1 12 0v6l2 2H4zM10 22h4',
  call: 'M5 3h4l2 5-2.500 2a12 12 0 0 0 5.500 5.500l2-2.500 5 2v4c0 1-1 2-2 2A17 17 0 0 1 3 5c0-1 1-2 2-2',
  close: 'M6 6l12 12M18 6 6 18',
  deaf: 'M4 14v-2a8 8 0 0 1 16 0v2M4 14h3v6H5a1 1 0 0 1-1-1zM20 14h-3v6h2a1 1 0 0 0 1-1zM3 3l18 18',
  down: 'M12 5v14M6 13l6 6 6-6',
  edit: 'M4 20h4L20 8l-4-4L4 16zM13 7l4 4',
  emoji: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 14a5 5 0 0 0 8 0M9 9h.010M15 9h.010',
  forum: 'M4 4h16v11H9l-5 5z',
  hang: 'M3 14c5-5 13-5 18 0l-3 3-4-2v-3h-4v3l-4 2z',
  hear: 'M4 14v-2a8 8 0 0 1 16 0v2M4 14h3v6H5a1 1 0 0 1-1-1zM20 14h-3v6h2a1 1 0 0 0 1-1z',
  home: 'M3 11l9-8 9 8M6 9v11h12V9',
  lock: 'M6 11h12v9H6zM9 11V7a3 3 0 0 1 6 0v4',
  menu: 'M3 6h18M3 12h18M3 18h18',
  microphone: 'M12 3a3 3 0 0 0-3 3v6a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3M6 11a6 6 0 0 0 12 0M12 17v4',
  more: 'M6 12h.010M12 12h.010M18 12h.010',
  muted: 'M9 6a3 3 0 0 1 6 0v4M15 14a3 3 0 0 1-6-2M6 11a6 6 0 0 0 9 5M12 17v4M3 3l18 18',
  people:
    'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8M2 21c0-4 3-7 7-7s7 3 7 7M16 3.500a4 4 0 0 1 0 7.500M18 14.500c2.500.800 4 3.200 4 6.500',
  pin: 'M9 3h6l-1 7 4 4H6l4-4zM12 14v7',
  plus: 'M12 5v14M5 12h14',
  remove: 'M4 7h16M9 7V4h6v3M6 7l1 14h10l1-14',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M16 16l5 5',
  send: 'M4 12 21 4l-6 17-3.500-7zM11.500 14 21 4',
  settings:
    'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2',
  thread: 'M5 4v9a4 4 0 0 0 4 4h10M14 12l5 5-5 5',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  voice: 'M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18.500 6.500a8 8 0 0 1 0 11',
  unheard: 'M4 9v6h4l5 4V5L8 9zM16 9l6 6M22 9l-6 6',
  check: 'M4 13l5 5L20 7',
  silent: 'M9 5.500A6 6 0 0 1 18 11v4M6 10v7l-2 2h14M10 22h4M3 3l18 18',
  leave: 'M10 4H5v16h5M10 12h10M16 8l4 4-4 4',
  camera: 'M3 6h12v12H3zM15 10l6-3v10l-6-3',
  screen: 'M3 4h18v12H3zM8 21h8M12 16v5M12 7v6M9 10l3-3 3 3',
  larger: 'M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5',
} as const;

export type Drawing = keyof typeof paths;

export function Icon({ of }: { of: Drawing }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={paths[of]} />
    </svg>
  );
}

/** A button that is a drawing; `label` says what it does. */
export function IconButton({
  of,
  label,
  ...rest
}: { of: Drawing; label: string } & ButtonHTMLAttributes) {
  return (
    <button type="button" class="drawn" aria-label={label} title={label} {...rest}>
      <Icon of={of} />
    </button>
  );
}
