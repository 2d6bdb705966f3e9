let seen = [];

addEventListener('scheduled', (event) => {
  seen.push(event.constructor.name, event.type, event.cron, event.scheduledTime, event instanceof ScheduledEvent);
  event.waitUntil(scheduler.wait(5).then(() => seen.push('waited')));
  if (event.cron === 'throw') throw new Error('thrown');
});

addEventListener('scheduled', () => seen.push('second'));

addEventListener('fetch', (event) => {
  event.respondWith(Response.json(seen));
  seen = [];
});
