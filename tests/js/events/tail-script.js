let heard = [];

for (const type of ['tail', 'trace']) {
  addEventListener(type, (event) => {
    heard.push(event.constructor.name, event.type, event.events.length, event.events[0] === event.traces[0] && event.events !== event.traces);
  });
}

addEventListener('fetch', (event) => {
  console.log('in a script');
  event.respondWith(Response.json(heard));
});
