// Looks for what keeps people with a keyboard, a screen reader or weak eyes out of a view.
import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** One line for each element that breaks a rule. */
async function findings(page: Page): Promise<string[]> {
  // Evaluated from outside, so that the policy of the page need not allow it.
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary = '' }) => {
        const why = failureSummary.replaceAll(/\s+/g, ' ');
        return `${id}: ${target.join(' ')}: ${why}`;
      }),
    );
  });
}

/** What axe finds in what the page shows, in light and in dark colours. */
export async function axeFindings(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await findings(page)).map((line) => `${colorScheme}: ${line}`));
  }
  await page.emulateMedia({ colorScheme: 'light' });
  return found;
}
