// Keeps a list where its reader is: at its end while that is in view, else at the row that is being read.
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useMemo } from 'preact/hooks';

/** So near to an end counts as there, and so near is more loaded. */
const [end_px, load_px] = [40, 800];

/** What a reader scrolls with, and so long a scroll may go on after it. */
const hands = ['wheel', 'touchmove', 'pointerdown', 'keydown', 'focusin'];
const hand_ms = 500;

interface Asked {
  /** Whether what comes is added at the end: else more stands below, and nobody is taken along. */
  isLive: boolean;
  older(): void;
  newer(): void;
  /** Called when the end comes into view, or goes out of it. */
  ended(isAtEnd: boolean): void;
}

interface Anchor {
  /** The row that is read, and how far below the upper edge of the window it stands. */
  readonly id: string;
  readonly top: number;
}

/** Where lists were left that were not at their end. */
const left = new Map<string, Anchor>();

/** Whether a list was left somewhere above its end. */
export const isLeft = (key: string): boolean => left.has(key);

const belowOf = ({ scrollHeight, scrollTop, clientHeight }: HTMLElement): number =>
  scrollHeight - scrollTop - clientHeight;

/** A list whose rows have `data-id`. */
class Keeper {
  isPinned: boolean;
  isLive = true;
  #height = 0;
  #top = 0;
  /** Where the anchor's row really stood then, which is not where it should where the list is too short. */
  #stood = 0;
  #hand = Number.NEGATIVE_INFINITY;
  #change = 0;
  #isCalm = true;
  #anchor: Anchor | null;
  #watched: ReadonlySet<Element> = new Set();
  readonly #watch = new ResizeObserver(() => this.restore());
  readonly #key: string;

  constructor(
    key: string,
    private readonly box: () => HTMLElement | null,
  ) {
    this.#key = key;
    this.#anchor = left.get(key) ?? null;
    this.isPinned = this.#anchor === null;
  }

