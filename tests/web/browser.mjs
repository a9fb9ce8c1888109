// SPDX-License-Identifier: MIT
// The app in headless Chromium, by playwright-core: renders, takes zstd on the wire, comes from the cache the second time, and
// loads anew by itself when a file under the overlay is edited. Prints TAP; browser.sh starts it.
//
//   node browser.mjs NODE_MODULES CHROMIUM KEY_HASH SITE_URL OVERLAY_URL OVERLAY_DIR
// KEY_HASH: of the certificate's public key, which is trusted for this run; what comes with a certificate's fault is not cached.
import { createRequire } from 'node:module';
import { renameSync, writeFileSync } from 'node:fs';

const [modules, executablePath, key, site, overlaid, dir] = process.argv.slice(2);
const { chromium } = createRequire(modules + '/')('playwright-core');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--ignore-certificate-errors-spki-list=' + key] });
let failed = 0, n = 0;

console.log('1..6');
const test = async (name, run) => {
	try {
		await run();
		console.log(`ok ${++n} ${name}`);
	} catch (e) {
		failed++;
		console.log(`not ok ${++n} ${name}`);
		console.log(String(e.stack ?? e).replace(/^/gm, '# '));
	}
};
const must = (fact, words) => {
	if (!fact)
		throw new Error(words);
};

// A page, and what its requests were answered with, as they came over the wire.
const open = async (context) => {
	const page = await context.newPage(), wire = new Map(), errors = [], elsewhere = [];
	const cdp = await context.newCDPSession(page);

	await cdp.send('Network.enable');
	cdp.on('Network.requestServedFromCache', ({ requestId }) => wire.set(requestId, { ...wire.get(requestId), cached: true }));
	cdp.on('Network.responseReceived', ({ requestId, response }) => {
		const r = wire.get(requestId) ?? {};

		wire.set(requestId, { ...r, url: response.url, cached: r.cached || response.fromDiskCache });
		if (!/^(data:|https:\/\/localhost:)/.test(response.url))
			elsewhere.push(response.url);
	});
	cdp.on('Network.responseReceivedExtraInfo', ({ requestId, headers, statusCode }) =>
		wire.set(requestId, { ...wire.get(requestId), status: statusCode,
			headers: Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v])) }));
	page.on('pageerror', (e) => errors.push(String(e)));
	return { page, wire, errors, elsewhere };
};
const ready = (page) => page.waitForFunction(() => document.title === 'ready', null, { timeout: 60000 });

const context = await browser.newContext();
const { page, wire, errors, elsewhere } = await open(context);

await test('the page renders, out of many files, with no error and from nowhere else', async () => {
	await page.goto(site + '/');
	await ready(page);
	must((await page.textContent('.view-lines')).includes('42'), 'the editor shows its text');
	must(errors.length === 0, errors.join('\n'));
	must(elsewhere.length === 0, elsewhere.join('\n'));
	must(wire.size >= 10, `${wire.size} requests`);
	must((await page.evaluate(() => getComputedStyle(document.body).backgroundColor)) === 'rgb(255, 255, 255)', 'styles apply');
});

await test('zstd is what comes over the wire, of small files brotli', async () => {
	const of = (end) => [...wire.values()].find((r) => r.url?.endsWith(end) && r.headers);
	const zstd = [...wire.values()].filter((r) => r.headers?.['content-encoding'] === 'zstd');

	must(zstd.length >= 5, `${zstd.length} responses in zstd`);
	must(zstd.some((r) => /editor-.*\.js$/.test(r.url)), 'the editor itself is one of them');
	must(of('/app.js').headers['content-encoding'] === 'br', 'app.js has a smaller sibling');
	must(of('/vs/editor/editor.main.js').headers['cache-control'] === 'no-cache', 'what has no hash is asked for again');
});

await test('the second time it is 304 or from the cache', async () => {
	wire.clear();
	await page.goto(site + '/');
	await ready(page);
	const all = [...wire.values()].filter((r) => r.url?.startsWith('https:'));

	must(all.length >= 10, `${all.length} requests`);
	const anew = all.filter((r) => !r.cached && r.status !== 304);
	must(anew.length === 0, anew.map((r) => `${r.status} ${r.url}`).join('\n'));
	must(all.some((r) => r.status === 304), 'some were asked for');
	must(all.some((r) => r.cached), 'some were not');
});

await test('a route of the app that is no file is the app', async () => {
	await page.goto(site + '/files/deep/down?x=1');
	await ready(page);
	must((await page.textContent('.view-lines')).includes('/files/deep/down'), 'it knows its path');
});

const over = await open(context);

await test('under an overlay the page is not cached, and listens', async () => {
	const listens = over.page.waitForRequest((r) => r.url().includes('/-/events'));

	await over.page.goto(overlaid + '/');
	await ready(over.page);
	await listens;
	must([...over.wire.values()].every((r) => !r.cached), 'nothing is from the cache');
});

await test('a file that is edited on disk shows, without a hand laid on the page', async () => {
	await over.page.evaluate(() => { window.old = true; });
	writeFileSync(dir + '/app.css.new', 'body { margin: 0; background: rgb(1, 2, 3); }\n#editor { height: 50vh; }\n');
	renameSync(dir + '/app.css.new', dir + '/app.css'); // as editors save
	await over.page.waitForFunction(() => !window.old && document.title === 'ready' &&
		getComputedStyle(document.body).backgroundColor === 'rgb(1, 2, 3)', null, { timeout: 60000 });
});

await browser.close();
process.exit(failed ? 1 : 0);
