// A Worker as a script: handlers are listeners for events on the global scope.

addEventListener('fetch', (event) => {
  event.respondWith(new Response('Hello World\n'));
});
