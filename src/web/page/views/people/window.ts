// Which rows of a long list lie in the part of it that is seen: only those are made.
import { useEffect, useState } from 'preact/hooks';

export type Box = { readonly current: HTMLElement | null };

/** A row is as high as the style says, in units of the page's letters. */
const row_rem = 2.75;
/** So many rows are made beyond each edge, so that the focus finds the next one. */
const margin = 8;
/** So many are made before anything was measured. */
const atFirst = 30;

export interface Range {
  readonly first: number;
  /** The first row that is not made any more. */
  readonly last: number;
  readonly row_px: number;
}

const rowHeight = () =>
  row_rem * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);

function rangeOf(box: HTMLElement | null, list: HTMLElement | null, count: number): Range {
  const row_px = rowHeight();
  if (box === null || list === null) return { first: 0, last: Math.min(count, atFirst), row_px };
  const top = list.getBoundingClientRect().top - box.getBoundingClientRect().top;
  const first = Math.floor(-top / row_px) - margin;
  const last = Math.ceil((box.clientHeight - top) / row_px) + margin;
  const within = (index: number) => Math.max(0, Math.min(count, index));
  return { first: within(first), last: within(last), row_px };
}

/** The rows of `list` that are to be made while `box` scrolls. */
export function useWindow(box: Box, list: Box, count: number): Range {
  const [range, setRange] = useState(() => rangeOf(null, null, count));
  useEffect(() => {
    const look = () =>
      setRange((before) => {
        const now = rangeOf(box.current, list.current, count);
        return now.first === before.first && now.last === before.last ? before : now;
      });
    look();
    const scroller = box.current;
    const sizes = new ResizeObserver(look);
    if (scroller !== null) sizes.observe(scroller);
    scroller?.addEventListener('scroll', look, { passive: true });
    return () => {
      sizes.disconnect();
      scroller?.removeEventListener('scroll', look);
    };
  });
  const last = Math.min(range.last, count);
  return { ...range, first: Math.min(range.first, last), last };
}
