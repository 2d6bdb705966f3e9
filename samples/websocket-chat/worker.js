// Answers each message of a client. What it knows of somebody lives as long as the connection.

function answer(visitor, text) {
  const named = /^my name is (\w+)/i.exec(text);
  if (named) {
    visitor.name = named[1];
    return `Hello ${visitor.name}!`;
  }
  if (/time/i.test(text)) {
    return `It is ${new Date().toISOString()}.`;
  }
  if (/^bye/i.test(text)) {
    return null;
  }
  return `${visitor.name ?? 'Stranger'}, you have said ${++visitor.remarks} things so far.`;
}

export default {
  fetch(request) {
    if (request.headers.get('Upgrade') !== 'websocket') {
      return new Response('This is a chat: come with a WebSocket.\n', { status: 426, headers: { Upgrade: 'websocket' } });
    }
    const [client, server] = Object.values(new WebSocketPair());
    const visitor = { remarks: 0 };
    server.accept();
    server.send('Who are you?');
    server.addEventListener('message', ({ data }) => {
      const text = answer(visitor, String(data));
      if (text === null) {
        server.close(1000, 'Bye!');
      } else {
        server.send(text);
      }
    });
    return new Response(null, { status: 101, webSocket: client });
  },
};
