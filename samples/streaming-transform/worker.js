// Pipes the body through a TransformStream that numbers its lines.

function numberLines() {
  let rest = '';
  let number = 0;
  return new TransformStream({
    transform(text, controller) {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        controller.enqueue(`${++number}\t${line}\n`);
      }
    },
    flush(controller) {
      if (rest !== '') {
        controller.enqueue(`${++number}\t${rest}\n`);
      }
    },
  });
}

export default {
  fetch(request) {
    if (request.body === null) {
      return new Response('Send some lines.\n', { status: 400 });
    }
    const body = request.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(numberLines())
      .pipeThrough(new TextEncoderStream());
    return new Response(body, { headers: { 'Content-Type': 'text/plain;charset=UTF-8' } });
  },
};
