import assert from 'node:assert';
import { PipelineTransformationEntrypoint } from 'cloudflare:pipelines';

// The service takes calls whatever this Worker's date is.
export const workflow = {
  async test(_, { workflow }) {
    assert.equal((await workflow.get('a')).id, 'a');
    assert.equal((await workflow.create()).id, 'made');
    await assert.rejects(workflow.get('unknown'), { name: 'RangeError', message: 'unknown' });
    const [first, second] = await workflow.createBatch([{ id: 'a' }, { id: 'b' }]);
    assert.deepEqual(await second.status(), { status: 'running', id: 'b' });
    assert.equal(await first.sendEvent({ type: 'expected', payload: 1 }), undefined);
    await assert.rejects(first.sendEvent({ type: 'other' }), { name: 'TypeError' });
    const { created, errors } = await workflow.createBatch({ instances: [{ id: 'c' }] });
    assert.equal(Object.getPrototypeOf(created[0]), Object.getPrototypeOf(first));
    assert.deepEqual(errors, []);
  },
};

export const vectorize = {
  async test(_, { index }) {
    const asked = async (answer) => {
      const { pathname, body } = await answer;
      return [pathname, JSON.parse(body || 'null')];
    };
    assert.deepEqual(await asked(index.query(new Float32Array([1, 2]), { returnMetadata: true, topK: 3 })), [
      '/query',
      { returnMetadata: 'all', topK: 3, vector: [1, 2] },
    ]);
    assert.deepEqual(await asked(index.queryById('v')), ['/query', { vectorId: 'v' }]);
    const vectors = [{ id: 'v', values: [3] }];
    assert.deepEqual(await asked(index.insert(vectors)), ['/insert', { vectors }]);
    assert.deepEqual(await asked(index.describe()), ['/info', null]);
    await assert.rejects(index.deleteByIds(['refused']), {
      message: 'VECTOR_DELETE_ERROR (code = 4): refused',
    });
    await assert.rejects(index.query([1], { returnMetadata: 'some' }), /Invalid returnMetadata option/);
  },
};

const bytes = (text) => new Blob([text]).stream();

export const images = {
  async test(_, { images }) {
    assert.deepEqual(await images.info(bytes(btoa('svg')), { encoding: 'base64' }), { format: 'image/svg+xml' });
    const drawn = images.input(bytes('b')).transform({ rotate: 180 });
    const canvas = images.input(bytes('a')).transform({ rotate: 90 }).draw(drawn, { top: 1 }).draw(bytes('c'));
    const result = await canvas.output({ format: 'image/avif', quality: 5 });
    assert.equal(result.contentType(), 'application/json');
    assert.deepEqual(await result.response({ headers: { a: 'b' } }).json(), [
      ['image', 'a'],
      ['draw_image', 'b'],
      ['draw_image', 'c'],
      [
        'transforms',
        JSON.stringify([
          { imageIndex: 0, rotate: 90 },
          { imageIndex: 1, rotate: 180 },
          { drawImageIndex: 1, targetImageIndex: 0, top: 1 },
          { drawImageIndex: 2, targetImageIndex: 0 },
        ]),
      ],
      ['output_format', 'image/avif'],
      ['output_quality', '5'],
    ]);
    await assert.rejects(canvas.output({ format: 'a' }), { code: 9525 });
    await assert.rejects(images.info(bytes('refused')), {
      message: 'IMAGES_INFO_ERROR 12: refused',
      code: 12,
    });
    const encoded = (await images.text('t', { font: 'f' }).output({ format: 'a' })).image({ encoding: 'base64' });
    assert.equal(JSON.parse(atob(await new Response(encoded).text()))[0][1], '{"text":"t","font":"f"}');
    assert.deepEqual(await images.hosted.list({ limit: 1 }), { images: [], options: { limit: 1 } });
  },
};

class Doubling extends PipelineTransformationEntrypoint {
  async run(records) {
    return records.map((record) => record * 2);
  }
}

export const pipelines = {
  async test(_, env, ctx) {
    const batch = { id: 'i', shard: 's', ts: 1, format: 'json_stream', data: bytes('1\n\n2') };
    const { data, ...rest } = await new Doubling(ctx, env)._run(batch, {});
    assert.deepEqual(rest, { id: 'i', shard: 's', ts: 1, format: 'json_stream', size: { bytes: 4, rows: 2 } });
    assert.equal(await new Response(data).text(), '2\n4\n');
    await assert.rejects(new PipelineTransformationEntrypoint(ctx, env)._ping(), /must be overridden/);
    await assert.rejects(new Doubling(ctx, env)._run({ format: 'text' }, {}), /JSON_STREAM/);
  },
};
