// Makes a page look the same each time, and its picture small.
import type { Browser, Page } from 'playwright-core';

/** Waits for fonts and pictures: what is still on its way would show in one run and not in the next. */
async function loaded(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.all([...document.images].map((one) => one.decode().catch(() => undefined)));
  });
}

/**
 * Sets what differs from one run to the next: times, the colours of faces, which follow from ids, and who
 * speaks at the moment.
 */
export async function hold({ page }: { page: Page }): Promise<void> {
  await loaded(page);
  // Rows that get their real height late may have left the end out of view.
  for (const one of await page.locator('.to-present').all()) await one.dispatchEvent('click');
  // The pointer hovers over nothing.
  await page.mouse.move(0, 0);
  await page.evaluate(() => {
    const { lang } = document.documentElement;
    for (const [index, time] of [...document.querySelectorAll('time')].entries()) {
      const then = new Date(2026, 4, 2, 9, 12 + index);
      const isLong = time.textContent.length > 8;
      const style = isLong
        ? ({ dateStyle: 'medium', timeStyle: 'short' } as const)
        : ({ timeStyle: 'short' } as const);
      time.textContent = then.toLocaleString(lang, style);
    }
    for (const face of document.querySelectorAll('.face')) {
      const letter = face.textContent.charCodeAt(0);
      face.className = face.className.replace(/hue\d+/, `hue${(letter * 5) % 12}`);
    }
    for (const speaker of document.querySelectorAll('.speaks')) speaker.classList.remove('speaks');
    for (const sign of document.querySelectorAll('.tile > p > .flag')) sign.remove();
  });
  await loaded(page);
}

/** Returns a picture of the page as WebP, which is a third as large as PNG. */
export async function pictureOf(page: Page, browser: Browser): Promise<Buffer> {
  const png = await page.screenshot();
  // The page's own policy has no say here.
  const blank = await browser.newPage();
  try {
    const webp = await blank.evaluate(async (text) => {
      const shown = new Image();
      shown.src = `data:image/png;base64,${text}`;
      await shown.decode();
      const canvas = document.createElement('canvas');
      [canvas.width, canvas.height] = [shown.naturalWidth, shown.naturalHeight];
      canvas.getContext('2d')?.drawImage(shown, 0, 0);
      return canvas.toDataURL('image/webp', 0.9);
    }, png.toString('base64'));
    return Buffer.from(webp.slice(webp.indexOf(',') + 1), 'base64');
  } finally {
    await blank.close();
  }
}
