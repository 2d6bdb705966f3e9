// Only syntax that can be erased is allowed: types, interfaces, `as`, `satisfies`. No enums, no decorators.

interface Greeting {
  readonly name: string;
  readonly punctuation?: string;
}

function greet({ name, punctuation = '!' }: Greeting): string {
  return `Hello ${name}${punctuation}\n`;
}

export default {
  async fetch(request: Request): Promise<Response> {
    const name: string = new URL(request.url).searchParams.get('name') ?? 'World';
    return new Response(greet({ name }));
  },
};
