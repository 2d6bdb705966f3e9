// The wrapped binding `cloudflare-internal:workflows-api`: a Workflow behind a service's remote calls.

import bindings from 'cloudflare-internal:bindings';

class InstanceImpl {
  readonly #fetcher: any;
  readonly id: string;

  constructor(id: string, fetcher: any) {
    this.id = id;
    this.#fetcher = fetcher;
  }

  async pause(): Promise<void> {
    await this.#fetcher.pause(this.id);
  }

  async resume(): Promise<void> {
    await this.#fetcher.resume(this.id);
  }

  async terminate(options: unknown): Promise<void> {
    await this.#fetcher.terminate(this.id, options);
  }

  async restart(options: unknown): Promise<void> {
    await this.#fetcher.restart(this.id, options);
  }

  async delete(): Promise<void> {
    await this.#fetcher.deleteInstance(this.id);
  }

  async status(): Promise<unknown> {
    return this.#fetcher.status(this.id);
  }

  async sendEvent({ type, payload }: { type: string; payload: unknown }): Promise<void> {
    await this.#fetcher.sendEvent(this.id, { type, payload });
  }

  async subscribe(options: unknown): Promise<ReadableStream> {
    return this.#fetcher.subscribe(this.id, options);
  }
}

class WorkflowImpl extends bindings.WrappedBinding {
  readonly #fetcher: any;

  constructor(fetcher: any) {
    super(fetcher);
    this.#fetcher = fetcher;
  }

  async get(id: string): Promise<InstanceImpl> {
    const result = await this.#fetcher.getInstance(id);
    return new InstanceImpl(result.id, this.#fetcher);
  }

  async create(options: unknown): Promise<InstanceImpl> {
    const result = await this.#fetcher.create(options);
    return new InstanceImpl(result.id, this.#fetcher);
  }

  // An array of instances becomes one; the form with options also tells which could not be made.
  async createBatch(options: unknown): Promise<unknown> {
    const instances = (results: { id: string }[]): InstanceImpl[] =>
      results.map((result) => new InstanceImpl(result.id, this.#fetcher));
    const results = await this.#fetcher.createBatch(options);
    if (Array.isArray(options)) return instances(results);
    return { created: instances(results.created), errors: results.errors };
  }

  async deleteBatch(instances: string[]): Promise<unknown> {
    return this.#fetcher.deleteBatch({ instances });
  }
}

export default function makeBinding(env: { fetcher: any }): WorkflowImpl {
  return new WorkflowImpl(env.fetcher);
}
