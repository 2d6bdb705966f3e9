// `ToMarkdownService`: files to Markdown, by the service behind the AI binding.

const { toBase64 } = Uint8Array.prototype as any;

const BASE = 'https://workers-binding.ai/to-everything/markdown';

/** What the AI binding throws where the service is not to blame by name. */
export class AiInternalError extends Error {
  override name = 'AiInternalError';

  constructor(message: string) {
    super(message);
  }
}

async function encoded(blob: Blob): Promise<string> {
  return toBase64.call(new Uint8Array(await blob.arrayBuffer()));
}

export class ToMarkdownService {
  readonly #fetcher: any;

  constructor(fetcher: any) {
    this.#fetcher = fetcher;
  }

  async transform(files: any, options: any): Promise<unknown> {
    const sent = [];
    for (const file of Array.isArray(files) ? files : [files]) {
      sent.push({ name: file.name, mimeType: file.blob.type, data: await encoded(file.blob) });
    }
    const response = await this.#fetcher.fetch(`${BASE}/transformer`, {
      method: 'POST',
      headers: { ...options?.extraHeaders, 'content-type': 'application/json' },
      body: JSON.stringify({ files: sent, options }),
    });
    const data = await response.json();
    if (!response.ok) throw refused(data);
    if (Array.isArray(files)) return data.result;
    if (data.result.length === 0) throw new AiInternalError('Internal Error Converting files into Markdown');
    return data.result.at(0);
  }

  async supported(): Promise<unknown> {
    const response = await this.#fetcher.fetch(`${BASE}/supported`, {
      method: 'GET',
      headers: { 'content-type': 'application/json' },
    });
    const data = await response.json();
    if (!response.ok) throw refused(data);
    return data.result;
  }
}

function refused(data: any): Error {
  return new AiInternalError(data.errors.at(0)?.message || 'Internal Error');
}
