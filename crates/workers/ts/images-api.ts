// The wrapped binding `cloudflare-internal:images-api`: images behind a service.
//
// What is told about an image or made of it goes over HTTP, in forms whose files are streams; images that the service
// keeps are its own objects, by remote calls.

import bindings from 'cloudflare-internal:bindings';
import { decoded, encoded, formOf } from 'cloudflare-internal:images-streams';

const { WrappedBinding, tracing } = bindings;

const ORIGIN = 'https://js.images.cloudflare.com';

/** Codes that the service has none for. */
const UNEXPECTED = 9523;
const CONSUMED = 9525;

class ImagesErrorImpl extends Error {
  readonly code: number;

  constructor(message: string, code: number) {
    super(message);
    this.code = code;
  }
}

type Operation = 'INFO' | 'TRANSFORM';

/** Text to be drawn, in place of an image. */
type Text = { content: string; options: { font: unknown; size?: number; color?: string } };
type Canvas = ReadableStream | Text;

/** What is done to a canvas, in order. */
type Step = { transform: object } | { draw: ImageTransformerImpl; options: object };

/** A field of the form: a text, or a file. */
export type Part = { name: string; text: string } | { name: string; file: unknown };

async function refuse(operation: Operation, span: any, response: Response): Promise<void> {
  if (response.ok) return;
  const text = (await response.text()).trim();
  const code = /err=(\d+)/.exec(response.headers.get('cf-images-binding') ?? '')?.[1];
  span.setAttributes({
    'cloudflare.images.error.code': code ?? String(UNEXPECTED),
    'error.type': text,
  });
  if (code === undefined) {
    throw new ImagesErrorImpl(`Unexpected error response ${response.status}: ${text}`, UNEXPECTED);
  }
  throw new ImagesErrorImpl(`IMAGES_${operation}_${text}`, Number(code));
}

function isText(canvas: any): canvas is Text {
  return (typeof canvas === 'object' || typeof canvas === 'function') && 'content' in canvas;
}

function partOf(canvas: Canvas, kind: 'canvas' | 'draw'): () => Part {
  if (!isText(canvas)) return () => ({ name: kind === 'canvas' ? 'image' : 'draw_image', file: canvas });
  return () => {
    const { font, size, color } = { font: canvas.options.font, ...canvas.options };
    const text = JSON.stringify({ text: canvas.content, font, size, color });
    return { name: kind === 'canvas' ? 'text_input' : 'draw_text', text };
  };
}

class TransformationResultImpl {
  readonly #response: Response;

  constructor(response: Response) {
    this.#response = response;
  }

  contentType(): string {
    const type = this.#response.headers.get('content-type');
    if (type) return type;
    throw new ImagesErrorImpl(
      `IMAGES_TRANSFORM_ERROR ${UNEXPECTED}: No content-type on bindings response`,
      UNEXPECTED
    );
  }

  image(options: { encoding?: string }): ReadableStream {
    const body = this.#response.body ?? new Blob([]).stream();
    return options?.encoding === 'base64' ? encoded(body) : body;
  }

  response(init: { headers?: HeadersInit }): Response {
    const headers = new Headers(init?.headers);
    headers.set('content-type', this.contentType());
    return new Response(this.#response.body, { headers });
  }
}

class ImageTransformerImpl {
  readonly #fetcher: any;
  readonly #canvas: Canvas;
  readonly #steps: Step[] = [];
  #consumed = false;

  constructor(fetcher: any, canvas: Canvas) {
    this.#fetcher = fetcher;
    this.#canvas = canvas;
  }

  transform(transform: object): this {
    this.#steps.push({ transform });
    return this;
  }

