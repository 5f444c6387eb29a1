// Styles that come with the part that needs them: they are not in the first load.
const worn = new Set<string>();

/** Puts a style sheet on, once, for as long as the page stands; for a part to call as it is loaded. */
export function wear(css: string): void {
  if (worn.has(css)) return;
  worn.add(css);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets.push(sheet);
}
