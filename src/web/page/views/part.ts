// A part of the page with an address of its own, and who may open it.
import type { State } from '../../../client/state.ts';

export interface Part<View> {
  readonly View: View;
  /** Told by what the client knows; whoever may not open it finds nothing there. Missing: everybody may. */
  readonly mayOpen?: (state: State, id: string | null) => boolean;
}

/** By the names that stand in the address. */
export type Parts<View> = Readonly<Record<string, Part<View>>>;

/** Returns the view at a place; null if there is none, or none for this reader. */
export function viewAt<View>(
  parts: Parts<View>,
  { view, id }: { readonly view: string; readonly id: string | null },
  state: State,
): View | null {
  const part = Object.hasOwn(parts, view) ? parts[view] : undefined;
  if (part === undefined || part.mayOpen?.(state, id) === false) return null;
  return part.View;
}