  draw(image: ReadableStream | ImageTransformerImpl, options: object = {}): this {
    const draw = image instanceof ImageTransformerImpl ? image : new ImageTransformerImpl(this.#fetcher, image);
    this.#steps.push({ draw, options });
    return this;
  }

  async output(options: any): Promise<TransformationResultImpl> {
    return tracing.enterSpan('images_output', async (span: any) => {
      span.setAttribute('cloudflare.binding.type', 'Images');
      const drawn: Canvas[] = [];
      const transforms: object[] = [];
      this.#consume(drawn, transforms, 0);
      const type = isText(this.#canvas) ? 'text' : 'image';
      span.setAttribute('cloudflare.images.canvas.type', type);
      const parts = [partOf(this.#canvas, 'canvas'), ...drawn.map((canvas) => partOf(canvas, 'draw'))];
      const fields = parts.map((part) => part());

      const { format, quality, background, anim } = { format: options.format, ...options };
      const texts = drawn.filter(isText).length;
      span.setAttributes({
        'cloudflare.images.options.transforms': transforms.length > 0 ? JSON.stringify(transforms) : undefined,
        'cloudflare.images.overlays.image': drawn.length - texts || undefined,
        'cloudflare.images.overlays.text': texts || undefined,
        'cloudflare.images.options.format': format,
        'cloudflare.images.options.quality': quality,
        'cloudflare.images.options.background': background,
        'cloudflare.images.options.anim': anim,
      });
      fields.push({ name: 'transforms', text: JSON.stringify(transforms) });
      fields.push({ name: 'output_format', text: String(format) });
      for (const [name, value] of [['output_quality', quality], ['background', background], ['anim', anim]]) {
        if (value !== undefined) fields.push({ name, text: String(value) });
      }
      const response = await this.#fetcher.fetch(`${ORIGIN}/transform`, { method: 'POST', ...formOf(fields) });
      await refuse('TRANSFORM', span, response);
      return new TransformationResultImpl(response);
    });
  }

  // Numbers the images as they are drawn; 0 is the canvas.
  #consume(drawn: Canvas[], transforms: object[], index: number): void {
    if (this.#consumed) {
      throw new ImagesErrorImpl(
        `IMAGES_TRANSFORM_ERROR ${CONSUMED}: ImageTransformer consumed; you may only call .output() or draw a ` +
          'transformer once',
        CONSUMED
      );
    }
    this.#consumed = true;
    for (const step of this.#steps) {
      if ('transform' in step) {
        transforms.push({ imageIndex: index, ...step.transform });
        continue;
      }
      const next = drawn.push(step.draw.#canvas);
      step.draw.#consume(drawn, transforms, next);
      transforms.push({ drawImageIndex: next, targetImageIndex: index, ...step.options });
    }
  }
}

/** The images that the service keeps. */
class HostedImagesBindingImpl {
  readonly #fetcher: any;

  constructor(fetcher: any) {
    this.#fetcher = fetcher;
  }

  image(imageId: string): unknown {
    return this.#fetcher.image(imageId);
  }

  async upload(image: unknown, options: unknown): Promise<unknown> {
    return this.#fetcher.upload(image, options);
  }

  async list(options: unknown): Promise<unknown> {
    return this.#fetcher.list(options);
  }

  async createDirectUpload(options: unknown): Promise<unknown> {
    return this.#fetcher.createDirectUpload(options);
  }
}

class ImagesBindingImpl extends WrappedBinding {
  readonly #fetcher: any;
  readonly #hosted: HostedImagesBindingImpl;

  constructor(fetcher: any) {
    super(fetcher);
    this.#fetcher = fetcher;
    this.#hosted = new HostedImagesBindingImpl(fetcher);
  }

  get hosted(): HostedImagesBindingImpl {
    return this.#hosted;
  }

  async info(stream: ReadableStream, options: { encoding?: string }): Promise<unknown> {
    return tracing.enterSpan('images_info', async (span: any) => {
      span.setAttribute('cloudflare.binding.type', 'Images');
      span.setAttribute('cloudflare.images.options.encoding', options?.encoding ?? 'base64');
      const file = options?.encoding === 'base64' ? decoded(stream) : stream;
      const form = formOf([{ name: 'image', file }]);
      const response = await this.#fetcher.fetch(`${ORIGIN}/info`, { method: 'POST', ...form });
      await refuse('INFO', span, response);
      const { format, file_size: fileSize, width, height } = await response.json();
      span.setAttributes({
        'cloudflare.images.result.format': format,
        'cloudflare.images.result.file_size': fileSize,
        'cloudflare.images.result.width': width,
        'cloudflare.images.result.height': height,
      });
      return fileSize === undefined ? { format } : { fileSize, width, height, format };
    });
  }

  input(stream: ReadableStream, options: { encoding?: string }): ImageTransformerImpl {
    const file = options?.encoding === 'base64' ? decoded(stream) : stream;
    return new ImageTransformerImpl(this.#fetcher, file);
  }

  text(content: string, options: Text['options']): ImageTransformerImpl {
    return new ImageTransformerImpl(this.#fetcher, { content, options });
  }
}

export default function makeBinding(env: { fetcher: any }): ImagesBindingImpl {
  return new ImagesBindingImpl(env.fetcher);
}
