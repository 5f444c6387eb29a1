// Lets the first of its kind pass, and counts those that follow within a window.

export interface Recurrence {
  /**
   * Calls `pass` at once for the first of a kind in a window; later ones are counted. When the
   * window is over, the last of them passes with the number of those that did not, and a new
   * window begins; without any, the kind is forgotten.
   */
  offer(kind: string, pass: (others: number) => void): void;
}

interface Kind {
  until_ms: number;
  held: number;
  last: ((others: number) => void) | null;
}

/** `now` returns milliseconds of a clock that never steps. */
export function createRecurrence(window_ms: number, now: () => number): Recurrence {
  const kinds = new Map<string, Kind>();

  function begin(name: string): void {
    const kind: Kind = { until_ms: now() + window_ms, held: 0, last: null };
    kinds.set(name, kind);
    wait(name, kind);
  }

  function wait(name: string, kind: Kind): void {
    setTimeout(() => end(name, kind), Math.ceil(kind.until_ms - now())).unref();
  }

  function end(name: string, kind: Kind): void {
    if (kinds.get(name) !== kind) return;
    // The timer's clock may be a little ahead.
    if (now() < kind.until_ms) return wait(name, kind);
    kinds.delete(name);
    if (kind.last === null) return;
    begin(name);
    kind.last(kind.held - 1);
  }

  return {
    offer(name, pass) {
      const kind = kinds.get(name);
      if (kind !== undefined && now() < kind.until_ms) {
        kind.held += 1;
        kind.last = pass;
        return;
      }
      begin(name);
      pass(kind?.held ?? 0);
    },
  };
}
