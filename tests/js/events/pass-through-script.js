async function fail(event) {
  const { pathname } = new URL(event.request.url);
  if (pathname === '/late') await 0;
  if (pathname !== '/without') event.passThroughOnException();
  if (pathname === '/read') await event.request.text();
  if (pathname === '/no-response') return 5;
  throw new Error('failed');
}

addEventListener('fetch', (event) => event.respondWith(fail(event)));