  /** Notes where the list is, for when it is opened again. */
  leave(): void {
    if (this.isPinned || this.#anchor === null) left.delete(this.#key);
    else left.set(this.#key, this.#anchor);
    this.#watch.disconnect();
  }

  /**
   * What grows later, such as a picture or a row that comes near the view, moves nothing either. Each row is
   * watched for itself: the list stays as it is where one row grows by as much as another one shrinks.
   */
  watch(): void {
    const box = this.box();
    const now = new Set(box && [box, ...box.querySelectorAll(':scope > *, :scope > * > *')]);
    for (const gone of this.#watched) if (!now.has(gone)) this.#watch.unobserve(gone);
    for (const one of now) if (!this.#watched.has(one)) this.#watch.observe(one);
    this.#watched = now;
  }

  #rows(): HTMLElement[] {
    return [...(this.box()?.querySelectorAll<HTMLElement>('[data-id]') ?? [])];
  }

  /** Puts the list back where it was, after something of it has changed. */
  restore(): void {
    const box = this.box();
    if (box === null) return;
    this.#stir();
    if (this.#wasLeft(box)) this.#unpin(box);
    if (this.isPinned) box.scrollTop = box.scrollHeight;
    else this.#put(box);
    this.#note(box);
  }

  #row(id: string): HTMLElement | null {
    return this.box()?.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`) ?? null;
  }

  /** Puts the row that is read where it should be. */
  #put(box: HTMLElement): void {
    if (this.#anchor === null) return;
    const row = this.#row(this.#anchor.id);
    if (row === null) {
      this.#hold();
      return;
    }
    box.scrollTop += row.getBoundingClientRect().top - this.#anchor.top;
    this.#stood = row.getBoundingClientRect().top;
  }

  /** What the reader has scrolled moves the row that is read; what else has moved it is undone. */
  #follow(box: HTMLElement): void {
    if (this.#anchor === null) return;
    const by = box.scrollTop - this.#top;
    if (by !== 0) this.#anchor = { id: this.#anchor.id, top: this.#stood - by };
    this.#put(box);
  }

  #note({ scrollHeight, scrollTop }: HTMLElement): void {
    this.#height = scrollHeight;
    this.#top = scrollTop;
  }

  /** The reader does something that may scroll. */
  touch(): void {
    this.#hand = performance.now();
  }

  /**
   * Whether the reader has left the end. Rows that grow push it down and never scroll up; rows that go
   * while others come do, by the browser: what scrolls then without a hand is nobody's wish.
   */
  #wasLeft(box: HTMLElement): boolean {
    const isUp = this.isPinned && box.scrollTop < this.#top - 1 && belowOf(box) >= end_px;
    return isUp && (this.#isCalm || performance.now() - this.#hand < hand_ms);
  }

  /** Something has changed: it is calm again after two frames. */
  #stir(): void {
    this.#isCalm = false;
    const change = (this.#change += 1);
    const calm = () => (this.#isCalm ||= change === this.#change);
    requestAnimationFrame(() => requestAnimationFrame(calm));
  }

  #unpin(box: HTMLElement): void {
    this.isPinned = false;
    this.#note(box);
    this.#hold();
  }

  /** Notes where the reader has scrolled to; false if nobody has scrolled. */
  note(): boolean {
    const box = this.box();
    if (box === null) return false;
    const isMoved = box.scrollHeight !== this.#height || belowOf(box) >= end_px;
    // Rows get their real height when they come into view, and the box another one when the field below it
    // grows: what moves by that is nobody's wish.
    if (this.isPinned && !this.#wasLeft(box) && isMoved) {
      this.restore();
      return false;
    }
    const hasScrolled = box.scrollTop !== this.#top;
    if (!this.isPinned) this.#follow(box);
    this.isPinned = this.isLive && belowOf(box) < end_px;
    this.#note(box);
    // Where nobody has scrolled the anchor stays: each new one would be off by a part of a pixel.
    if (this.isPinned) this.#anchor = null;
    else if (hasScrolled || this.#anchor === null) this.#hold();
    return true;
  }

  /** Takes the first row in view for the one that is read. */
  #hold(): void {
    const edge = this.box()?.getBoundingClientRect().top ?? 0;
    const first = this.#rows().find((row) => row.getBoundingClientRect().bottom > edge);
    const top = first?.getBoundingClientRect().top;
    this.#anchor = top === undefined ? null : { id: first?.dataset['id'] ?? '', top };
    this.#stood = top ?? 0;
  }

  toEnd(): void {
    this.isPinned = true;
    this.#anchor = null;
    this.#top = 0;
    this.restore();
  }

  /** Brings a row into view; false if it is not there. */
  toRow(id: string): boolean {
    const [box, row] = [this.box(), this.#row(id)];
    if (box === null || row === null) return false;
    row.scrollIntoView({ block: 'center' });
    row.focus({ preventScroll: true });
    flash(row);
    this.#unpin(box);
    return true;
  }
}

/** Shows for a moment which row is meant. */
function flash(row: HTMLElement): void {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
  const background = getComputedStyle(row).getPropertyValue('--chosen');
  row.animate([{ background }, { background: 'transparent' }], { duration: 1500 });
}

export type { Keeper };

/** Keeps a scrolling box at its place through every change of what is in it. */
export function useKeeper(box: RefObject<HTMLElement | null>, key: string, asked: Asked): Keeper {
  const keeper = useMemo(() => new Keeper(key, () => box.current), []);
  keeper.isLive = asked.isLive;
  useEffect(() => () => keeper.leave(), []);
  useLayoutEffect(() => {
    keeper.restore();
    keeper.watch();
  });
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const touched = () => keeper.touch();
    for (const hand of hands) element.addEventListener(hand, touched, { passive: true });
  }, []);
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const scrolled = () => {
      if (!keeper.note()) return;
      asked.ended(keeper.isPinned);
      if (element.scrollTop < load_px) asked.older();
      if (belowOf(element) < load_px) asked.newer();
    };
    element.addEventListener('scroll', scrolled, { passive: true });
    return () => element.removeEventListener('scroll', scrolled);
  });
  return keeper;
}
