// The script that runs before anything of the page is painted: it puts on the theme and the accent that this device keeps.

/**
 * A file of its own, since the policy allows no inline script; and a plain script, since a module runs after
 * the first paint, which would show the wrong theme for a moment. The names are those of `store/look.ts`.
 */
export const early = `(() => {
  const base = 'accord' + location.pathname.replace(/\\/app\\/?$/, '') + ':';
  const wear = () => {
    for (const name of ['theme', 'accent']) {
      const kept = localStorage.getItem(base + name);
      if (kept === null) document.documentElement.removeAttribute('data-' + name);
      else document.documentElement.setAttribute('data-' + name, kept);
    }
  };
  try {
    wear();
    addEventListener('storage', wear);
  } catch {}
})();
`;
