// What the page does not do: make elements of what people write, run what is not its own, ask others.
import { expect } from 'bun:test';
import { Proxy } from './support/proxy.ts';
import { browserTest } from './support/stage.ts';

const wicked = [
  '<img src=x onerror="document.title = \'taken\'">',
  '<script>document.title = "taken"</script>',
  '[click](javascript:document.title="taken")',
  'javascript:alert(1) data:text/html,<script>alert(1)</script>',
  '[https://bank.example](http://127.0.0.1/thief)',
  '<svg onload=alert(1)> &lt;b&gt; **<b>bold</b>** `<i>code</i>`',
];

browserTest('whatever people write, it is text', async (stage) => {
  const [anna, ben] = [await stage.registers('anna'), await stage.registers('ben')];
  const { general, space } = await stage.meets(anna, ben);
  const { id: channel_id } = general;
  for (const text of wicked) await ben.says(general, text);
  const topic = '<b>a topic</b>';
  await anna.rest.call('PATCH /channels/:channel_id', { channel_id, body: { topic } });
  const name = '<img src=x>';
  await anna.rest.call('PATCH /spaces/:space_id', { space_id: space.id, body: { name } });
  await ben.rest.call('PATCH /users/@me', { body: { display_name: '<script>1</script>' } });
  const desk = await stage.enters(anna);
  const { page } = desk;
  await desk.messages('<svg onload=alert(1)>').waitFor();
  expect(await page.locator('main .message').count()).toBe(wicked.length);
  expect(await page.locator('.message img, .message svg[onload], script:not([src])').count()).toBe(
    0,
  );
  const links = await page
    .locator('main .message .body a')
    .evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).protocol));
  expect(links.filter((protocol) => !/^https?:$/.test(protocol))).toEqual([]);
  await page.getByRole('link', { name: 'http://127.0.0.1/thief' }).waitFor();
  expect(await page.getByText('bank.example').count()).toBe(0);
  await page.getByText(topic).first().waitFor();
  await page.getByText('<script>1</script>').first().waitFor();
  expect(await page.title()).toContain(name);
});

browserTest('the browser itself refuses HTML, code and other servers', async (stage) => {
  const visitor = await stage.arrives();
  const { page, complaints } = visitor;
  await visitor.opens();
  await page.locator('input[name=username]').waitFor();
  complaints.expect(/policy:|Content Security Policy|Trusted|Failed to load| csp$/i);
  const refused = await page.evaluate(async () => {
    const attempt = async (name: string, run: () => unknown) => {
      // Later, since what is evaluated from outside may make code itself.
      await new Promise((resolve) => setTimeout(resolve, 1));
      try {
        await run();
        return '';
      } catch {
        return name;
      }
    };
    return Promise.all([
      attempt('html', () => (document.body.innerHTML = '<b>bold</b>')),
      attempt('code', () => Reflect.construct(Function, ['return 1'])),
      attempt('policy', () => (globalThis as any).trustedTypes.createPolicy('own', {})),
      attempt('elsewhere', () => fetch('https://example.org/')),
    ]);
  });
  expect(refused).toEqual(['html', 'code', 'policy', 'elsewhere']);
  await page.evaluate(() => {
    const image = document.createElement('img');
    image.src = 'https://example.org/spy.png';
    document.body.append(image);
  });
  // What the tests watch for is what the browser tells.
  const told = () => complaints.heard.join('\n');
  await visitor.until('the picture to be refused', async () => /img-src/.test(told()));
  for (const name of ['require-trusted-types-for', 'connect-src', 'trusted-types']) {
    expect(told()).toContain(name);
  }
  expect(complaints.list).toEqual([]);
});

browserTest('below the path of a proxy everything is found', async (stage) => {
  const anna = await stage.registers('anna');
  const { general } = await stage.meets(anna);
  using proxy = new Proxy(stage.server.origin);
  const visitor = await stage.arrives('desktop', {}, proxy.address);
  await visitor.signsIn(anna, `#/${general.id}`);
  await visitor.writes('from below');
  await visitor.reads('from below');
  await anna.says(general, 'from above');
  await visitor.reads('from above');
  await visitor.page.reload();
  await visitor.reads('from above');
  // A slash too many leads to the same place.
  await visitor.page.goto('about:blank');
  await visitor.page.goto(`${proxy.address}/app/#/${general.id}`);
  await visitor.reads('from above');
  expect(visitor.page.url()).toBe(`${proxy.address}/app#/${general.id}`);
});
