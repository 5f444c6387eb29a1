// The icon of the browser's tab: with how often one is mentioned, or a dot where something is unread.
import { effect } from '@preact/signals';
import { token } from './session.ts';
import { waiting, type Waiting } from './reading.ts';

const size_px = 32;
const colours = { ground: '#4250b3', letter: '#fff', mention: '#b3261e', edge: '#fff' };
const maxShown = 9;

function disc(pen: CanvasRenderingContext2D, colour: string, radius_px: number): void {
  const at_px = size_px - 10;
  pen.fillStyle = colour;
  pen.beginPath();
  pen.arc(at_px, at_px, radius_px, 0, 2 * Math.PI);
  pen.fill();
}

function write(pen: CanvasRenderingContext2D, text: string, at_px: number, high_px: number): void {
  pen.fillStyle = colours.letter;
  pen.font = `bold ${high_px}px sans-serif`;
  pen.textAlign = 'center';
  pen.textBaseline = 'middle';
  pen.fillText(text, at_px, at_px + 1);
}

function draw({ isUnread, mentions }: Waiting): string {
  const board = document.createElement('canvas');
  [board.width, board.height] = [size_px, size_px];
  const pen = board.getContext('2d');
  if (pen === null) return 'data:,';
  pen.fillStyle = colours.ground;
  pen.beginPath();
  pen.roundRect(0, 0, size_px, size_px, 8);
  pen.fill();
  write(pen, 'A', size_px / 2, 20);
  if (mentions > 0) {
    disc(pen, colours.edge, 10);
    disc(pen, colours.mention, 9);
    write(pen, mentions > maxShown ? `${maxShown}+` : String(mentions), size_px - 10, 13);
  } else if (isUnread) disc(pen, colours.edge, 6);
  return board.toDataURL('image/png');
}

let shown = '';

effect(() => {
  const now = token.value ? waiting() : { isUnread: false, mentions: 0 };
  const key = `${Math.min(now.mentions, maxShown + 1)} ${now.isUnread}`;
  const link = document.querySelector<HTMLLinkElement>('link[rel=icon]');
  if (link === null || key === shown) return;
  shown = key;
  link.href = draw(now);
});
