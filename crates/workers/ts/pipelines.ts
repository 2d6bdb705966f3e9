// The module `cloudflare:pipelines`: what transforms the batches of a pipeline, each a stream of lines of JSON.

import natives from 'cloudflare-internal:workers';

type Batch = { format: string; data: ReadableStream; [name: string]: unknown };

/** One value a line; empty lines are none. */
async function recordsOf(stream: ReadableStream): Promise<unknown[]> {
  const records: unknown[] = [];
  const take = (line: string): void => {
    if (line.trim().length > 0) records.push(JSON.parse(line));
  };
  let rest = '';
  const texts: any = stream.pipeThrough(new TextDecoderStream());
  for await (const text of texts) {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    lines.forEach(take);
  }
  take(rest);
  return records;
}

class PipelineTransformImpl extends natives.WorkerEntrypoint {
  /** What subclasses do to a batch's records. */
  async run(_records: unknown[], _pipeline: unknown): Promise<unknown[]> {
    throw new Error('should be implemented by parent');
  }

  // Called before a pipeline is connected to the class.
  async _ping(): Promise<void> {
    if (this.run === PipelineTransformImpl.prototype.run) {
      throw new Error('the run method must be overridden by the PipelineTransformationEntrypoint subclass');
    }
  }

  async _run(batch: Batch, pipeline: unknown): Promise<unknown> {
    if (batch.format !== 'json_stream') {
      throw new Error('PipelineTransformationEntrypoint run supports only the JSON_STREAM batch format');
    }
    const records = await this.run(await recordsOf(batch.data), pipeline);
    if (!Array.isArray(records)) throw new Error('transformations must return an array of PipelineRecord');
    const bytes = new TextEncoder().encode(records.map((record) => `${JSON.stringify(record)}\n`).join(''));
    const { id, shard, ts, format } = batch;
    const size = { bytes: bytes.byteLength, rows: records.length };
    return { id, shard, ts, format, size, data: new Blob([bytes]).stream() };
  }
}

export { PipelineTransformImpl as PipelineTransformationEntrypoint };
