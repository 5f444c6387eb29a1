// A part of the page with an address of its own, and who may open it.

export interface Part<View> {
  readonly View: View;
  /**
   * Tells who may open it; whoever may not finds nothing there. It reads the state by `seen(…)`, so that the
   * page follows what changes. Missing: everybody may.
   */
  readonly mayOpen?: (id: string | null) => boolean;
}

/** By the names that stand in the address. */
export type Parts<View> = Readonly<Record<string, Part<View>>>;

/** Returns the view at a place; null if there is none, or none for this reader. */
export function viewAt<View>(
  parts: Parts<View>,
  { view, id }: { readonly view: string; readonly id: string | null },
): View | null {
  const part = Object.hasOwn(parts, view) ? parts[view] : undefined;
  if (part === undefined || part.mayOpen?.(id) === false) return null;
  return part.View;
}
